#include "index/index6.hh"

#include <algorithm>
#include <array>

#include "base/avx2.hh"
#include "index/index6_deep.hh"
#include "index/index6_layout.hh"

namespace ip2asn {

std::uint32_t Index6::crowded_node(const std::byte* block, std::size_t least_keys, std::size_t place,
                                   std::uint64_t hi) noexcept {
  const auto number = [block](std::size_t at) {
    return detail::load<std::uint32_t>(block + at * 4) & ~detail::kLeadsOn;
  };
  std::uint32_t node = number(place);
  // The nodes that the bucket may reach, the next one's included, by halves until they can be compared at once; in a
  // damaged block there may be none.
  std::uint32_t more = std::max(number(place + 1), node) - node;
  while (more > detail::kNear6) {
    const std::uint32_t half = (more + 1) / 2;
    const auto least = detail::load<std::int32_t>(block + (least_keys + (std::size_t{node} + half - 1) * 4));
    const bool behind = window(hi) > least;
    node += behind ? half : 0;
    more = behind ? more - half : half - 1;
  }
  return near_node(block + least_keys, node, hi);
}

std::uint32_t Index6::deep_record(const std::byte* block, std::uint32_t leaf, std::uint64_t hi,
                                  std::uint64_t lo) noexcept {
  const auto offset = detail::load<std::uint64_t>(block + offsetof(detail::Header6, deep_offset));
  return detail::deep6_lookup(block + offset, leaf, hi, lo);
}

[[gnu::always_inline]] inline void Index6::look_up_all(std::span<const Key6> addresses,
                                                       std::uint32_t* records) const noexcept {
  // One pass over a batch must be long enough to cover a memory access, and its state small enough for the first-level
  // cache.
  constexpr std::size_t kBatch = 64;
  // The addresses that lead on, and how far each has come. They are gathered without a branch: the last one is written
  // before it is known to count, and may be one more than there can be.
  std::array<std::uint32_t, kBatch + 1> numbers;
  std::array<std::uint32_t, kBatch + 1> found;
  while (!addresses.empty()) {
    const std::size_t count = std::min(addresses.size(), kBatch);
    std::size_t open = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t word = directory_word(addresses[i].hi);
      records[i] = word;
      numbers[open] = static_cast<std::uint32_t>(i);
      found[open] = word;
      open += word >> 31;
    }
    for (std::size_t i = 0; i < open; ++i) {
      found[i] = node_of(found[i], addresses[numbers[i]].hi);
      __builtin_prefetch(block_ + std::size_t{found[i]} * kLine);
    }
    for (std::size_t i = 0; i < open; ++i) {
      found[i] = slice_in(found[i], addresses[numbers[i]].hi);
      __builtin_prefetch(block_ + std::size_t{found[i]} * kLine);
    }
    for (std::size_t i = 0; i < open; ++i) found[i] = leaf_in(found[i], addresses[numbers[i]].hi);
    std::size_t deep = 0;
    for (std::size_t i = 0; i < open; ++i) {
      const std::uint32_t leaf = found[i];
      records[numbers[i]] = leaf;
      numbers[deep] = numbers[i];
      found[deep] = leaf;
      deep += leaf >= detail::kFineLeaf ? 1 : 0;
    }
    if (deep != 0) {
      const std::byte* pool = block_ + detail::load<std::uint64_t>(block_ + offsetof(detail::Header6, deep_offset));
      for (std::size_t i = 0; i < deep; ++i) {
        __builtin_prefetch(pool + std::size_t{found[i] - detail::kFineLeaf} * detail::kDeepUnit);
      }
      for (std::size_t i = 0; i < deep; ++i) {
        const Key6& address = addresses[numbers[i]];
        records[numbers[i]] = detail::deep6_lookup(pool, found[i], address.hi, address.lo);
      }
    }
    addresses = addresses.subspan(count);
    records += count;
  }
}

#if IP2ASN_AVX2
// A batch is bound by its instructions: with three operands each, and unaligned loads among them, they are an eighth
// fewer.
IP2ASN_FOR_AVX2 void Index6::look_up_all_avx2(std::span<const Key6> addresses, std::uint32_t* records) const noexcept {
  look_up_all(addresses, records);
}
#endif

void Index6::lookup(std::span<const Key6> addresses, std::uint32_t* records) const noexcept {
#if IP2ASN_AVX2
  if (has_avx2()) return look_up_all_avx2(addresses, records);
#endif
  look_up_all(addresses, records);
}

}  // namespace ip2asn
