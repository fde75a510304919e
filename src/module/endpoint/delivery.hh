// The way of a long answer to its client, on which nobody may take a part of it for the whole.
//
// An answer can break off: the data have changed (held_index.hh), memory is short, the client stops reading, the server
// is stopped. What tells the client depends on the protocol:
//
//     HTTP/2               the stream is reset
//     HTTP/1.1, chunked    the last chunk is missing
//     otherwise            the answer is shorter than its Content-Length; see needs_length()
//
// In HTTP/1 the connection is reset besides, also by the kernel when the process ends: SO_LINGER is zero until all of
// the answer is on its way. Where a filter has taken the length away, this is the only sign; it is not one to rely on,
// for a proxy that is httpd itself may see the reset as the answer's end when there is data before it.
//
// And what lies between must not make a whole of it: filters that compress never see its end (EOS), so they write no
// trailer, and no cache keeps it (r->no_cache, which mod_cache's storages look at once more at the end).
#pragma once

#include <cstddef>

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// Whether the end of an answer that has neither a length nor chunks would be that of the connection.
bool needs_length(const request_rec* r) noexcept;

/// Sets the length of an answer that needs_length(), and keeps filters from compressing it, which would lose the
/// length.
void set_length(request_rec* r, std::size_t size) noexcept;

class Delivery {
 public:
  explicit Delivery(request_rec* r) noexcept;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  /// Passes on a piece, and empties the brigade. False when the answer is at its end there: the client has gone, or a
  /// filter has failed. The handler then returns outcome().
  bool pass(apr_bucket_brigade* piece) noexcept;
  /// The same with the last piece, behind which it puts the end mark.
  bool pass_last(apr_bucket_brigade* piece) noexcept;
  /// Ends the answer without the rest of it: with 503 when nothing has been sent yet.
  void break_off() noexcept;

  /// What the handler returns.
  int outcome() const noexcept { return outcome_; }

 private:
  enum class Close { orderly, reset };

  bool hand_on(apr_bucket_brigade* piece) noexcept;
  bool flush() noexcept;
  void forbid_storing() noexcept;
  void on_close(Close how) noexcept;

  request_rec* const r_;
  conn_rec* const connection_;
  request_rec* outermost_;  // not a sub-request: the one that has a client
  bool reset_on_close_ = false;
  int outcome_ = OK;
};

}  // namespace ip2asn::httpd
