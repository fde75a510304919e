// The index that a long answer is made from, from its headers to its end.
//
// All of an answer comes from one generation, so the generation is pinned before the headers are made, and stays pinned
// while the answer is sent. An answer that is done within a few seconds always has it. A client that takes longer keeps
// its generation only while newer ones find room beside it; otherwise slow clients would keep the process from newer
// data. Then the pin is let go before the client is waited for, and where the data have changed in the meantime, the
// answer must be broken off (delivery.hh).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "module/index_store.hh"

namespace ip2asn::httpd {

/// Whether an answer that has held its generation for so long lets go of it, when the process could take on `free`
/// newer ones: one is the next, and with a second one slow clients alone never keep it away.
constexpr bool lets_go(std::chrono::nanoseconds held, std::size_t free) noexcept {
  return held > std::chrono::seconds(5) && free <= 1;
}

class HeldIndex {
 public:
  /// Pins the current generation.
  HeldIndex() noexcept;
  HeldIndex(const HeldIndex&) = delete;
  HeldIndex& operator=(const HeldIndex&) = delete;

  /// The index; null when none is loaded, or when another one has come while this was let go. To be used until the next
  /// before_wait().
  const Image* image() noexcept;

  /// To be called before the client is waited for.
  void before_wait() noexcept;

 private:
  const std::chrono::steady_clock::time_point since_;
  std::optional<IndexPin> pin_;
  std::uint64_t content_id_ = 0;
};

}  // namespace ip2asn::httpd
