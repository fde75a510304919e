#include "net/address.hh"

#include <endian.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace ip2asn {
namespace {

// IPv6 as eight 16-bit groups, the way its text is written.
using Groups = std::uint16_t[8];

void to_groups(const Address& a, Groups& groups) {
  for (unsigned i = 0; i < 4; ++i) groups[i] = static_cast<std::uint16_t>(a.hi >> (48 - 16 * i));
  for (unsigned i = 0; i < 4; ++i) groups[4 + i] = static_cast<std::uint16_t>(a.lo >> (48 - 16 * i));
}

Address from_groups(const Groups& groups) {
  std::uint64_t hi = 0, lo = 0;
  for (unsigned i = 0; i < 4; ++i) hi = hi << 16 | groups[i];
  for (unsigned i = 4; i < 8; ++i) lo = lo << 16 | groups[i];
  return Address::v6(hi, lo);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One octet without leading zeros, from `at` on; moves `at` behind it. Unrolled: a look-up's address is read for every
// request, and a bulk's by the million.
inline bool parse_octet(const char*& at, const char* end, std::uint32_t& value) {
  const auto digit = [&at, end](std::uint32_t& to) {
    if (at == end) return false;
    to = static_cast<unsigned char>(*at) - std::uint32_t{'0'};
    return to <= 9;
  };
  std::uint32_t next = 0;
  if (!digit(value)) return false;
  ++at;
  if (value == 0 || !digit(next)) return true;
  value = value * 10 + next;
  ++at;
  if (!digit(next)) return true;
  value = value * 10 + next;
  ++at;
  return value <= 255;
}

bool parse_v4(std::string_view text, std::uint32_t& bits) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint32_t octet = 0;
  if (!parse_octet(at, end, octet)) return false;
  bits = octet;
  for (int part = 1; part < 4; ++part) {
    if (at == end || *at++ != '.' || !parse_octet(at, end, octet)) return false;
    bits = bits << 8 | octet;
  }
  return at == end;
}

bool parse_v6(std::string_view text, Address& out) {
  Groups groups{};
  int count = 0;
  int gap = -1;  // number of groups before "::"
  std::size_t at = 0;
  if (text.starts_with("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.size()) {
    if (count == 8) return false;
    std::size_t end = at;
    std::uint32_t value = 0;
    while (end < text.size() && end - at < 4 && hex_value(text[end]) >= 0) {
      value = value << 4 | static_cast<std::uint32_t>(hex_value(text[end++]));
    }
    if (end < text.size() && text[end] == '.') {
      std::uint32_t v4 = 0;
      if (count > 6 || !parse_v4(text.substr(at), v4)) return false;
      groups[count++] = static_cast<std::uint16_t>(v4 >> 16);
      groups[count++] = static_cast<std::uint16_t>(v4);
      at = text.size();
      break;
    }
    if (end == at) return false;
    groups[count++] = static_cast<std::uint16_t>(value);
    at = end;
    if (at == text.size()) break;
    if (text[at++] != ':') return false;
    if (at == text.size()) return false;  // a lone ':' at the end
    if (text[at] == ':') {
      if (gap >= 0) return false;
      gap = count;
      ++at;
    }
  }
  if (gap < 0) {
    if (count != 8) return false;
  } else {
    if (count == 8) return false;  // "::" stands for at least one group
    std::copy_backward(groups + gap, groups + count, groups + 8);
    std::fill(groups + gap, groups + gap + (8 - count), std::uint16_t{0});
  }
  out = from_groups(groups);
  return true;
}

// The decimal text of an octet with a dot behind it, all of which is copied at once, and the length of both.
struct OctetText {
  char text[4];
  std::uint32_t length;
};

constexpr std::array<OctetText, 256> kOctets = [] {
  std::array<OctetText, 256> octets{};
  for (unsigned value = 0; value < 256; ++value) {
    auto& [text, length] = octets[value];
    if (value >= 100) text[length++] = static_cast<char>('0' + value / 100);
    if (value >= 10) text[length++] = static_cast<char>('0' + value / 10 % 10);
    text[length++] = static_cast<char>('0' + value % 10);
    text[length++] = '.';
  }
  return octets;
}();

// Writes up to one byte behind the text: there is room for the longest of any family.
char* put_v4(char* out, std::uint32_t bits) {
  for (const int shift : {24, 16, 8, 0}) {
    const OctetText& octet = kOctets[bits >> shift & 255];
    std::memcpy(out, octet.text, sizeof octet.text);
    out += octet.length;
  }
  return out - 1;
}

bool is_mapped(const Address& a) { return a.family == Family::v6 && a.hi == 0 && a.lo >> 32 == 0xffff; }

// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) becomes
// "::".
char* put_v6(char* out, const Address& a) {
  if (is_mapped(a)) {
    std::memcpy(out, "::ffff:", 7);
    return put_v4(out + 7, static_cast<std::uint32_t>(a.lo));
  }
  Groups groups;
  to_groups(a, groups);
  int best = 0, best_length = 1;
  for (int i = 0; i < 8;) {
    int end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > best_length) {
      best = i;
      best_length = end - i;
    }
    i = end + 1;
  }
  const bool compress = best_length > 1;
  for (int i = 0; i < 8; ++i) {
    if (compress && i == best) {
      *out++ = ':';
      *out++ = ':';
      i += best_length - 1;
      continue;
    }
    if (i > 0 && !(compress && i == best + best_length)) *out++ = ':';
    out = std::to_chars(out, out + 4, groups[i], 16).ptr;
  }
  return out;
}

// Host-bits mask of an IPv6 prefix of this length, as a pair.
Address v6_host_mask(int length) {
  const std::uint64_t hi = length == 0 ? ~0ull : length >= 64 ? 0 : ~0ull >> length;
  const std::uint64_t lo = length <= 64 ? ~0ull : length == 128 ? 0 : ~0ull >> (length - 64);
  return Address::v6(hi, lo);
}

Address last_of(const Prefix& p) {
  if (p.address.family == Family::v4) {
    return Address::v4(p.address.v4_bits() | static_cast<std::uint32_t>(0xffffffffull >> p.length));
  }
  const Address mask = v6_host_mask(p.length);
  return Address::v6(p.address.hi | mask.hi, p.address.lo | mask.lo);
}

Prefix prefix_of(const Address& a, int length) {
  if (a.family == Family::v4) {
    return {Address::v4(a.v4_bits() & ~static_cast<std::uint32_t>(0xffffffffull >> length)), length};
  }
  const Address mask = v6_host_mask(length);
  return {Address::v6(a.hi & ~mask.hi, a.lo & ~mask.lo), length};
}

int trailing_zeros(const Address& a) {
  if (a.family == Family::v4) return std::min(32, std::countr_zero(a.lo));
  return a.lo != 0 ? std::countr_zero(a.lo) : 64 + std::countr_zero(a.hi);
}

}  // namespace

Address Address::from_v4_bytes(const void* bytes) noexcept {
  const auto* b = static_cast<const unsigned char*>(bytes);
  return v4(std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3]);
}

Address Address::from_v6_bytes(const void* bytes) noexcept {
  std::uint64_t halves[2];
  std::memcpy(halves, bytes, sizeof halves);
  return v6(be64toh(halves[0]), be64toh(halves[1]));
}

Address unmapped(const Address& address) noexcept {
  return is_mapped(address) ? Address::v4(static_cast<std::uint32_t>(address.lo)) : address;
}

Address next(const Address& address) noexcept {
  if (address.family == Family::v4) return Address::v4(address.v4_bits() + 1);
  return Address::v6(address.hi + (address.lo == ~0ull), address.lo + 1);
}

Address previous(const Address& address) noexcept {
  if (address.family == Family::v4) return Address::v4(address.v4_bits() - 1);
  return Address::v6(address.hi - (address.lo == 0), address.lo - 1);
}

std::optional<Address> parse_address(std::string_view text) noexcept {
  if (text.size() > kMaxAddressText) return std::nullopt;
  if (text.find(':') == std::string_view::npos) {
    std::uint32_t bits = 0;
    if (!parse_v4(text, bits)) return std::nullopt;
    return Address::v4(bits);
  }
  Address address;
  if (!parse_v6(text, address)) return std::nullopt;
  return address;
}

std::size_t format_address(const Address& address, char* out) noexcept {
  char* end = address.family == Family::v4 ? put_v4(out, address.v4_bits()) : put_v6(out, address);
  return static_cast<std::size_t>(end - out);
}

std::string to_string(const Address& address) {
  char text[kMaxAddressText];
  return std::string(text, format_address(address, text));
}

Range Prefix::range() const noexcept { return {address, last_of(*this)}; }

std::optional<Prefix> parse_prefix(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Prefix{*address, address->width()};
  const std::string_view digits = text.substr(slash + 1);
  int length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool canonical = digits.size() == 1 || (!digits.empty() && digits[0] != '0');
  if (error != std::errc{} || end != digits.data() + digits.size() || !canonical || length < 0 ||
      length > address->width() || prefix_of(*address, length).address != *address) {
    return std::nullopt;
  }
  return Prefix{*address, length};
}

std::string to_string(const Prefix& prefix) { return to_string(prefix.address) + '/' + std::to_string(prefix.length); }

std::vector<Prefix> prefixes(const Range& range) {
  std::vector<Prefix> result;
  Address at = range.first;
  while (true) {
    int length = at.width() - trailing_zeros(at);
    while (last_of({at, length}) > range.last) ++length;
    result.push_back({at, length});
    const Address last = last_of(result.back());
    if (last >= range.last) return result;
    at = next(last);
  }
}

Prefix largest_prefix(const Range& range, const Address& address) noexcept {
  int length = address.width();
  if (address.family == Family::v4) {
    const std::uint32_t bits = address.v4_bits(), first = range.first.v4_bits(), last = range.last.v4_bits();
    // No prefix in the range is shorter than this; few are longer.
    length = std::countl_zero(last - first + (last - first != ~0u)) + (last - first != ~0u);
    for (;; ++length) {
      const auto host = static_cast<std::uint32_t>(0xffffffffull >> length);
      if ((bits & ~host) >= first && (bits | host) <= last) return prefix_of(address, length);
    }
  }
  while (length > 0) {
    const Prefix wider = prefix_of(address, length - 1);
    if (wider.address < range.first || last_of(wider) > range.last) break;
    --length;
  }
  return prefix_of(address, length);
}

}  // namespace ip2asn
