// How many requests each network gets in, counted in memory that all processes of a server share.
//
// A limit has a name, and an allowance for each key: an AS, a hosting company, a country. The allowance is the generic
// cell rate algorithm (ITU-T I.371, the leaky bucket as a meter): one word holds the time of the next arrival that
// would be in time, and whoever comes early by more than the burst allows is over the limit. In any span of t seconds
// all processes together let through at most burst + rate * t, and at least rate * t - 1 of those who ask.
//
// Concurrency contract. Any process and thread asks at any time, without a lock; the word is changed by compare and
// swap. A process that is killed has asked or has not. Places of names are given by the parent while it reads the
// configuration.
//
// A limit has room for kMostKeys keys, which are never taken back while it is in use: a key that finds none is not
// limited, which is counted. Whoever has the memory can write to it: a word that no request could have left is taken
// for a full bucket.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "serve/counters.hh"

namespace ip2asn {

/// How much a limit lets through. Times are nanoseconds of a clock that all processes share and that does not go back.
struct Allowance {
  std::int64_t interval = 0;  ///< from one request to the next at the full rate; at least 1
  std::int64_t burst = 1;     ///< requests that may come at once after a silence; at least 1
};

struct LimitAnswer {
  bool over = false;
  std::int64_t wait = 0;  ///< until one would be let through; 0 when this one is
};

class RequestLimits {
 public:
  static constexpr std::uint32_t kLayout = 1;  ///< changed with every change of what stands where
  static constexpr std::uint32_t kMostLimits = 16;
  static constexpr std::uint32_t kMostKeys = 8192;
  static constexpr std::size_t kLongestName = 64;
  static constexpr std::uint32_t kNoPlace = kMostLimits;

  static constexpr std::size_t memory_size() noexcept;
  /// In `memory`, which is of memory_size() bytes and all zeros.
  static RequestLimits* create(void* memory) noexcept;
  /// What another process, or an older module, created there; null when it is of another layout.
  static RequestLimits* attach(void* memory) noexcept;

  RequestLimits(const RequestLimits&) = delete;
  RequestLimits& operator=(const RequestLimits&) = delete;

  /// The place of a name, which it keeps for as long as it is among `names`: all that the configuration has. Another
  /// one's place is taken, and its state forgotten, when none is free. kNoPlace when there are too many. One process.
  std::uint32_t place_of(std::string_view name, std::span<const std::string_view> names) noexcept;

  /// Whether one more request of `key` is over the limit at `now`, and counts it when it is not.
  LimitAnswer ask(std::uint32_t place, std::uint64_t key, const Allowance& allowance, std::int64_t now) noexcept;

  /// What was over a limit: requests, and of these denied (and 4xx) or reported.
  CountCell& cell(std::uint32_t place) noexcept { return tables_[place % kMostLimits].cell; }

  /// Calls f(name, counts, passed) for each limit that there ever was; `passed` is how many requests found no place for
  /// their key.
  template <class F>
  void each(F&& f) const {
    for (const Table& table : tables_) {
      char name[kLongestName];
      const std::size_t size = read_name(table, name);
      if (size != 0) f(std::string_view(name, size), table.cell.read(), table.passed.load(std::memory_order_relaxed));
    }
  }

 private:
  static constexpr std::uint64_t kMagic = 0x31'74'69'6d'69'6c'69'69ull;
  static constexpr std::uint32_t kMostProbes = 64;

  struct Entry {
    std::atomic<std::uint64_t> key{0};  // plus one; 0 for none
    std::atomic<std::int64_t> next{0};
  };
  struct Table {
    std::atomic<std::uint32_t> size{0};  // of the name
    char name[kLongestName] = {};
    std::atomic<std::uint64_t> passed{0};
    CountCell cell;
    std::array<Entry, kMostKeys> entries;
  };

  RequestLimits() = default;
  static std::size_t read_name(const Table& table, char* name) noexcept;
  Entry* find(Table& table, std::uint64_t key) noexcept;

  std::uint64_t magic_ = 0;
  std::uint32_t layout_ = 0;
  std::uint64_t size_ = 0;
  std::array<Table, kMostLimits> tables_;
};

constexpr std::size_t RequestLimits::memory_size() noexcept { return sizeof(RequestLimits) + 64; }

}  // namespace ip2asn
