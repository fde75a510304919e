// Where the parts of an IPv6 index block lie.
//
//     header       64 bytes; see Header6
//     directory    65,536 words, one for each /16: a record id, or with the top bit the place of a tree's buckets
//     buckets      256 words for each tree, one for each /24, and one more at the end: see below
//     least keys   a word for each node, and 16 unused ones: the node's least key; unused for the first of a tree
//     nodes        64 bytes each: the number of the first slice, 15 keys
//     slices       64 bytes each: 8 keys of 4 bytes, 9 leaves of 3 bytes
//     deep         deep slices, in the order of the leaves that lead to them
//
// A bucket's word is the number of the node that holds its first address, with the top bit when the next bucket's is
// more than 16 nodes away; the last word has the number after the last node. Words have four bytes. Places are counted
// in words, and nodes and slices in lines of 64 bytes, both from the block's start. The nodes of a tree, and the slices
// of a node, follow one another in the order of their keys.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ip2asn::detail {

struct Header6 {
  static constexpr std::uint32_t kMagic = 0x36783269;  // "i2x6"
  std::uint32_t magic;
  std::uint32_t trees;
  std::uint64_t bytes;  // of the whole block
  std::uint32_t nodes;
  std::uint32_t slices;
  std::uint64_t deep_offset;
  std::uint64_t deep_bytes;
  std::uint64_t zeros[3];
};
static_assert(sizeof(Header6) == 64);

struct Node6 {
  std::uint32_t first_slice;
  std::int32_t keys[15];
};
static_assert(sizeof(Node6) == 64);

struct Slice6 {
  std::int32_t keys[8];
  std::uint8_t leaves[32];  // nine of three bytes
};
static_assert(sizeof(Slice6) == 64);

inline constexpr std::size_t kLine6 = 64;
inline constexpr std::int32_t kUnusedKey = INT32_MAX;
inline constexpr std::size_t kRuns6 = 9;     // of a slice
inline constexpr std::size_t kSlices6 = 16;  // of a node
inline constexpr std::size_t kNear6 = 16;    // nodes that are compared at once
inline constexpr std::size_t kWords6 = 65536;
inline constexpr std::size_t kDirectory6 = sizeof(Header6);
inline constexpr std::size_t kBuckets6 = 256;

/// Offsets in bytes, which follow from the counts.
struct Places6 {
  std::uint64_t buckets = kDirectory6 + kWords6 * 4;
  std::uint64_t least_keys;
  std::uint64_t least_keys_end;
  std::uint64_t nodes;
  std::uint64_t slices;
  std::uint64_t deep;

  explicit constexpr Places6(const Header6& header)
      : least_keys(buckets + (std::uint64_t{header.trees} * kBuckets6 + 1) * 4),
        least_keys_end(least_keys + (std::uint64_t{header.nodes} + kNear6) * 4),
        nodes((least_keys_end + kLine6 - 1) / kLine6 * kLine6),
        slices(nodes + std::uint64_t{header.nodes} * kLine6),
        deep(slices + std::uint64_t{header.slices} * kLine6) {}

  constexpr std::uint32_t first_node() const { return static_cast<std::uint32_t>(nodes / kLine6); }
  constexpr std::uint32_t first_slice() const { return static_cast<std::uint32_t>(slices / kLine6); }
  /// What Index6 keeps: from the block to the least key of the node after that of number 0. May be less than 0, in the
  /// way of size_t.
  constexpr std::size_t least_keys_base() const {
    return static_cast<std::size_t>(least_keys + 4 - std::uint64_t{first_node()} * 4);
  }
};

}  // namespace ip2asn::detail
