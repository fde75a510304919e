// Fine slices: the starts inside one /24 of the IPv4 index.
//
// A fine slice begins at a multiple of eight bytes. A threshold is a start's last byte less one, so that an address
// belongs behind it when its last byte is greater; unused ones are 255, which nothing is greater than.
//
// Nearly all tell one prefix from what is around it, in eight bytes: the record outside of it and the one inside, in
// three bytes each from the highest down, the first with kPair in it, and two thresholds, those of its start and of its
// end.
//
// All others have a byte with the number of groups, three thresholds, then as many groups of eight thresholds; after
// them the leaves, one more than there are thresholds.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>

#include "index/index4.hh"

namespace ip2asn::detail {

inline constexpr std::size_t kFineHead = 4;
inline constexpr std::size_t kFineGroup = 8;
/// For 255 thresholds.
inline constexpr std::size_t kMostFineGroups = 32;

inline std::size_t fine_groups(const std::byte* slice) noexcept { return std::to_integer<std::size_t>(*slice); }

/// Bytes of a fine slice before its leaves.
inline std::size_t fine_leaves(std::size_t groups) noexcept { return kFineHead + groups * kFineGroup; }

/// How many of the eight thresholds are less than `last`.
inline std::uint32_t thresholds_below(std::uint64_t thresholds, std::uint32_t last) noexcept {
#if defined(__SSE2__)
  const __m128i all = _mm_cvtsi64_si128(static_cast<std::int64_t>(thresholds));
  const __m128i address = _mm_set1_epi8(static_cast<char>(last));
  // Where the greater of the two is the threshold, the address is not behind it.
  const __m128i before = _mm_cmpeq_epi8(_mm_max_epu8(all, address), all);
  return static_cast<std::uint32_t>(std::popcount(~static_cast<std::uint32_t>(_mm_movemask_epi8(before)) & 0xFF));
#else
  std::uint32_t below = 0;
  for (int i = 0; i < 8; ++i, thresholds >>= 8) below += (thresholds & 0xFF) < last;
  return below;
#endif
}

/// How many of a fine slice's thresholds are less than `last`.
inline std::uint32_t fine_rank(const std::byte* slice, std::uint32_t last) noexcept {
  // The count's byte, and those after the head, become thresholds that are not used.
  constexpr std::uint64_t kUnused = ~std::uint64_t{0xFFFFFF00};
  std::uint32_t rank = thresholds_below(load<std::uint32_t>(slice) | kUnused, last);
  for (std::size_t i = 0; i < fine_groups(slice); ++i) {
    rank += thresholds_below(load<std::uint64_t>(slice + kFineHead + i * kFineGroup), last);
  }
  return rank;
}

/// How many starts a fine slice has, the one of its /24 left out.
inline std::size_t fine_starts(const std::byte* slice) noexcept {
  if (!is_pair(slice)) return fine_rank(slice, 0xFF);
  const auto used = [slice](std::size_t i) { return slice[kPairThresholds + i] != std::byte{0xFF}; };
  return std::size_t{used(0)} + used(1);
}

}  // namespace ip2asn::detail
