#include "index/index4.hh"

#include <algorithm>
#include <array>

#include "index/index4_fine.hh"

namespace ip2asn {

namespace {

// One pass over a batch must be long enough to cover a memory access, and its state small enough for the first-level
// cache.
constexpr std::size_t kBatch = 64;

}  // namespace

std::uint32_t detail::fine4_lookup_many(const std::byte* slice, std::uint32_t last) noexcept {
  return load_leaf(slice + fine_leaves(fine_groups(slice)) + fine_rank(slice, last) * 3 - 1);
}

void Index4::lookup(std::span<const std::uint32_t> addresses, std::uint32_t* records) const noexcept {
  // Masks instead of branches: a batch gains nothing from speculation, and would lose by what is mispredicted. An
  // address that has no slice takes the same path through the block's header, which is in the first-level cache, and
  // drops what it yields there.
  const auto has_slice = [](std::uint32_t word) {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(word) >> 31);
  };
  std::array<std::uint32_t, kBatch> words;
  while (!addresses.empty()) {
    const std::size_t count = std::min(addresses.size(), kBatch);
    for (std::size_t i = 0; i < count; ++i) {
      words[i] = directory_word(addresses[i]);
      __builtin_prefetch(block_ + (slice_offset(words[i]) & has_slice(words[i])));
    }
    // The numbers of those that lead to fine slices, gathered without a branch, too.
    std::array<std::uint32_t, kBatch + 1> fine;
    std::size_t open = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t here = words[i] >> 8;
      const std::uint32_t leads = has_slice(words[i]);
      const std::uint32_t leaf = leaf_in(block_ + (slice_offset(words[i]) & leads), addresses[i]);
      const std::uint32_t found = here ^ ((here ^ leaf) & leads);
      records[i] = found;
      fine[open] = static_cast<std::uint32_t>(i);
      open += found >> 23;
    }
    if (open != 0) {
      const std::byte* pool = fine_slices();
      for (std::size_t i = 0; i < open; ++i) {
        __builtin_prefetch(pool + std::size_t{records[fine[i]] - detail::kFineLeaf} * detail::kFineUnit);
      }
      for (std::size_t i = 0; i < open; ++i) {
        std::uint32_t& record = records[fine[i]];
        record = detail::fine4_lookup(pool, record, addresses[fine[i]]);
      }
    }
    addresses = addresses.subspan(count);
    records += count;
  }
}

}  // namespace ip2asn
