// Deep slices: the starts inside one /48 of the IPv6 index.
//
// A deep slice begins at a multiple of eight bytes: the number of starts in a byte, or from 255 on that and the number
// in four bytes; each start's lower 64 bits, each start's 16 bits above them, and the leaves, one more than there are
// starts, the first for the addresses before all of them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "ip2asn/index4.hh"

namespace ip2asn::detail {

inline constexpr std::size_t kDeepUnit = 8;
inline constexpr std::size_t kDeepStart = 10;
inline constexpr std::size_t kManyStarts = 255;
/// Most deep slices have no more.
inline constexpr std::size_t kFewStarts = 4;

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

/// The record of the address whose leaf leads to a deep slice in the pool at `deep`.
inline std::uint32_t deep6_lookup(const std::byte* deep, std::uint32_t leaf, std::uint64_t hi,
                                  std::uint64_t lo) noexcept {
  const std::byte* slice = deep + std::size_t{leaf - kFineLeaf} * kDeepUnit;
  const DeepHead head = DeepHead::at(slice);
  const std::size_t starts = head.starts;
  const std::byte* lows = slice + head.bytes;
  const std::byte* highs = lows + starts * 8;
  const std::uint32_t high = hi & 0xFFFF;
  // Whether the address is at or behind a start.
  const auto behind = [=](std::size_t start) {
    const std::uint32_t start_high = load<std::uint16_t>(highs + start * 2);
    const std::uint64_t start_low = load<std::uint64_t>(lows + start * 8);
    return (high > start_high) | ((high == start_high) & (lo >= start_low));
  };
  std::size_t rank = 0;
  if (starts <= kFewStarts) [[likely]] {
    // All of them, and the last in the place of those that are not there: no branch tells how many there are. In a
    // damaged block there may be none.
    const std::size_t last = std::max<std::size_t>(starts, 1) - 1;
    for (std::size_t i = 0; i < kFewStarts; ++i) rank += behind(std::min(i, last)) & (i < starts);
  } else {
    for (std::size_t step = std::bit_floor(starts); step != 0; step >>= 1) {
      const std::size_t next = rank + step;
      if (next <= starts) rank = behind(next - 1) ? next : rank;
    }
  }
  return load_leaf(slice + head.leaves() + rank * 3 - 1);
}

}  // namespace ip2asn::detail
