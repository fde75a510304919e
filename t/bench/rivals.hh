// Engines of our own to compare with: a binary search, the 1,000-row slices, DXR and Poptrie. All give record ids.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "data.hh"

namespace ip2asn::bench {

/// std::upper_bound over the starts.
template <class Key>
class BinarySearch {
 public:
  template <class Run>
  explicit BinarySearch(const std::vector<Run>& runs) {
    for (const Run& run : runs) {
      starts_.push_back(run.start);
      records_.push_back(run.record);
    }
  }

  std::uint32_t lookup(const Key& address) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), address);
    return records_[static_cast<std::size_t>(after - starts_.begin()) - 1];
  }

  std::size_t bytes() const { return starts_.size() * (sizeof(Key) + 4); }

 private:
  std::vector<Key> starts_;
  std::vector<std::uint32_t> records_;
};

/// A list of slices, scanned for the address, then the slice's rows of range and record, up to 1,000, scanned.
template <class Key>
class ScannedSlices {
 public:
  template <class Run>
  explicit ScannedSlices(const std::vector<Run>& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (i % kRows == 0) slices_.push_back(runs[i].start);
      if (i != 0) rows_[i - 1].last = before(runs[i].start);
      rows_.push_back({runs[i].start, {}, runs[i].record});
    }
    rows_.back().last = before(Key{});
  }

  std::uint32_t lookup(const Key& address) const {
    std::size_t slice = 0;
    while (slice + 1 < slices_.size() && slices_[slice + 1] <= address) ++slice;
    const std::size_t end = std::min(rows_.size(), (slice + 1) * kRows);
    for (std::size_t i = slice * kRows; i < end; ++i) {
      if (rows_[i].first <= address && address <= rows_[i].last) return rows_[i].record;
    }
    return 0;
  }

  std::size_t bytes() const { return slices_.size() * sizeof(Key) + rows_.size() * sizeof(Row); }

 private:
  static constexpr std::size_t kRows = 1000;
  struct Row {
    Key first, last;
    std::uint32_t record;
  };

  static std::uint32_t before(std::uint32_t address) { return address - 1; }
  static Key6 before(Key6 address) { return {address.hi - (address.lo == 0), address.lo - 1}; }

  std::vector<Key> slices_;
  std::vector<Row> rows_;
};

/// DXR (M. Zec, L. Rizzo, M. Mikuc: DXR: Towards a Billion Routing Lookups per Second in Software, CCR 2012): a table
/// by the first kDirect bits holds a record or leads to a chunk of the range table, which is searched by halves.
template <int kDirect>
class Dxr {
 public:
  /// Nothing where the data does not fit the words.
  static std::optional<Dxr> make(const std::vector<Run4>& runs) {
    Dxr dxr;
    std::size_t at = 0;
    std::uint32_t record = 0;
    for (std::uint64_t chunk = 0; chunk < std::uint64_t{1} << kDirect; ++chunk) {
      const std::uint64_t begin = chunk << kRest;
      const std::uint64_t end = begin + (1u << kRest);
      while (at < runs.size() && runs[at].start <= begin) record = runs[at++].record;
      if (record >= 1u << kDirect) return std::nullopt;
      if (at == runs.size() || runs[at].start >= end) {
        dxr.direct_.push_back(record);
        continue;
      }
      const std::size_t base = dxr.ranges_.size();
      dxr.ranges_.push_back(record);
      while (at < runs.size() && runs[at].start < end) {
        record = runs[at++].record;
        if (record >= 1u << kDirect) return std::nullopt;
        dxr.ranges_.push_back(static_cast<std::uint32_t>(runs[at - 1].start - begin) << kDirect | record);
      }
      const std::size_t last = dxr.ranges_.size() - base - 1;
      if (last > kMostLast || base > kMostBase) return std::nullopt;
      dxr.direct_.push_back(kChunk | static_cast<std::uint32_t>(last << 20 | base));
    }
    return dxr;
  }

  std::uint32_t lookup(std::uint32_t address) const {
    const std::uint32_t word = direct_[address >> kRest];
    if ((word & kChunk) == 0) return word;
    const std::uint32_t* chunk = ranges_.data() + (word & kMostBase);
    const std::uint32_t rest = address & ((1u << kRest) - 1);
    std::uint32_t low = 0;
    std::uint32_t high = word >> 20 & kMostLast;
    while (low < high) {
      const std::uint32_t middle = (low + high + 1) / 2;
      if (chunk[middle] >> kDirect <= rest) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return chunk[low] & ((1u << kDirect) - 1);
  }

  std::size_t bytes() const { return (direct_.size() + ranges_.size()) * 4; }

 private:
  static constexpr int kRest = 32 - kDirect;
  static constexpr std::uint32_t kChunk = 1u << 31;
  static constexpr std::uint32_t kMostBase = (1u << 20) - 1;
  static constexpr std::uint32_t kMostLast = (1u << 11) - 1;

  std::vector<std::uint32_t> direct_;
  std::vector<std::uint32_t> ranges_;  // a start's last kRest bits, then the record
};

/// Poptrie (H. Asai, Y. Ohara: Poptrie: A Compressed Trie with Population Count for Fast and Scalable Software IP
/// Routing Table Lookup, SIGCOMM 2015) with compressed leaves, after a table by the first kDirect bits; below it, six
/// bits a node.
template <class Key, int kDirect>
class Poptrie {
 public:
  template <class Run>
  explicit Poptrie(const std::vector<Run>& runs) {
    Builder<Run> builder{*this, runs};
    direct_.resize(std::size_t{1} << kDirect);
    for (std::size_t i = 0; i < direct_.size(); ++i) {
      const Wide begin = Wide{i} << (kWidth - kDirect);
      const std::size_t run = builder.covering(begin);
      if (!builder.splits(run, begin, kWidth - kDirect)) {
        direct_[i] = kLeaf | runs[run].record;
        continue;
      }
      const auto node = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
      builder.fill(node, begin, kDirect);
      direct_[i] = node;
    }
  }

  std::uint32_t lookup(const Key& address) const {
    const std::uint32_t word = direct_[bits(address, 0, kDirect)];
    if ((word & kLeaf) != 0) return word & ~kLeaf;
    const Node* node = &nodes_[word];
    for (int offset = kDirect;; offset += kStride) {
      const std::uint32_t slot = bits(address, offset, kStride);
      const std::uint64_t upto = (std::uint64_t{2} << slot) - 1;
      if ((node->children >> slot & 1) == 0) {
        return leaves_[node->first_leaf + static_cast<std::uint32_t>(std::popcount(node->leaves & upto)) - 1];
      }
      node = &nodes_[node->first_child + static_cast<std::uint32_t>(std::popcount(node->children & upto)) - 1];
    }
  }

  std::size_t bytes() const { return direct_.size() * 4 + nodes_.size() * sizeof(Node) + leaves_.size() * 4; }

 private:
  __extension__ typedef unsigned __int128 Wide;
  static constexpr int kWidth = sizeof(Key) * 8;
  static constexpr int kStride = 6;
  static constexpr std::uint32_t kLeaf = 1u << 31;

  struct Node {
    std::uint64_t children = 0;
    std::uint64_t leaves = 0;  // where a run of equal leaves begins
    std::uint32_t first_child = 0;
    std::uint32_t first_leaf = 0;
  };

  static Wide wide(std::uint32_t address) { return address; }
  static Wide wide(const Key6& key) { return Wide{key.hi} << 64 | key.lo; }

  // `count` bits from `offset` on; those beyond the address are 0.
  static std::uint32_t bits(std::uint32_t address, int offset, int count) {
    return static_cast<std::uint32_t>((std::uint64_t{address} << 32 << offset) >> (64 - count));
  }
  static std::uint32_t bits(const Key6& key, int offset, int count) {
    if (offset + count <= 64) return static_cast<std::uint32_t>((key.hi << offset) >> (64 - count));
    return static_cast<std::uint32_t>((wide(key) << offset) >> (128 - count));
  }

  template <class Run>
  struct Builder {
    Poptrie& trie;
    const std::vector<Run>& runs;
    std::size_t at = 0;

    std::size_t covering(Wide address) {
      while (at > 0 && wide(runs[at].start) > address) --at;
      while (at + 1 < runs.size() && wide(runs[at + 1].start) <= address) ++at;
      return at;
    }

    // Whether run `run`, which covers `begin`, ends before the block of 2^`rest` addresses does.
    bool splits(std::size_t run, Wide begin, int rest) const {
      return rest > 0 && run + 1 < runs.size() && wide(runs[run + 1].start) - begin < Wide{1} << rest;
    }

    void fill(std::uint32_t at_node, Wide begin, int offset) {
      Node node;
      node.first_leaf = static_cast<std::uint32_t>(trie.leaves_.size());
      const int rest = kWidth - offset - kStride;
      // The last stride may reach beyond the address: the slots that would need bits there are never asked for.
      const std::uint32_t slots = rest >= 0 ? 64 : 64u >> -rest;
      const auto slot_begin = [&](std::uint32_t slot) {
        return rest >= 0 ? begin + (Wide{slot} << rest) : begin + slot;
      };
      const auto slot_at = [&](std::uint32_t slot) { return rest >= 0 ? slot : slot << -rest; };
      bool any = false;
      std::uint32_t last = 0;
      for (std::uint32_t slot = 0; slot < slots; ++slot) {
        const std::size_t run = covering(slot_begin(slot));
        if (splits(run, slot_begin(slot), std::max(rest, 0))) {
          node.children |= std::uint64_t{1} << slot_at(slot);
        } else if (!any || runs[run].record != last) {
          node.leaves |= std::uint64_t{1} << slot_at(slot);
          trie.leaves_.push_back(last = runs[run].record);
          any = true;
        }
      }
      node.first_child = static_cast<std::uint32_t>(trie.nodes_.size());
      trie.nodes_.resize(trie.nodes_.size() + static_cast<std::size_t>(std::popcount(node.children)));
      trie.nodes_[at_node] = node;
      std::uint32_t child = node.first_child;
      for (std::uint32_t slot = 0; slot < slots; ++slot) {
        if ((node.children >> slot_at(slot) & 1) != 0) fill(child++, slot_begin(slot), offset + kStride);
      }
    }
  };

  std::vector<std::uint32_t> direct_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> leaves_;
};

}  // namespace ip2asn::bench
