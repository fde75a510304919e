#include <algorithm>
#include <cstdint>

#include "index/index6.hh"
#include "index/index6_deep.hh"
#include "index/index6_layout.hh"
#include "index/index_block.hh"

namespace ip2asn {

namespace {

using namespace detail;

// The counts have 32 bits and their items at most 2^10 bytes, so that no sum of places can overflow.
bool header_holds(const Header6& header, std::size_t bytes) {
  const Places6 places(header);
  return header.magic == Header6::kMagic && header.bytes == bytes && header.trees <= kWords6 &&
         header.deep_offset == places.deep && places.deep <= bytes && places.deep / kLine6 < kLeadsOn &&
         header.deep_bytes % kDeepUnit == 0 && header.deep_bytes <= bytes &&
         bytes == rounded_up(places.deep + header.deep_bytes + kReadAhead, 64) && header.zeros[0] == 0 &&
         header.zeros[1] == 0 && header.zeros[2] == 0;
}

bool directory_holds(const std::byte* block, const Header6& header, std::uint32_t records) {
  const auto buckets = static_cast<std::uint32_t>(Places6(header).buckets / 4);
  std::uint32_t most_record = 0;
  std::uint32_t most_place = 0;
  std::uint32_t odd = 0;
  for (std::size_t i = 0; i < kWords6; ++i) {
    const auto word = load<std::uint32_t>(block + kDirectory6 + i * 4);
    const std::uint32_t leads = static_cast<std::uint32_t>(static_cast<std::int32_t>(word) >> 31);
    // Places before the first tree's wrap around to large numbers; that of the first tree is told from none by adding
    // one.
    const std::uint32_t place = (word & ~kLeadsOn) - buckets;
    most_record = std::max(most_record, word & ~leads);
    most_place = std::max(most_place, (place + 1) & leads);
    odd |= place % kBuckets6 & leads;
  }
  return most_record < records && odd == 0 && most_place <= header.trees * kBuckets6;
}

// Whether every bucket's node exists. The word after the last bucket has the number after the last node, where there is
// no least key.
bool buckets_hold(const std::byte* block, const Header6& header) {
  const Places6 places(header);
  std::uint32_t most = 0;
  for (std::uint64_t at = places.buckets; at + 4 < places.least_keys; at += 4) {
    most = std::max(most, (load<std::uint32_t>(block + at) & ~kLeadsOn) - places.first_node());
  }
  const bool any = header.trees != 0;
  return (!any || most < header.nodes) &&
         load<std::uint32_t>(block + places.least_keys - 4) == places.first_node() + header.nodes;
}

// Whether the search for a node ends with the last one, and every node's slices follow those of the node before.
bool nodes_hold(const std::byte* block, const Header6& header) {
  const Places6 places(header);
  for (std::uint64_t at = places.least_keys + std::uint64_t{header.nodes} * 4; at < places.least_keys_end; at += 4) {
    if (load<std::int32_t>(block + at) != kUnusedKey) return false;
  }
  std::uint64_t next = places.first_slice();
  for (std::uint64_t at = places.nodes; at < places.slices; at += sizeof(Node6)) {
    const Node6 node = load<Node6>(block + at);
    if (node.first_slice != next) return false;
    next += 1 + static_cast<std::uint64_t>(std::count_if(std::begin(node.keys), std::end(node.keys),
                                                         [](std::int32_t key) { return key != kUnusedKey; }));
  }
  return next == places.first_slice() + std::uint64_t{header.slices};
}

// Checks one deep slice after the other, as the leaves that lead to them come.
class DeepChecker {
 public:
  DeepChecker(const std::byte* deep, std::size_t bytes, std::uint32_t records)
      : deep_(deep), bytes_(bytes), records_(records) {}

  bool accept(std::uint32_t leaf) {
    if (leaf < kFineLeaf || leaf - kFineLeaf != at_ / kDeepUnit || bytes_ - at_ < kDeepUnit) return false;
    const std::byte* slice = deep_ + at_;
    const DeepHead head = DeepHead::at(slice);
    if (head.starts == 0) return false;
    const std::size_t size = rounded_up(head.leaves() + (head.starts + 1) * kLeafBytes, kDeepUnit);
    if (size > bytes_ - at_ || !all_records(slice + head.leaves(), head.starts + 1, records_)) return false;
    at_ += size;
    return true;
  }

  bool all_used() const { return at_ == bytes_; }

 private:
  const std::byte* deep_;
  std::size_t bytes_;
  std::uint32_t records_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Index6> Index6::open(std::span<const std::byte> bytes, std::uint32_t record_count) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 != 0) {
    return Error{Errc::argument, "an IPv6 index must begin at a multiple of 64 bytes in memory"};
  }
  if (bytes.size() < kDirectory6 + kWords6 * 4) return damaged("IPv6", "it is too short");
  const std::byte* block = bytes.data();
  const Header6 header = load<Header6>(block);
  if (!header_holds(header, bytes.size())) return damaged("IPv6", "its header does not fit its size");
  const std::uint32_t records = std::min(record_count, kMaxRecords);
  if (!directory_holds(block, header, records)) return damaged("IPv6", "a directory entry leads outside");
  if (!buckets_hold(block, header)) return damaged("IPv6", "a bucket leads outside");
  if (!nodes_hold(block, header)) return damaged("IPv6", "a node leads outside");
  const Places6 places(header);
  DeepChecker deep(block + places.deep, header.deep_bytes, records);
  for (const std::byte* slice = block + places.slices; slice != block + places.deep; slice += sizeof(Slice6)) {
    const std::byte* leaves = slice + offsetof(Slice6, leaves);
    if (all_records(leaves, kRuns6, records)) continue;
    for (std::size_t i = 0; i < kRuns6; ++i) {
      const std::uint32_t leaf = leaf_at(leaves + i * kLeafBytes);
      if (leaf >= records && !deep.accept(leaf)) return damaged("IPv6", "a slice's leaf leads outside");
    }
  }
  if (!deep.all_used()) return damaged("IPv6", "it has deep slices that nothing leads to");
  return trust(bytes);
}

Index6 Index6::trust(std::span<const std::byte> bytes) noexcept {
  return Index6(bytes.data(), Places6(load<Header6>(bytes.data())).least_keys_base());
}

IndexShape Index6::shape() const noexcept {
  const Header6 header = load<Header6>(block_);
  IndexShape shape;
  shape.bytes = header.bytes;
  shape.slices = header.slices;
  const std::byte* slice = block_ + Places6(header).slices;
  for (std::size_t i = 0; i < header.slices; ++i, slice += sizeof(Slice6)) {
    const Slice6 content = load<Slice6>(slice);
    std::size_t starts = 0;
    for (std::size_t j = 0; j < kRuns6; ++j) {
      if (j != 0 && content.keys[j - 1] == kUnusedKey) break;
      ++starts;
      const std::uint32_t leaf = leaf_at(slice + offsetof(Slice6, leaves) + j * kLeafBytes);
      if (leaf >= kFineLeaf) {
        starts += DeepHead::at(block_ + header.deep_offset + std::size_t{leaf - kFineLeaf} * kDeepUnit).starts;
      }
    }
    shape.least_starts = i == 0 ? starts : std::min(shape.least_starts, starts);
    shape.most_starts = std::max(shape.most_starts, starts);
    shape.starts += starts;
  }
  return shape;
}

}  // namespace ip2asn
