// Deep slices: the starts inside one /48 of the IPv6 index.
//
// A deep slice begins at a multiple of eight bytes: the number of starts, at least one, in a byte, or from 255 on that
// and the number in four bytes; each start's lower 64 bits, each start's 16 bits above them, and the leaves, one more
// than there are starts, the first for the addresses before all of them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "index/index4.hh"

namespace ip2asn::detail {

inline constexpr std::size_t kDeepUnit = 8;
inline constexpr std::size_t kDeepStart = 10;
inline constexpr std::size_t kManyStarts = 255;
/// Most deep slices have no more: a prefix has a start, and an end.
inline constexpr std::size_t kFewStarts = 2;

/// How many starts a deep slice has, and how many bytes tell it.
struct DeepHead {
  std::size_t starts;
  std::size_t bytes;

  static constexpr DeepHead of(std::size_t starts) { return {starts, starts < kManyStarts ? 1u : 5u}; }
  static DeepHead at(const std::byte* slice) noexcept {
    const auto few = std::to_integer<std::size_t>(*slice);
    if (few < kManyStarts) [[likely]]
      return {few, 1};
    return {load<std::uint32_t>(slice + 1), 5};
  }

  /// Bytes before the leaves.
  constexpr std::size_t leaves() const { return bytes + starts * kDeepStart; }
};

/// What of an address its /48 does not tell.
struct DeepAddress {
  std::uint32_t high;
  std::uint64_t low;

  /// Whether it is at or behind a start of a deep slice.
  bool is_behind(const std::byte* lows, const std::byte* highs, std::size_t start) const noexcept {
    // As a subtraction with its borrow.
    const bool borrow = low < load<std::uint64_t>(lows + start * 8);
    return high >= std::uint32_t{load<std::uint16_t>(highs + start * 2)} + borrow;
  }
};

/// deep6_lookup() in a slice of many starts.
[[gnu::noinline]] inline std::uint32_t deep6_lookup_many(const std::byte* slice, DeepAddress address) noexcept {
  const DeepHead head = DeepHead::at(slice);
  const std::byte* lows = slice + head.bytes;
  const std::byte* highs = lows + head.starts * 8;
  std::size_t rank = 0;
  for (std::size_t step = std::bit_floor(head.starts); step != 0; step >>= 1) {
    const std::size_t next = rank + step;
    if (next <= head.starts) rank = address.is_behind(lows, highs, next - 1) ? next : rank;
  }
  return load_leaf(slice + head.leaves() + rank * 3 - 1);
}

/// The record of the address whose leaf leads to a deep slice in the pool at `deep`.
inline std::uint32_t deep6_lookup(const std::byte* deep, std::uint32_t leaf, std::uint64_t hi,
                                  std::uint64_t lo) noexcept {
  const std::byte* slice = deep + std::size_t{leaf - kFineLeaf} * kDeepUnit;
  const DeepAddress address{static_cast<std::uint32_t>(hi & 0xFFFF), lo};
  const auto starts = std::to_integer<std::size_t>(*slice);
  if (starts > kFewStarts) [[unlikely]]
    return deep6_lookup_many(slice, address);
  // One or two: no branch tells how many.
  const std::byte* lows = slice + 1;
  const std::byte* highs = lows + starts * 8;
  const bool second = (starts > 1) & address.is_behind(lows, highs, starts - 1);
  const std::size_t rank = std::size_t{address.is_behind(lows, highs, 0)} + second;
  return load_leaf(highs + starts * 2 + rank * 3 - 1);
}

}  // namespace ip2asn::detail
