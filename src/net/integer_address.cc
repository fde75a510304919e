#include "net/integer_address.hh"

#include <algorithm>
#include <cstdint>

namespace ip2asn {
namespace {

struct Number {
  std::uint64_t hi = 0, lo = 0;
};

// n * 10 + digit, in halves of 32 bits; nothing when it passes 2^128.
bool append(Number& n, std::uint64_t digit) noexcept {
  std::uint64_t parts[4] = {n.lo & 0xFFFFFFFF, n.lo >> 32, n.hi & 0xFFFFFFFF, n.hi >> 32};
  std::uint64_t carry = digit;
  for (std::uint64_t& part : parts) {
    part = part * 10 + carry;
    carry = part >> 32;
    part &= 0xFFFFFFFF;
  }
  n = {parts[3] << 32 | parts[2], parts[1] << 32 | parts[0]};
  return carry == 0;
}

std::optional<Number> parse(std::string_view text) noexcept {
  if (!is_integer(text)) return std::nullopt;
  Number n;
  for (const char c : text) {
    if (!append(n, static_cast<std::uint64_t>(c - '0'))) return std::nullopt;
  }
  return n;
}

bool is_v4(const Number& n) noexcept { return n.hi == 0 && n.lo <= 0xFFFFFFFF; }

}  // namespace

bool is_integer(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 39 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Range> parse_integer_range(std::string_view first, std::string_view last) noexcept {
  const auto a = parse(first), b = parse(last);
  if (!a || !b) return std::nullopt;
  if (is_v4(*a) && is_v4(*b)) {
    return Range{Address::v4(static_cast<std::uint32_t>(a->lo)), Address::v4(static_cast<std::uint32_t>(b->lo))};
  }
  return Range{Address::v6(a->hi, a->lo), Address::v6(b->hi, b->lo)};
}

}  // namespace ip2asn
