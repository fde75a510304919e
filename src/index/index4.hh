// The sliced IPv4 index: from an address to a record id.
//
// The index is a block of bytes inside an image: position independent, little endian, built once and then only read. An
// Index4 is a view of such a block; it owns nothing and may be copied and used by any number of threads at once. `open`
// checks the whole block, so that no lookup can read outside it, whatever the bytes are; lookups allocate nothing,
// throw nothing and take no lock.
//
// A directory of 262,144 words of three bytes, one for each /18, holds either the record of the whole /18 or leads to
// its slice: a map of 64 bits that tells which /24s start a run, and behind it one leaf of three bytes for each run.
// Counting the map's bits gives the leaf; most slices lie in one cache line. A leaf is a record id, or leads to a fine
// slice: the starts inside one /24. The direct table is DIR-24-8's idea (P. Gupta, S. Lin, N. McKeown, INFOCOM 1998),
// counting the bits of a map that of Poptrie (H. Asai, Y. Ohara, SIGCOMM 2015).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/result.hh"

namespace ip2asn {

/// Record ids run from 0 ("not announced") to less than this: a leaf of the index has 23 bits for them.
inline constexpr std::uint32_t kMaxRecords = 1u << 23;

/// From `start` on, up to the next run's start, addresses belong to `record`.
struct Run4 {
  std::uint32_t start;
  std::uint32_t record;
};

/// What an index is made of, for people.
struct IndexShape {
  std::size_t bytes = 0;         ///< the block's size
  std::size_t slices = 0;        ///< of the directory's entries or the tree's leaves
  std::size_t starts = 0;        ///< starts in all slices, fine ones included
  std::size_t least_starts = 0;  ///< in one slice
  std::size_t most_starts = 0;
};

namespace detail {

static_assert(std::endian::native == std::endian::little, "an index is little endian and is read in place");

template <class T>
inline T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// A directory word or leaf with this bit leads on; without, it is a record id.
inline constexpr std::uint32_t kFineLeaf = 1u << 23;

/// The three bytes behind the one at `before`, as a record id or with kFineLeaf.
inline std::uint32_t load_leaf(const std::byte* before) noexcept { return load<std::uint32_t>(before) >> 8; }

/// Where a block's header tells how far behind its start the fine slices begin.
inline constexpr std::size_t kFineOffset4 = 32;

/// Fine slices begin at multiples of so many bytes; nearly all have no more. See index4_fine.hh.
inline constexpr std::size_t kFineUnit = 8;

/// In the first byte of a fine slice that tells one prefix from what is around it.
inline constexpr std::byte kPair{0x80};
inline constexpr std::size_t kPairThresholds = 6;

inline bool is_pair(const std::byte* slice) noexcept { return (*slice & kPair) == kPair; }

/// The record outside of the prefix of a pair, or inside.
inline std::uint32_t pair_record(const std::byte* slice, bool inside) noexcept {
  return __builtin_bswap32(load<std::uint32_t>(slice + std::size_t{inside} * 3)) >> 8 & (kFineLeaf - 1);
}

/// fine4_lookup() in a slice of more than one prefix, of the last byte of an address.
std::uint32_t fine4_lookup_many(const std::byte* slice, std::uint32_t last) noexcept;

/// The record of `address`, whose leaf leads to a fine slice in the pool at `fine`. Inline: where there are many of
/// them, a call is a twentieth of a look-up.
[[gnu::always_inline]] inline std::uint32_t fine4_lookup(const std::byte* fine, std::uint32_t leaf,
                                                         std::uint32_t address) noexcept {
  const std::byte* slice = fine + std::size_t{leaf - kFineLeaf} * kFineUnit;
  const auto last = static_cast<std::uint8_t>(address);
  if (!is_pair(slice)) [[unlikely]]
    return fine4_lookup_many(slice, last);
  const auto behind = [=](std::size_t i) { return std::to_integer<std::uint8_t>(slice[kPairThresholds + i]) < last; };
  return pair_record(slice, behind(0) != behind(1));
}

/// The bits from the lowest up to each. A load from here costs less than a shift by a variable does without BMI2.
inline constexpr auto kBitsUpTo = [] {
  std::array<std::uint64_t, 64> bits{};
  for (std::size_t i = 0; i < 64; ++i) bits[i] = ~std::uint64_t{0} >> (63 - i);
  return bits;
}();

}  // namespace detail

/// Builds the block for `runs`: runs[0].start is 0, starts ascend strictly, and record ids are less than kMaxRecords
/// (else Errc::argument). Neighbours with the same record are joined. Low record ids should belong to much used
/// records: they then share cache lines in the caller's columns. Errc::limit when more /24s are cut finer than a leaf
/// can tell apart (2.7 million at least).
Result<std::vector<std::byte>> build_index4(std::span<const Run4> runs);

/// A view of a block that `build_index4` made; the bytes must outlive it. A default-constructed Index4 has no block: do
/// not look up in it.
class Index4 {
 public:
  Index4() = default;

  /// Checks the block: afterwards no lookup reads outside `bytes`, and every record id is less than `record_count`.
  /// `bytes` begins at a multiple of 64 (else Errc::argument). Errc::damaged for anything that `build_index4` would not
  /// have made.
  static Result<Index4> open(std::span<const std::byte> bytes, std::uint32_t record_count);

  /// A view of a block that `open` has accepted, of kLeastBytes at least. Looks at nothing.
  static Index4 trust(std::span<const std::byte> bytes) noexcept { return Index4(bytes.data()); }
  static constexpr std::size_t kLeastBytes = 64;

  /// The record of an address in host order.
  std::uint32_t lookup(std::uint32_t address) const noexcept {
    const std::uint32_t word = directory_word(address);
    if (!leads_on(word)) return word >> 8;
    const std::uint32_t leaf = leaf_in(block_ + slice_offset(word), address);
    if (leaf < detail::kFineLeaf) [[likely]]
      return leaf;
    return detail::fine4_lookup(fine_slices(), leaf, address);
  }

  /// Asks for the memory that a look-up of the address begins with, and does not wait for it.
  void prefetch(std::uint32_t address) const noexcept {
    __builtin_prefetch(block_ + kDirectory - 1 + std::size_t{address >> 14} * 3);
  }

  /// The records of `addresses`, written to `records`, which has room for as many. Overlaps the memory accesses of 64
  /// addresses at a time.
  void lookup(std::span<const std::uint32_t> addresses, std::uint32_t* records) const noexcept;

  /// Whether an address whose upper 16 bits are `upper` has a record other than 0.
  bool is_used(std::uint32_t upper) const noexcept {
    for (std::uint32_t word = upper << 2; word < (upper + 1) << 2; ++word) {
      if (directory_word(word << 14) >> 8 != 0) return true;
    }
    return false;
  }

  /// Walks the whole block.
  IndexShape shape() const noexcept;

 private:
  static constexpr std::size_t kDirectory = 64;
  static constexpr std::size_t kMapBytes = 8;

  explicit Index4(const std::byte* block) noexcept : block_(block) {}

  std::uint32_t directory_word(std::uint32_t address) const noexcept {
    return detail::load<std::uint32_t>(block_ + kDirectory - 1 + std::size_t{address >> 14} * 3);
  }

  const std::byte* fine_slices() const noexcept {
    return block_ + detail::load<std::uint64_t>(block_ + detail::kFineOffset4);
  }

  static bool leads_on(std::uint32_t word) noexcept { return static_cast<std::int32_t>(word) < 0; }

  // Slices begin at multiples of eight bytes from the block's start.
  static std::size_t slice_offset(std::uint32_t word) noexcept { return (word & 0x7FFFFF00) >> 5; }

  static std::uint32_t leaf_in(const std::byte* slice, std::uint32_t address) noexcept {
    const std::uint64_t starts = detail::load<std::uint64_t>(slice) & detail::kBitsUpTo[address >> 8 & 63];
    // At least one: an address without a start before it in its slice has the slice's first leaf.
    const auto rank = static_cast<std::size_t>(std::popcount(starts));
    return detail::load_leaf(slice + kMapBytes - 4 + rank * 3);
  }

  const std::byte* block_ = nullptr;
};

}  // namespace ip2asn
