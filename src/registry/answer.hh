// What a registry says about a range.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/address.hh"

namespace ip2asn {

/// How a query ended. All but `limited` and `failed` are final.
enum class Outcome : std::uint8_t {
  answer,   ///< there is a block
  none,     ///< the registry knows no holder: not found, or the range is a registry's own
  limited,  ///< asked too often; the registry is to be left alone for a while
  refused,  ///< barred
  failed,   ///< no connection, no answer in time, or one that makes no sense
};
std::string_view name_of(Outcome outcome) noexcept;

/// A range and who holds it. Texts are repaired (see repair_text()); what a registry does not tell is empty.
struct Block {
  Range range;
  bool range_is_asked = false;  ///< the answer gave none: `range` is what was asked for
  std::string handle, name, holder;
  std::string country;  ///< two capitals
  std::string type, parent_handle;
  std::vector<std::string> status;
  std::vector<std::string> entities;  ///< handles, the holder's first; persons are left out
  std::string registry;               ///< see registry_name()
  std::string server;                 ///< the host that gave the answer
  std::string source;                 ///< "rdap", "whois", "special", "inherited", or the file's kind
};

/// The holder of a range of AS numbers.
struct AsnBlock {
  std::uint32_t first = 0, last = 0;
  Block block;  ///< without a range
};

/// An outcome and, for all but `answer`, the reason in words.
struct Reading {
  Outcome outcome = Outcome::failed;
  std::string text;
  Block block;
  std::uint32_t first_asn = 0, last_asn = 0;  ///< of an answer about an AS
};

/// "192.0.2.0/24", or "192.0.2.0 - 192.0.3.127" where no prefix is the range.
std::string range_text(const Range& range);
/// The prefixes of a range, divided by ", ".
std::string cidr_text(const Range& range);

/// How many addresses; of IPv6, how many /48s, at least 1.
double size_of(const Range& range) noexcept;

/// Whether a registry can have answered with `range` when it was asked for `asked`: holds it whole, and is not wider
/// than a /8 (IPv6: /12), beyond which there are only the registries' own.
bool is_plausible(const Range& range, const Range& asked) noexcept;

/// An address as registries write them: leading zeros in IPv4 are decimal, IPv6 may be in capitals, written out and
/// with an IPv4 address in it, and a "/32" or "/128" may follow.
bool read_registry_address(std::string_view text, Address& address);

/// "192.0.2.0 - 192.0.2.255", "192.0.2.0/24", "200.57.128/19", or one address.
bool read_registry_range(std::string_view text, Range& range);

}  // namespace ip2asn
