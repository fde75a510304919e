#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "base/page_vector.hh"
#include "index/index6.hh"
#include "index/index6_deep.hh"
#include "index/index6_layout.hh"
#include "index/index_block.hh"

namespace ip2asn {

namespace {

using namespace detail;

// A key as slices hold it, for the starts from `window` on; `window` is not 0.
constexpr std::int32_t key_of(std::uint32_t window) { return static_cast<std::int32_t>((window - 1) ^ (1u << 31)); }

class Builder {
 public:
  explicit Builder(std::span<const Run6> runs) : runs_(runs), words_(kWords6) {
    windows_.reserve(runs.size() + 1);
    leaves_.reserve(runs.size() + 1);
  }

  // Sorts the runs into trees; false when leaves cannot count the deep slices.
  bool collect() {
    std::uint32_t high = 0;
    while (high < kWords6) {
      pass(Key6{std::uint64_t{high} << 48, 0});
      const std::uint64_t next = next_block();
      if (next >> 32 != high) {
        // One record up to the /16 of the next start, or to the end.
        const auto until = static_cast<std::uint32_t>(std::min<std::uint64_t>(next >> 32, kWords6));
        std::fill(words_.begin() + high, words_.begin() + until, current_);
        high = until;
        continue;
      }
      trees_.push_back({high, leaves_.size()});
      if (!collect_tree(high)) return false;
      ++high;
    }
    return true;
  }

  std::vector<std::byte> finish() {
    for (std::size_t i = 0; i < trees_.size(); ++i) add_tree(trees_[i].begin, tree_end(i));
    Header6 header{};
    header.magic = Header6::kMagic;
    header.trees = static_cast<std::uint32_t>(trees_.size());
    header.nodes = static_cast<std::uint32_t>(nodes_.size());
    header.slices = static_cast<std::uint32_t>(slices_.size());
    const Places6 places(header);
    header.deep_offset = places.deep;
    header.deep_bytes = deep_.size();
    header.bytes = rounded_up(places.deep + deep_.size() + kReadAhead, 64);

    buckets_.push_back(header.nodes);
    least_keys_.resize(nodes_.size() + kNear6, kUnusedKey);
    for (std::size_t i = 0; i + 1 < buckets_.size(); ++i) {
      if ((buckets_[i + 1] & ~kLeadsOn) - buckets_[i] > kNear6) buckets_[i] |= kLeadsOn;
    }
    // From numbers in their own order to places in the block.
    for (std::uint32_t& bucket : buckets_) bucket += places.first_node();
    for (Node6& node : nodes_) node.first_slice += places.first_slice();
    for (std::size_t i = 0; i < trees_.size(); ++i) {
      words_[trees_[i].high] = kLeadsOn | static_cast<std::uint32_t>(places.buckets / 4 + i * kBuckets6);
    }

    std::vector<std::byte> block(header.bytes);
    const auto put = [&block](std::uint64_t offset, const auto& items) {
      if (!items.empty()) std::memcpy(block.data() + offset, items.data(), items.size() * sizeof items[0]);
    };
    std::memcpy(block.data(), &header, sizeof header);
    put(kDirectory6, words_);
    put(places.buckets, buckets_);
    put(places.least_keys, least_keys_);
    put(places.nodes, nodes_);
    put(places.slices, slices_);
    put(places.deep, deep_);
    return block;
  }

 private:
  struct Tree {
    std::uint32_t high;  // its /16
    std::size_t begin;   // its first window and leaf
  };

  static constexpr std::uint64_t kNone = std::uint64_t{1} << 48;

  // The /48 in which the next run starts.
  std::uint64_t next_block() const { return at_ < runs_.size() ? runs_[at_].start.hi >> 16 : kNone; }

  // Takes the runs that start at or before `address`; the last one's record is current.
  void pass(Key6 address) {
    while (at_ < runs_.size() && runs_[at_].start <= address) current_ = runs_[at_++].record;
  }

  bool collect_tree(std::uint32_t high) {
    const std::uint64_t end = (std::uint64_t{high} + 1) << 32;
    const std::size_t begin = leaves_.size();
    for (std::uint64_t block = std::uint64_t{high} << 32; block < end;) {
      pass(Key6{block << 16, 0});
      std::uint32_t leaf = current_;
      const bool deep = next_block() == block;
      if (deep) {
        if (deep_.size() / kDeepUnit >= kFineLeaf) return false;
        leaf = kFineLeaf | static_cast<std::uint32_t>(deep_.size() / kDeepUnit);
        add_deep(block);
      }
      if (leaves_.size() == begin || leaf != leaves_.back()) {
        windows_.push_back(static_cast<std::uint32_t>(block));
        leaves_.push_back(leaf);
      }
      // The last run of a deep slice goes on in the /48 after it, which needs a leaf of its own then.
      block = deep ? block + 1 : next_block();
    }
    return true;
  }

  void add_deep(std::uint64_t block) {
    const std::size_t begin = at_;
    std::size_t end = at_;
    while (end < runs_.size() && runs_[end].start.hi >> 16 == block) ++end;
    const std::size_t starts = end - begin;
    const std::size_t slice = deep_.size();
    const DeepHead head = DeepHead::of(starts);
    deep_.resize(slice + rounded_up(head.leaves() + (starts + 1) * kLeafBytes, kDeepUnit));
    std::byte* out = deep_.data() + slice;
    store(out, static_cast<std::uint8_t>(std::min(starts, kManyStarts)));
    if (starts >= kManyStarts) store(out + 1, static_cast<std::uint32_t>(starts));
    std::byte* lows = out + head.bytes;
    std::byte* highs = lows + starts * 8;
    std::byte* leaves = out + head.leaves();
    store_leaf(leaves, current_);
    for (std::size_t i = 0; i < starts; ++i) {
      const Run6& run = runs_[begin + i];
      store(lows + i * 8, run.start.lo);
      store(highs + i * 2, static_cast<std::uint16_t>(run.start.hi));
      store_leaf(leaves + (i + 1) * kLeafBytes, run.record);
    }
    current_ = runs_[end - 1].record;
    at_ = end;
  }

  std::size_t tree_end(std::size_t tree) const {
    return tree + 1 < trees_.size() ? trees_[tree + 1].begin : leaves_.size();
  }

  // Appends the tree over the windows and leaves from `begin` to `end`.
  void add_tree(std::size_t begin, std::size_t end) {
    const std::size_t first_node = nodes_.size();
    std::vector<std::uint32_t> least;
    for (std::size_t at = begin; at < end; at += kSlices6 * kRuns6) {
      Node6 node;
      node.first_slice = static_cast<std::uint32_t>(slices_.size());
      std::fill(std::begin(node.keys), std::end(node.keys), kUnusedKey);
      for (std::size_t i = 0; i < kSlices6 && at + i * kRuns6 < end; ++i) {
        if (i != 0) node.keys[i - 1] = key_of(windows_[at + i * kRuns6]);
        slices_.push_back(slice_of(at + i * kRuns6, end));
      }
      least_keys_.push_back(nodes_.size() == first_node ? kUnusedKey : key_of(windows_[at]));
      least.push_back(windows_[at]);
      nodes_.push_back(node);
    }
    for (std::uint64_t bucket = 0; bucket < kBuckets6; ++bucket) {
      const auto after = std::upper_bound(least.begin(), least.end(), bucket << 24);
      buckets_.push_back(static_cast<std::uint32_t>(first_node + static_cast<std::size_t>(after - least.begin()) - 1));
    }
  }

  Slice6 slice_of(std::size_t begin, std::size_t end) const {
    Slice6 slice{};
    std::fill(std::begin(slice.keys), std::end(slice.keys), kUnusedKey);
    for (std::size_t i = 0; i < std::min(kRuns6, end - begin); ++i) {
      if (i != 0) slice.keys[i - 1] = key_of(windows_[begin + i]);
      std::memcpy(slice.leaves + i * kLeafBytes, &leaves_[begin + i], kLeafBytes);
    }
    return slice;
  }

  std::span<const Run6> runs_;
  std::size_t at_ = 0;
  std::uint32_t current_ = 0;
  PageVector<std::uint32_t> words_;
  PageVector<Tree> trees_;
  PageVector<std::uint32_t> windows_;
  PageVector<std::uint32_t> leaves_;
  PageVector<std::byte> deep_;
  PageVector<std::uint32_t> buckets_;
  PageVector<std::int32_t> least_keys_;
  PageVector<Node6> nodes_;
  PageVector<Slice6> slices_;
};

}  // namespace

Result<std::vector<std::byte>> build_index6(std::span<const Run6> runs) {
  if (std::optional<Error> error = unfit(runs, Key6{0, 0}, "IPv6", "::")) return *std::move(error);
  PageVector<Run6> storage;
  Builder builder(joined(runs, storage));
  if (!builder.collect()) {
    return Error{Errc::limit, "too many IPv6 prefixes longer than /48 for an index; use a source with fewer"};
  }
  return builder.finish();
}

}  // namespace ip2asn
