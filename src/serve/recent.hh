// What was counted in the last hour and the last day: slots of ten seconds and of five minutes, in shared memory.
//
// A slot is the difference of the counters between two moments at which a process looked, which are as near to
// multiples of the step as its timer is; it says from when to when it is. Counters go on while nobody looks: a slot
// that comes late spans those that were missed, at one rate, and one of more than kHeartbeat is marked as unknown. The
// busiest ASes have entries, the rest of each kind is one sum, so that sums over slots are the counters' differences to
// the unit.
//
// Concurrency contract. Any process calls tick() at any time; one of them at a time closes slots, the others go on
// without. The holder's word is taken from it when it is gone, never while it lives: one that is stopped in the
// millisecond that a tick takes keeps it. A new slot, and the totals that the next one starts from, are written to
// where nobody reads; then one word is stored, which says how many slots there are and which totals hold. A process
// that is killed anywhere before that has done nothing; after it, everything. Readers copy a slot and look at the word
// again.
//
// Whoever has the memory can write to it: no number in it is used as an index before it was reduced to the size of what
// it leads into.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/process.hh"
#include "serve/counters.hh"
#include "serve/slot_block.hh"

namespace ip2asn {

enum class Span : std::uint8_t { hour, day };

class Recent {
 public:
  static constexpr std::uint32_t kLayout = 1;            ///< changed with every change of what stands where
  static constexpr std::int64_t kHourStep = 10'000'000;  ///< microseconds
  static constexpr std::int64_t kDayStep = 300'000'000;
  static constexpr std::int64_t kHeartbeat = 25'000'000;
  static constexpr std::uint32_t kMostShown = 10'000;

  static constexpr std::size_t memory_size() noexcept;
  /// In `memory`, which is of memory_size() bytes and all zeros, for counters that begin at 0 at `since`.
  static Recent* create(void* memory, std::int64_t since) noexcept;
  /// What another process, or an older module, created in `memory`; null when it is of another layout.
  static Recent* attach(void* memory) noexcept;

  Recent(const Recent&) = delete;
  Recent& operator=(const Recent&) = delete;

  /// Closes what is due at `now`, in microseconds since 1970, unless another process is at it. At most `most_shown`
  /// ASes are shown in metrics. Returns whether a slot was closed. Allocates.
  bool tick(const Counters& counters, std::int64_t now, ProcessWord self, std::uint32_t most_shown);

  /// The slots that there are, the oldest first.
  std::vector<Slot> read(Span span) const;
  /// When the last slot was closed.
  std::int64_t last_tick() const noexcept;

  /// Calls f(place) for each AS that metrics show: one that was among the kFirst of a slot of five minutes by requests,
  /// bytes or denials, until it has had no request for a day. In the order in which they came.
  template <class F>
  void each_shown(F&& f) const {
    for (const std::atomic<std::uint64_t>& entry : shown_) {
      const auto place = static_cast<std::uint32_t>(entry.load(std::memory_order_relaxed));
      if (place != 0) f(place);
    }
  }
  static constexpr std::size_t kFirst = 100;

 private:
  static constexpr std::uint32_t kHourSlots = 360, kDaySlots = 288;
  static constexpr std::size_t kHourBlock = 4096, kDayBlock = 8192;
  static constexpr std::uint64_t kMagic = 0x31'74'6e'65'63'65'72'69ull;

  // The counters at one moment, by place.
  struct Totals {
    std::int64_t time = 0;
    std::int64_t unknown = 0;  // microseconds since the day's last slot in which nobody looked
    std::uint32_t ases = 0;    // how many of `of_as` are set
    Counts all{};
    std::array<Counts, Counters::kCountries> of_country{};
    std::array<Counts, Counters::kMostNames> of_name{};
    std::array<Counts, Counters::kMostAses> of_as{};
  };
  template <std::size_t Size>
  struct Block {
    std::array<std::atomic<std::uint64_t>, Size / 8> words{};
  };

  // What the one word says.
  struct State {
    std::uint32_t hours = 0, days = 0;    // slots closed so far
    std::uint32_t current = 0, base = 0;  // the totals of the last slot of each
  };
  static State unpack(std::uint64_t word) noexcept;
  static std::uint64_t pack(const State& state) noexcept;

  Recent() = default;
  bool is_due(const State& state, std::int64_t now) const noexcept;
  static void copy(const Counters& counters, Totals& to) noexcept;
  void close(const Counters& counters, std::int64_t now, std::uint32_t most_shown);
  void choose_shown(const Totals& now, const Totals& before, std::uint32_t slot, std::uint32_t most);

  std::uint64_t magic_ = 0;
  std::uint32_t layout_ = 0;
  std::uint64_t size_ = 0;
  std::atomic<std::uint64_t> state_{0};
  std::atomic<ProcessWord> holder_{0};
  // Place in the low half, number of the last slot in which it had requests in the high one; 0 for none.
  std::array<std::atomic<std::uint64_t>, kMostShown> shown_{};
  std::array<Block<kHourBlock>, kHourSlots> hours_{};
  std::array<Block<kDayBlock>, kDaySlots> days_{};
  std::array<Totals, 3> totals_{};
};

constexpr std::size_t Recent::memory_size() noexcept { return sizeof(Recent) + 64; }

}  // namespace ip2asn
