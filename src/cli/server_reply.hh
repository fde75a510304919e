// What a look-up endpoint sends back, read with suspicion: a server may be another than it is taken for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "answer/answer.hh"
#include "base/result.hh"
#include "net/address.hh"

namespace ip2asn::cli {

/// Takes the answers of one reply, in order.
class ReplyReader {
 public:
  virtual ~ReplyReader() = default;
  /// The answer to an address that was asked for, which its range contains when it is announced. It lives as long as
  /// the call; its texts are made clean (see repair_text).
  virtual void answered(const api::Answer& answer) = 0;
  /// The server has something against the address; `why` is made clean.
  virtual void refused(const Address& address, std::string_view why) = 0;
};

/// The most bytes that a reply to so many addresses may have.
constexpr std::size_t longest_reply(std::size_t addresses) {
  // Texts of an answer are bounded, also where each of their bytes is escaped; other implementations may say more.
  constexpr std::size_t kAround = 64 * 1024, kEach = 4096;
  return kAround + addresses * kEach;
}

/// Reads `json`, an array with one object for each of `asked` (IPv4-mapped addresses as IPv4), in their order. The
/// error's message tells what is wrong, from "the answer …" on; `reader` may have been called by then.
Result<Done> read_reply(std::string_view json, const std::vector<Address>& asked, ReplyReader& reader);

/// The reason in {"error": "…"}, made clean; empty when `json` is something else.
std::string error_in(std::string_view json);

}  // namespace ip2asn::cli
