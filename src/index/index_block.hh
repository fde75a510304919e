// What the builders and checkers of both index blocks share.
#pragma once

#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/page_vector.hh"
#include "base/result.hh"
#include "index/index4.hh"

namespace ip2asn::detail {

template <class T>
inline void store(std::byte* to, T value) noexcept {
  std::memcpy(to, &value, sizeof value);
}

inline constexpr std::size_t kLeafBytes = 3;

/// Blocks end with at least as many bytes that mean nothing, so that leaves can be read more than one at a time.
inline constexpr std::size_t kReadAhead = 16;

inline void store_leaf(std::byte* to, std::uint32_t leaf) noexcept { std::memcpy(to, &leaf, kLeafBytes); }

/// A leaf where it stands; reads the byte after it, too.
inline std::uint32_t leaf_at(const std::byte* from) noexcept { return load<std::uint32_t>(from) & 0xFFFFFF; }

inline std::size_t rounded_up(std::size_t size, std::size_t unit) noexcept { return (size + unit - 1) / unit * unit; }

inline Error damaged(const char* family, const char* what) {
  return {Errc::damaged, std::string("the ") + family + " index is damaged: " + what +
                             "; compile the database again from its sources"};
}

/// Whether all of `count` leaves are records less than `records`, none of them leading on. May read kReadAhead bytes
/// after the last leaf.
inline bool all_records(const std::byte* leaves, std::size_t count, std::uint32_t records) noexcept {
  if (records == 0) return count == 0;
#if defined(__SSE4_1__)
  // Four leaves at a time, each in a lane of its own; of the last four, those that are none become 0.
  const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const __m128i lanes = _mm_setr_epi32(0, 1, 2, 3);
  const __m128i most = _mm_set1_epi32(static_cast<int>(records - 1));
  __m128i over = _mm_setzero_si128();
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves + i * kLeafBytes));
    over = _mm_or_si128(over, _mm_cmpgt_epi32(_mm_shuffle_epi8(packed, spread), most));
  }
  if (i < count) {
    const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves + i * kLeafBytes));
    const __m128i used = _mm_cmpgt_epi32(_mm_set1_epi32(static_cast<int>(count - i)), lanes);
    over = _mm_or_si128(over, _mm_and_si128(used, _mm_cmpgt_epi32(_mm_shuffle_epi8(packed, spread), most)));
  }
  return _mm_movemask_epi8(over) == 0;
#else
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < count; ++i) most = std::max(most, leaf_at(leaves + i * kLeafBytes));
  return most < records;
#endif
}

/// For so few leaves all_records has a way without branches, which may read kFewBytes bytes from the first leaf on.
inline constexpr std::size_t kFewLeaves = 12;
inline constexpr std::size_t kFewBytes = 40;

/// The same as all_records, for kFewLeaves at most.
inline bool few_records(const std::byte* leaves, std::size_t count, std::uint32_t records) noexcept {
#if defined(__SSE4_1__)
  if (records == 0) return count == 0;
  const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const __m128i most = _mm_set1_epi32(static_cast<int>(records - 1));
  const __m128i used = _mm_set1_epi32(static_cast<int>(count));
  __m128i lanes = _mm_setr_epi32(0, 1, 2, 3);
  __m128i over = _mm_setzero_si128();
  for (std::size_t i = 0; i < kFewLeaves; i += 4) {
    const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves + i * kLeafBytes));
    const __m128i above = _mm_cmpgt_epi32(_mm_shuffle_epi8(packed, spread), most);
    over = _mm_or_si128(over, _mm_and_si128(above, _mm_cmpgt_epi32(used, lanes)));
    lanes = _mm_add_epi32(lanes, _mm_set1_epi32(4));
  }
  return _mm_movemask_epi8(over) == 0;
#else
  return all_records(leaves, count, records);
#endif
}

/// Looks through leaves that may lead on, four at a time.
class LeafScan {
 public:
  /// Which of the four leaves lead on, a bit each from the lowest; the others' records count for most(). May read
  /// kReadAhead bytes after them.
  std::uint32_t leading(const std::byte* leaves) noexcept {
#if defined(__SSE4_1__)
    const __m128i spread = _mm_setr_epi8(-1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11);
    const __m128i packed = _mm_loadu_si128(reinterpret_cast<const __m128i*>(leaves));
    const __m128i lanes = _mm_shuffle_epi8(packed, spread);  // what leads on is negative
    most_ = _mm_max_epi32(most_, lanes);
    return static_cast<std::uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(lanes)));
#else
    std::uint32_t leading = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint32_t leaf = leaf_at(leaves + i * kLeafBytes);
      const std::uint32_t leads = leaf >> 23;
      leading |= leads << i;
      most_ = std::max(most_, leaf & (leads - 1));
    }
    return leading;
#endif
  }

  /// The greatest record so far, 0 if there was none.
  std::uint32_t most() const noexcept {
#if defined(__SSE4_1__)
    alignas(16) std::array<std::int32_t, 4> lanes;
    _mm_store_si128(reinterpret_cast<__m128i*>(lanes.data()), most_);
    return static_cast<std::uint32_t>(*std::max_element(lanes.begin(), lanes.end())) >> 8;
#else
    return most_;
#endif
  }

 private:
#if defined(__SSE4_1__)
  __m128i most_ = _mm_setzero_si128();
#else
  std::uint32_t most_ = 0;
#endif
};

/// What is wrong with `runs` as the input of a builder, or nothing. `first` is the least start, `name` its text.
template <class Run, class Start>
std::optional<Error> unfit(std::span<const Run> runs, const Start& first, const char* family, const char* name) {
  const auto error = [family](std::size_t i, const std::string& what) {
    return Error{Errc::argument, "run " + std::to_string(i) + " of an " + family + " index " + what};
  };
  if (runs.empty() || runs[0].start != first) return error(0, std::string("does not start at ") + name);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i != 0 && !(runs[i - 1].start < runs[i].start)) return error(i, "does not start after the one before");
    if (runs[i].record >= kMaxRecords) {
      return error(i, "has record " + std::to_string(runs[i].record) + ", more than an index can hold");
    }
  }
  return std::nullopt;
}

/// `runs` without those that go on with the record before; `storage` holds them when there are any.
template <class Run>
std::span<const Run> joined(std::span<const Run> runs, PageVector<Run>& storage) {
  const auto same = [](const Run& a, const Run& b) { return a.record == b.record; };
  if (std::adjacent_find(runs.begin(), runs.end(), same) == runs.end()) return runs;
  std::unique_copy(runs.begin(), runs.end(), std::back_inserter(storage), same);
  return storage;
}

}  // namespace ip2asn::detail
