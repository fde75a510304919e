#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "base/page_vector.hh"
#include "index/index4.hh"
#include "index/index4_fine.hh"
#include "index/index4_layout.hh"
#include "index/index_block.hh"

namespace ip2asn {

namespace {

using namespace detail;

// Gives slices their places: those of a cache line or more begin with a line, and smaller ones fill the room behind
// them. May be used again and again: it goes on behind what it has placed.
class Placer {
 public:
  explicit Placer(std::size_t begin) : at_(begin), end_(begin) {}

  void add(std::size_t slice, std::size_t bytes) {
    const std::size_t units = rounded_up(bytes, kSliceUnit4) / kSliceUnit4;
    waiting_[std::min(units, kLine)].push_back({slice, units});
  }

  // Calls place(slice, offset) for each slice; returns where the last one ends.
  template <class Place>
  std::size_t place_all(Place place) {
    for (const Slice& slice : waiting_[kLine]) {
      put(slice, place);
      fill((kLine - at_ / kSliceUnit4 % kLine) % kLine, place);
    }
    waiting_[kLine].clear();
    while (std::any_of(waiting_.begin(), waiting_.end(), [](const auto& slices) { return !slices.empty(); })) {
      fill(kLine, place);
    }
    return end_;
  }

 private:
  static constexpr std::size_t kLine = 64 / kSliceUnit4;

  struct Slice {
    std::size_t number;
    std::size_t units;
  };

  template <class Place>
  void put(const Slice& slice, Place place) {
    place(slice.number, at_);
    at_ = end_ = at_ + slice.units * kSliceUnit4;
  }

  // Fills the line's last `room` units, the largest slice that fits first, and goes on to the next line.
  template <class Place>
  void fill(std::size_t room, Place place) {
    const std::size_t line_end = at_ + room * kSliceUnit4;
    for (std::size_t units = std::min(room, kLine - 1); units > 0;) {
      if (waiting_[units].empty()) {
        --units;
        continue;
      }
      put(waiting_[units].back(), place);
      waiting_[units].pop_back();
      room -= units;
      units = std::min(units, room);
    }
    at_ = line_end;
  }

  std::size_t at_;
  std::size_t end_;
  // By their size in units; the last holds all that take a line or more.
  std::array<std::vector<Slice>, kLine + 1> waiting_;
};

// Walks the runs once, /18 by /18.
class Builder {
 public:
  explicit Builder(std::span<const Run4> runs) : runs_(runs), directory_(kWords4) {
    leaves_.reserve(runs.size() * 5 / 4);
  }

  // False when leaves cannot count the fine slices.
  bool collect() {
    for (std::uint32_t word = 0; word < kWords4; ++word) {
      const std::uint32_t begin = word << 14;
      pass(begin);
      if (next_start() > begin + 0x3FFF) {
        directory_[word] = current_;
      } else if (!add_slice(word, begin)) {
        return false;
      }
    }
    return true;
  }

  std::vector<std::byte> finish() {
    // A group after the other, so that neighbours in the address space stay near each other.
    Placer placer(kSlices4);
    std::size_t slices_end = kSlices4;
    for (std::size_t begin = 0; begin < slices_.size(); begin += kPlacedTogether) {
      const std::size_t end = std::min(begin + kPlacedTogether, slices_.size());
      for (std::size_t i = begin; i < end; ++i) placer.add(i, slice_bytes4(leaf_count(i)));
      slices_end = placer.place_all([this](std::size_t i, std::size_t offset) { slices_[i].offset = offset; });
    }

    Header4 header{};
    header.magic = Header4::kMagic;
    header.slices = static_cast<std::uint32_t>(slices_.size());
    header.slices_offset = kSlices4;
    header.slices_bytes = rounded_up(slices_end, kFineUnit) - kSlices4;
    header.fine_offset = header.slices_offset + header.slices_bytes;
    header.fine_bytes = fine_.size();
    header.bytes = rounded_up(header.fine_offset + header.fine_bytes + kReadAhead, 64);

    std::vector<std::byte> block(header.bytes);
    std::memcpy(block.data(), &header, sizeof header);
    for (std::size_t i = 0; i < slices_.size(); ++i) {
      const Slice& slice = slices_[i];
      directory_[slice.word] = kFineLeaf | static_cast<std::uint32_t>(slice.offset / kSliceUnit4);
      std::byte* out = block.data() + slice.offset;
      store(out, slice.map);
      for (std::size_t j = 0; j < leaf_count(i); ++j) {
        store_leaf(out + slice_bytes4(j), leaves_[slice.first_leaf + j]);
      }
    }
    for (std::size_t i = 0; i < kWords4; ++i) store_leaf(block.data() + kDirectory4 + i * kWordBytes4, directory_[i]);
    if (!fine_.empty()) std::memcpy(block.data() + header.fine_offset, fine_.data(), fine_.size());
    return block;
  }

 private:
  static constexpr std::uint64_t kNone = std::uint64_t{1} << 32;
  static constexpr std::size_t kPlacedTogether = 512;

  struct Slice {
    std::uint32_t word;  // whose it is
    std::uint64_t map;
    std::size_t first_leaf;
    std::size_t offset;
  };

  std::size_t leaf_count(std::size_t slice) const {
    return static_cast<std::size_t>(std::popcount(slices_[slice].map));
  }

  std::uint64_t next_start() const { return at_ < runs_.size() ? runs_[at_].start : kNone; }

  // Takes the runs that start at or before `address`; the last one's record is current.
  void pass(std::uint32_t address) {
    while (next_start() <= address) current_ = runs_[at_++].record;
  }

  bool add_slice(std::uint32_t word, std::uint32_t begin) {
    Slice slice{word, 0, leaves_.size(), 0};
    for (std::uint32_t slot = 0; slot < kSlots4;) {
      const std::uint32_t slot_begin = begin + slot * 256;
      pass(slot_begin);
      std::uint32_t leaf = current_;
      const bool fine = next_start() <= slot_begin + 0xFF;
      if (fine) {
        const std::optional<std::uint32_t> added = add_fine(slot_begin);
        if (!added) return false;
        leaf = *added;
      }
      if (slot == 0 || leaf != leaves_.back()) {
        slice.map |= std::uint64_t{1} << slot;
        leaves_.push_back(leaf);
      }
      // The last run of a fine slice goes on in the slot after it, which needs a leaf of its own then.
      slot =
          fine ? slot + 1 : static_cast<std::uint32_t>(std::min<std::uint64_t>((next_start() - begin) / 256, kSlots4));
    }
    slices_.push_back(slice);
    return true;
  }

  // The leaf that leads to the fine slice for the 256 addresses from `begin` on, or nothing when leaves cannot count
  // that far.
  std::optional<std::uint32_t> add_fine(std::uint32_t begin) {
    const std::size_t unit = fine_.size() / kFineUnit;
    if (unit >= kFineLeaf) return std::nullopt;
    std::array<std::uint32_t, 256> leaves;
    std::array<std::byte, 256> thresholds;
    std::size_t count = 0;
    leaves[0] = current_;
    while (next_start() <= begin + 0xFF) {
      thresholds[count++] = static_cast<std::byte>(next_start() - begin - 1);
      leaves[count] = current_ = runs_[at_++].record;
    }
    const std::size_t slice = fine_.size();
    if (count == 1 || (count == 2 && leaves[2] == leaves[0])) {
      for (const std::uint32_t record : {leaves[0], leaves[1]}) {
        for (const int shift : {16, 8, 0}) fine_.push_back(static_cast<std::byte>(record >> shift));
      }
      fine_[slice] |= kPair;
      fine_.push_back(thresholds[0]);
      fine_.push_back(count == 2 ? thresholds[1] : std::byte{0xFF});
      return kFineLeaf | static_cast<std::uint32_t>(unit);
    }
    // The byte before the first threshold has the number of groups.
    const std::size_t groups = count < kFineHead ? 0 : (count + 1 - kFineHead + kFineGroup - 1) / kFineGroup;
    fine_.resize(slice + rounded_up(fine_leaves(groups) + (count + 1) * kLeafBytes, kFineUnit));
    std::byte* out = fine_.data() + slice;
    std::memset(out, 0xFF, fine_leaves(groups));
    out[0] = static_cast<std::byte>(groups);
    std::memcpy(out + 1, thresholds.data(), count);
    for (std::size_t i = 0; i <= count; ++i) store_leaf(out + fine_leaves(groups) + i * kLeafBytes, leaves[i]);
    return kFineLeaf | static_cast<std::uint32_t>(unit);
  }

  std::span<const Run4> runs_;
  std::size_t at_ = 0;
  std::uint32_t current_ = 0;
  PageVector<std::uint32_t> directory_;
  PageVector<Slice> slices_;
  PageVector<std::uint32_t> leaves_;
  PageVector<std::byte> fine_;
};

}  // namespace

Result<std::vector<std::byte>> build_index4(std::span<const Run4> runs) {
  if (std::optional<Error> error = unfit(runs, std::uint32_t{0}, "IPv4", "0.0.0.0")) return *std::move(error);
  PageVector<Run4> storage;
  Builder builder(joined(runs, storage));
  if (!builder.collect()) {
    return Error{Errc::limit, "too many IPv4 prefixes longer than /24 for an index; use a source with fewer"};
  }
  return builder.finish();
}

}  // namespace ip2asn
