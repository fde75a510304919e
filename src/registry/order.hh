// In which order a crawl asks: what each registry is asked for next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "net/address.hh"
#include "registry/known_blocks.hh"

namespace ip2asn {

/// What is wanted: a range, or one address of it.
struct Wanted {
  Range range;
  unsigned tries = 0;
  bool last = false;  ///< comes at the end: what is known to be none is asked for all the same
};

/// A queue for each registry (a lane, numbered from 0). Not thread-safe.
class Order {
 public:
  virtual ~Order() = default;

  virtual std::optional<Wanted> next(std::size_t lane) = 0;
  /// Takes back what next() gave: it comes first again.
  virtual void put_back(std::size_t lane, const Wanted& wanted) = 0;
  /// What is left of a range that was asked for, as far as it is not known.
  virtual void rest(std::size_t lane, const Wanted& wanted, const KnownBlocks& known) = 0;
  /// Puts off what lies where a registry knows no holder.
  virtual void put_off(std::size_t lane, const Wanted& wanted) = 0;
  /// Whether `wanted` is to be asked for as it is; if not, what is unknown of it comes back in its place.
  virtual bool is_whole(std::size_t, const Wanted&, const KnownBlocks&) { return true; }
  /// What to ask for: a prefix in the wanted range.
  virtual Prefix question(const Wanted& wanted) const = 0;
  /// How many wait.
  virtual std::uint64_t waiting(std::size_t lane) const = 0;
};

/// Ranges, the largest first. What an answer leaves of one comes back with its size.
class LargestFirst : public Order {
 public:
  enum class Ask { largest_prefix, middle };

  LargestFirst(std::size_t lanes, Ask ask) : lanes_(lanes), ask_(ask) {}

  void add(std::size_t lane, const Range& range) { lanes_[lane].sorted.push_back(range); }
  /// Sorts what was added; before the first next().
  void sort();

  std::optional<Wanted> next(std::size_t lane) override;
  void put_back(std::size_t lane, const Wanted& wanted) override { lanes_[lane].later.push(wanted.range); }
  void rest(std::size_t lane, const Wanted& wanted, const KnownBlocks& known) override;
  void put_off(std::size_t, const Wanted&) override {}
  bool is_whole(std::size_t lane, const Wanted& wanted, const KnownBlocks& known) override;
  Prefix question(const Wanted& wanted) const override;
  std::uint64_t waiting(std::size_t lane) const override {
    return lanes_[lane].sorted.size() + lanes_[lane].later.size();
  }

 private:
  struct Smaller {
    bool operator()(const Range& a, const Range& b) const noexcept;
  };
  struct Lane {
    std::vector<Range> sorted;  // the largest at the end
    std::priority_queue<Range, std::vector<Range>, Smaller> later;
  };

  std::vector<Lane> lanes_;
  Ask ask_;
};

/// Prefixes in an order of their own, read as they are wanted. What is put off comes at the end.
class ListOrder : public Order {
 public:
  struct Entry {
    std::size_t lane;
    Range range;
  };
  /// Gives the next entry for a lane, or one for another lane that comes before it; nullopt at the list's end.
  using Source = std::function<std::optional<Entry>(std::size_t lane)>;

  ListOrder(std::size_t lanes, Source source) : lanes_(lanes), source_(std::move(source)) {}

  std::optional<Wanted> next(std::size_t lane) override;
  void put_back(std::size_t lane, const Wanted& wanted) override;
  void rest(std::size_t, const Wanted&, const KnownBlocks&) override {}
  void put_off(std::size_t lane, const Wanted& wanted) override;
  Prefix question(const Wanted& wanted) const override;
  std::uint64_t waiting(std::size_t lane) const override { return lanes_[lane].fresh.size() + lanes_[lane].off.size(); }

 private:
  // An address of IPv4 takes 8 bytes, for lists of millions.
  struct Compact {
    std::uint32_t first = 0;
    std::uint8_t length = 0;
    std::uint8_t tries = 0;
    std::uint16_t is_v6 = 0;  // then `first` is a place in v6_
  };
  struct Lane {
    std::deque<Compact> fresh, off;
    bool ended = false;
  };

  Compact compact(const Range& range, unsigned tries);
  Wanted wanted(const Compact& entry, bool last) const;
  bool read_more(std::size_t lane);

  std::vector<Lane> lanes_;
  std::vector<Range> v6_;
  Source source_;
  // A registry that is slow does not make the list come into memory whole, and one that is fast must not wait for it.
  static constexpr std::size_t kMostAhead = 4'000'000;
  std::size_t ahead_ = 0;
};

}  // namespace ip2asn
