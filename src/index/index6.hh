// The sliced IPv6 index: from an address to a record id.
//
// As for IPv4 (see index4.hh): a position-independent block inside an image, of which an Index6 is a view that may be
// copied and used by any number of threads. After `open` has checked the block no lookup can read outside it; lookups
// allocate nothing, throw nothing and take no lock.
//
// A directory of 65,536 words, one for each /16, holds either the record of the whole /16 or leads to a tree over the
// next 32 bits of the address. A slice is a cache line of up to nine runs, eight keys and nine leaves; a node is a
// cache line that leads to up to sixteen slices; and for each of the tree's 256 buckets, one for each /24, a word tells
// the node that holds its first address. The right node is that one or one of the next few: the least keys of the next
// sixteen are compared with the address at once, and so are a node's keys and a slice's. A leaf is a record id, or
// leads to a deep slice: the starts inside one /48.
//
// So hardly a branch of a lookup depends on the data, whatever the data is: the branches of a trie are what makes it
// slow.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hh"
#include "index/index4.hh"

namespace ip2asn {

/// The upper and lower half of an IPv6 address, in host order.
struct Key6 {
  std::uint64_t hi;
  std::uint64_t lo;
  auto operator<=>(const Key6&) const = default;
};

/// From `start` on, up to the next run's start, addresses belong to `record`.
struct Run6 {
  Key6 start;
  std::uint32_t record;
};

namespace detail {

/// A directory word with this bit leads on; without, it is a record id.
inline constexpr std::uint32_t kLeadsOn = 1u << 31;

}  // namespace detail

/// Builds the block for `runs`, under the same conditions as build_index4. Errc::limit when more starts lie inside /48s
/// than leaves can tell apart (64 MB of them).
Result<std::vector<std::byte>> build_index6(std::span<const Run6> runs);

/// A view of a block that `build_index6` made; the bytes must outlive it. A default-constructed Index6 has no block: do
/// not look up in it.
class Index6 {
 public:
  Index6() = default;

  /// Checks the block: afterwards no lookup reads outside `bytes`, and every record id is less than `record_count`.
  /// `bytes` begins at a multiple of 64 (else Errc::argument). Errc::damaged for anything that leads outside or
  /// overlaps.
  static Result<Index6> open(std::span<const std::byte> bytes, std::uint32_t record_count);

  /// A view of a block that `open` has accepted, of kLeastBytes at least. Looks at the header alone.
  static Index6 trust(std::span<const std::byte> bytes) noexcept;
  static constexpr std::size_t kLeastBytes = 64;

  /// The record of the address with these halves.
  std::uint32_t lookup(std::uint64_t hi, std::uint64_t lo) const noexcept {
    const std::uint32_t word = directory_word(hi);
    if (word < detail::kLeadsOn) [[likely]]
      return word;
    const std::uint32_t leaf = leaf_in(slice_in(node_of(word, hi), hi), hi);
    return leaf < detail::kFineLeaf ? leaf : deep_record(block_, leaf, hi, lo);
  }

  /// Asks for the memory that a look-up of the address begins with, and does not wait for it.
  void prefetch(std::uint64_t hi) const noexcept { __builtin_prefetch(block_ + kDirectory + (hi >> 48) * 4); }

  /// The records of `addresses`, written to `records`, which has room for as many. Overlaps the memory accesses of many
  /// addresses.
  void lookup(std::span<const Key6> addresses, std::uint32_t* records) const noexcept;

  /// Walks the whole block.
  IndexShape shape() const noexcept;

 private:
  static constexpr std::size_t kDirectory = 64;
  static constexpr std::size_t kLine = 64;
  static constexpr std::size_t kSliceLeaves = 32;

  void look_up_all(std::span<const Key6> addresses, std::uint32_t* records) const noexcept;
  void look_up_all_avx2(std::span<const Key6> addresses, std::uint32_t* records) const noexcept;

  Index6(const std::byte* block, std::size_t least_keys) noexcept : block_(block), least_keys_(least_keys) {}

  std::uint32_t directory_word(std::uint64_t hi) const noexcept {
    return detail::load<std::uint32_t>(block_ + kDirectory + (hi >> 48) * 4);
  }

  // The 32 bits after the first 16, with the sign bit flipped, for SSE2 compares signed numbers only. Keys are starts
  // less one, so that an address belongs behind those that it is greater than; a key that is not used is the greatest
  // number.
  static std::int32_t window(std::uint64_t hi) noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(hi >> 16) ^ (1u << 31));
  }

  // The place of the bucket's word, in words from the block's start, for an address whose directory word leads to a
  // tree.
  static std::size_t bucket_place(std::uint32_t word, std::uint64_t hi) noexcept {
    return (word & ~detail::kLeadsOn) + (hi >> 40 & 0xFF);
  }

  // `node` or one of the next sixteen. The least keys of other trees follow without order: only those before the first
  // that is not less count.
  static std::uint32_t near_node(const std::byte* least_keys, std::uint32_t node, std::uint64_t hi) noexcept {
    const std::uint32_t behind = sixteen_keys(least_keys + std::size_t{node} * 4, window(hi));
    return node + static_cast<std::uint32_t>(std::countr_zero(behind + 1));
  }

  // Nodes and slices are numbered in lines from the block's start.
  std::uint32_t node_of(std::uint32_t word, std::uint64_t hi) const noexcept {
    const std::size_t place = bucket_place(word, hi);
    const auto node = detail::load<std::uint32_t>(block_ + place * 4);
    if (node >= detail::kLeadsOn) return crowded_node(block_, least_keys_, place, hi);
    return near_node(block_ + least_keys_, node, hi);
  }

  // A node: the number of its first slice, and fifteen keys.
  std::uint32_t slice_in(std::uint32_t node, std::uint64_t hi) const noexcept {
    const std::byte* line = block_ + std::size_t{node} * kLine;
    const std::uint32_t behind = sixteen_keys(line, window(hi)) & 0xFFFE;
    return detail::load<std::uint32_t>(line) + static_cast<std::uint32_t>(std::popcount(behind));
  }

  // A slice: eight keys, and nine leaves of three bytes.
  std::uint32_t leaf_in(std::uint32_t slice, std::uint64_t hi) const noexcept {
    const std::byte* line = block_ + std::size_t{slice} * kLine;
    const std::int32_t x = window(hi);
    std::size_t rank = 0;
#if defined(__SSE2__)
    const __m128i address = _mm_set1_epi32(x);
    const auto* keys = reinterpret_cast<const __m128i*>(line);
    const __m128i a = _mm_cmpgt_epi32(address, _mm_load_si128(keys));
    const __m128i b = _mm_cmpgt_epi32(address, _mm_load_si128(keys + 1));
    const __m128i all = _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_setzero_si128());
    rank = static_cast<std::size_t>(std::popcount(static_cast<std::uint32_t>(_mm_movemask_epi8(all))));
#else
    for (std::size_t i = 0; i < 8; ++i) rank += x > detail::load<std::int32_t>(line + i * 4);
#endif
    return detail::load<std::uint32_t>(line + kSliceLeaves + rank * 3) & 0xFFFFFF;
  }

  // A bit for each of the sixteen keys that is less than x.
  static std::uint32_t sixteen_keys(const std::byte* keys, std::int32_t x) noexcept {
#if defined(__SSE2__)
    const __m128i address = _mm_set1_epi32(x);
    const auto* from = reinterpret_cast<const __m128i*>(keys);
    const __m128i a = _mm_cmpgt_epi32(address, _mm_loadu_si128(from));
    const __m128i b = _mm_cmpgt_epi32(address, _mm_loadu_si128(from + 1));
    const __m128i c = _mm_cmpgt_epi32(address, _mm_loadu_si128(from + 2));
    const __m128i d = _mm_cmpgt_epi32(address, _mm_loadu_si128(from + 3));
    const __m128i all = _mm_packs_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(all));
#else
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 16; ++i) {
      bits |= static_cast<std::uint32_t>(x > detail::load<std::int32_t>(keys + i * 4)) << i;
    }
    return bits;
#endif
  }

  // Static, so that an Index6 can live in registers.
  static std::uint32_t crowded_node(const std::byte* block, std::size_t least_keys, std::size_t place,
                                    std::uint64_t hi) noexcept;
  static std::uint32_t deep_record(const std::byte* block, std::uint32_t leaf, std::uint64_t hi,
                                   std::uint64_t lo) noexcept;

  const std::byte* block_ = nullptr;
  // From the block to where the least key of the node after that of number 0 would stand.
  std::size_t least_keys_ = 0;
};

}  // namespace ip2asn
