// IP addresses, ranges and prefixes.
//
// An Address is a value of 24 bytes; nothing here allocates unless it returns a std::string or a std::vector. All
// functions are pure and may be called from any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ip2asn {

enum class Family : std::uint8_t { v4 = 4, v6 = 6 };

/// An IPv4 or IPv6 address in host order. IPv4 lives in the low 32 bits of `lo`, with `hi` 0. IPv4 sorts before IPv6.
struct Address {
  Family family = Family::v4;
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;

  static constexpr Address v4(std::uint32_t bits) noexcept { return {Family::v4, 0, bits}; }
  static constexpr Address v6(std::uint64_t hi, std::uint64_t lo) noexcept { return {Family::v6, hi, lo}; }

  /// From network order: 4 bytes of an in_addr, or 16 bytes of an in6_addr.
  static Address from_v4_bytes(const void* bytes) noexcept;
  static Address from_v6_bytes(const void* bytes) noexcept;

  constexpr std::uint32_t v4_bits() const noexcept { return static_cast<std::uint32_t>(lo); }
  /// 32 or 128.
  constexpr int width() const noexcept { return family == Family::v4 ? 32 : 128; }

  auto operator<=>(const Address&) const = default;
};

/// The IPv4 address inside an IPv4-mapped IPv6 address (::ffff:a.b.c.d, RFC 4291 2.5.5.2); any other address as it is.
Address unmapped(const Address& address) noexcept;

/// The address after or before; wraps at the ends of the family's space.
Address next(const Address& address) noexcept;
Address previous(const Address& address) noexcept;

/// Reads the whole of `text` as one address, as strictly as inet_pton(3): no leading zeros, no short or hexadecimal
/// IPv4 forms, no zone, no blanks. IPv4-mapped text stays IPv6 (see unmapped()).
std::optional<Address> parse_address(std::string_view text) noexcept;

/// The longest text of an address ("ffff:…:255.255.255.255"), without an end mark.
inline constexpr std::size_t kMaxAddressText = 45;

/// Writes the canonical text (dotted quad; RFC 5952 for IPv6, IPv4-mapped addresses with a dotted quad) to `out`, which
/// has room for kMaxAddressText bytes; returns its length. Writes no end mark.
std::size_t format_address(const Address& address, char* out) noexcept;
std::string to_string(const Address& address);

/// Addresses of one family from `first` to `last`, both included.
struct Range {
  Address first;
  Address last;

  constexpr bool contains(const Address& a) const noexcept { return first <= a && a <= last; }
  bool operator==(const Range&) const = default;
};

/// A CIDR prefix: `address` has no bit set beyond `length` (0 to 32 or 128).
struct Prefix {
  Address address;
  int length = 0;

  /// First and last address.
  Range range() const noexcept;
  bool operator==(const Prefix&) const = default;
};

/// Reads "192.0.2.0/24", "2001:db8::/32" or a bare address (as a prefix of full length). Bits beyond the length are an
/// error.
std::optional<Prefix> parse_prefix(std::string_view text) noexcept;
std::string to_string(const Prefix& prefix);

/// The least number of prefixes that cover exactly `range`, in address order.
std::vector<Prefix> prefixes(const Range& range);

/// The largest prefix that holds `address` and lies inside `range`. `range` contains `address`.
Prefix largest_prefix(const Range& range, const Address& address) noexcept;

}  // namespace ip2asn
