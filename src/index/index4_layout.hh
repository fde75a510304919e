// Where the parts of an IPv4 index block lie.
//
//     header      64 bytes; see Header4
//     directory   262,144 words of 3 bytes, one for each /18: a record id, or with the top bit its slice
//     slices      each a 64-bit map of the /24s that start a run, and a leaf of 3 bytes for each of them
//     fine        fine slices, in the order of the leaves that lead to them
//
// A slice's place is counted in units of 8 bytes.
//
// The first /24 of a slice always starts a run. Slices that fit into a cache line do not cross into the next, and
// larger ones begin with a line: their order is of no importance.
#pragma once

#include <cstddef>
#include <cstdint>

#include "index/index_block.hh"

namespace ip2asn::detail {

struct Header4 {
  static constexpr std::uint32_t kMagic = 0x34783269;  // "i2x4"
  std::uint32_t magic;
  std::uint32_t slices;
  std::uint64_t bytes;  // of the whole block
  std::uint64_t slices_offset;
  std::uint64_t slices_bytes;
  std::uint64_t fine_offset;
  std::uint64_t fine_bytes;
  std::uint64_t zeros[2];
};
static_assert(sizeof(Header4) == 64 && offsetof(Header4, fine_offset) == kFineOffset4);

inline constexpr std::size_t kWords4 = std::size_t{1} << 18;
inline constexpr std::size_t kWordBytes4 = 3;
inline constexpr std::size_t kDirectory4 = sizeof(Header4);
inline constexpr std::size_t kSlices4 = kDirectory4 + kWords4 * kWordBytes4;
inline constexpr std::size_t kSlots4 = 64;
inline constexpr std::size_t kMapBytes4 = 8;
inline constexpr std::size_t kSliceUnit4 = 8;
static_assert(kSlices4 % 64 == 0);

/// Bytes of a slice with as many leaves.
inline constexpr std::size_t slice_bytes4(std::size_t leaves) { return kMapBytes4 + leaves * kLeafBytes; }

}  // namespace ip2asn::detail
