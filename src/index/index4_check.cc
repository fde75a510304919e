#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

#include "index/index4.hh"
#include "index/index4_fine.hh"
#include "index/index4_layout.hh"
#include "index/index_block.hh"

namespace ip2asn {

namespace {

using namespace detail;

// Checks leaves in the order in which the builder wrote them, and with them the fine slices, which must follow one
// another as the leaves that lead to them do.
class LeafChecker {
 public:
  LeafChecker(const std::byte* block, const Header4& header, std::uint32_t records)
      : fine_(block + header.fine_offset), bytes_(header.fine_bytes), records_(records), end_(block + header.bytes) {}

  bool accept(const std::byte* leaves, std::size_t count) {
    const bool few = count <= kFewLeaves && leaves + kFewBytes <= end_;
    if (few ? few_records(leaves, count, records_) : all_records(leaves, count, records_)) return true;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t leaf = leaf_at(leaves + i * kLeafBytes);
      if (leaf < records_) continue;
      if (leaf < kFineLeaf || leaf - kFineLeaf != at_ / kFineUnit || !accept_fine()) return false;
    }
    return true;
  }

  bool all_fine_used() const { return at_ == bytes_; }

 private:
  bool accept_fine() {
    const std::byte* slice = fine_ + at_;
    const std::size_t room = bytes_ - at_;
    if (room < kFineUnit) return false;
    if (is_pair(slice)) {
      at_ += kFineUnit;
      return std::max(pair_record(slice, false), pair_record(slice, true)) < records_;
    }
    const std::size_t groups = fine_groups(slice);
    if (groups > kMostFineGroups || room < fine_leaves(groups)) return false;
    // No address can be behind more thresholds than the greatest one is.
    const std::size_t leaves = 1 + fine_rank(slice, 0xFF);
    const std::size_t size = rounded_up(fine_leaves(groups) + leaves * kLeafBytes, kFineUnit);
    if (room < size || !all_records(slice + fine_leaves(groups), leaves, records_)) return false;
    at_ += size;
    return true;
  }

  const std::byte* fine_;
  std::size_t bytes_;
  std::uint32_t records_;
  const std::byte* end_;  // of the block
  std::size_t at_ = 0;
};

bool header_holds(const Header4& header, std::size_t bytes) {
  // The sizes first, so that no sum can overflow.
  return header.magic == Header4::kMagic && header.bytes == bytes && header.slices <= kWords4 &&
         header.slices_offset == kSlices4 && header.slices_bytes <= bytes && header.fine_bytes <= bytes &&
         header.slices_bytes % kSliceUnit4 == 0 && header.fine_bytes % kFineUnit == 0 &&
         header.fine_offset == kSlices4 + header.slices_bytes &&
         bytes == rounded_up(header.fine_offset + header.fine_bytes + kReadAhead, 64) && header.zeros[0] == 0 &&
         header.zeros[1] == 0;
}

class Checker {
 public:
  Checker(const std::byte* block, const Header4& header, std::uint32_t records)
      : block_(block), header_(header), leaves_(block, header, records), records_(records) {}

  const char* fault() {
    LeafScan scan;
    std::size_t waiting = 0;
    for (std::size_t i = 0; i < kWords4; i += 4) {
      for (std::uint32_t leading = scan.leading(words() + i * kWordBytes4); leading != 0; leading &= leading - 1) {
        const std::size_t word = i + static_cast<std::size_t>(std::countr_zero(leading));
        const std::uint32_t unit = leaf_at(words() + word * kWordBytes4) - kFineLeaf;
        waiting_[waiting] = std::size_t{unit} * kSliceUnit4;
        __builtin_prefetch(block_ + waiting_[waiting++]);
      }
      if (waiting + 4 > waiting_.size() || i + 4 == kWords4) {
        if (!slices_hold(std::exchange(waiting, 0))) return "a slice does not hold what its map says";
      }
    }
    if (scan.most() >= records_) return "a directory entry is no record";
    return slices_ == header_.slices && leaves_.all_fine_used() ? nullptr : "it has slices that nothing leads to";
  }

 private:
  const std::byte* words() const { return block_ + kDirectory4; }

  bool slices_hold(std::size_t count) {
    slices_ += count;
    for (std::size_t i = 0; i < count; ++i) {
      if (!slice_holds(waiting_[i])) return false;
    }
    return true;
  }

  bool slice_holds(std::size_t offset) {
    const std::size_t end = header_.fine_offset;
    if (offset < kSlices4 || offset + kMapBytes4 > end) return false;
    const auto map = load<std::uint64_t>(block_ + offset);
    const auto leaves = static_cast<std::size_t>(std::popcount(map));
    return (map & 1) != 0 && offset + slice_bytes4(leaves) <= end &&
           leaves_.accept(block_ + offset + kMapBytes4, leaves);
  }

  const std::byte* block_;
  const Header4& header_;
  LeafChecker leaves_;
  std::uint32_t records_;
  std::size_t slices_ = 0;
  std::array<std::size_t, 64> waiting_;  // offsets of slices that are on their way from memory
};

}  // namespace

Result<Index4> Index4::open(std::span<const std::byte> bytes, std::uint32_t record_count) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 != 0) {
    return Error{Errc::argument, "an IPv4 index must begin at a multiple of 64 bytes in memory"};
  }
  if (bytes.size() < kSlices4) return damaged("IPv4", "it is too short");
  const Header4 header = load<Header4>(bytes.data());
  if (!header_holds(header, bytes.size())) return damaged("IPv4", "its header does not fit its size");
  if (const char* fault = Checker(bytes.data(), header, std::min(record_count, kMaxRecords)).fault()) {
    return damaged("IPv4", fault);
  }
  return trust(bytes);
}

IndexShape Index4::shape() const noexcept {
  const Header4 header = load<Header4>(block_);
  IndexShape shape;
  shape.bytes = header.bytes;
  for (std::size_t i = 0; i < kWords4; ++i) {
    const std::uint32_t word = leaf_at(block_ + kDirectory4 + i * kWordBytes4);
    if (word < kFineLeaf) continue;
    const std::byte* slice = block_ + std::size_t{word - kFineLeaf} * kSliceUnit4;
    std::size_t starts = 0;
    const auto leaves = static_cast<std::size_t>(std::popcount(load<std::uint64_t>(slice)));
    for (std::size_t j = 0; j < leaves; ++j) {
      const std::uint32_t leaf = leaf_at(slice + slice_bytes4(j));
      ++starts;
      if (leaf < kFineLeaf) continue;
      const std::byte* fine = block_ + header.fine_offset + std::size_t{leaf - kFineLeaf} * kFineUnit;
      starts += fine_starts(fine);
    }
    shape.least_starts = shape.slices == 0 ? starts : std::min(shape.least_starts, starts);
    shape.most_starts = std::max(shape.most_starts, starts);
    shape.starts += starts;
    ++shape.slices;
  }
  return shape;
}

}  // namespace ip2asn
