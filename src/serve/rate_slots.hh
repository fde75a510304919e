// Exact rates over time: from values that come when they come to one value for each slot of a fixed length.
//
// A value at a time tells the rate since the value before it: its own (a gauge), or the difference over the time (a
// counter). A slot is the mean of the rates over the seconds that are known of it, and unknown when too few are. Slots
// are multiples of the step since 1970, named by their start. Rows join slots in the same way. The arithmetic is that
// of RRDtool's primary and consolidated data points: sums over slots are the counter's differences, which series that
// keep the last value of each slot cannot say.
//
// Times are microseconds since 1970. Unknown is NaN. Values; not thread-safe. Nothing here allocates or throws.
#pragma once

#include <cstdint>
#include <limits>

namespace ip2asn {

inline constexpr double kUnknownRate = std::numeric_limits<double>::quiet_NaN();

struct SlotSettings {
  std::int64_t step = 60;                                 ///< seconds a slot, at least 1
  std::int64_t heartbeat = 120;                           ///< seconds: a longer time between two values is unknown
  bool counter = false;                                   ///< values count up; otherwise they are rates
  double min = -std::numeric_limits<double>::infinity();  ///< rates outside of these bounds are unknown
  double max = std::numeric_limits<double>::infinity();
};

/// A value of a series. Where counters name the `segment` of memory that they live in and when it began, one that began
/// anew is told from one that fell.
struct Reading {
  std::int64_t time = 0;
  double value = kUnknownRate;
  std::uint64_t segment = 0;  ///< 0: not told
  std::int64_t since = 0;     ///< when the segment began
};

/// Slots that came to their end, one after the other, all of the same rate.
struct ClosedSlots {
  std::int64_t first = 0;  ///< number of the first: its start is this times the step
  std::int64_t count = 0;
  double rate = kUnknownRate;
};

class RateSlots {
 public:
  /// A series that begins at `start`: what its first slot has before that is unknown.
  RateSlots(const SlotSettings& settings, std::int64_t start) noexcept;

  /// Takes a reading and calls `closed(ClosedSlots)` for the slots that it ends, in order. False, and nothing changes,
  /// when the reading is not later than the last.
  template <class F>
  bool update(const Reading& reading, F&& closed) {
    if (reading.time <= last_) return false;
    const bool anew = settings_.counter && reading.segment != 0 && segment_ != 0 && reading.segment != segment_;
    if (anew && reading.since > last_) {
      // What the old segment counted after its last reading is lost, and the new one had nothing yet.
      pass(reading.since < reading.time ? reading.since : reading.time, kUnknownRate, closed);
    }
    if (reading.time > last_) pass(reading.time, rate_of(reading, anew), closed);
    value_ = reading.value;
    segment_ = reading.segment;
    return true;
  }

  std::int64_t last() const noexcept { return last_; }
  /// The number of the slot that is open, and whether any of its time has passed.
  std::int64_t open_slot() const noexcept { return slot_; }
  bool has_begun() const noexcept { return last_ > start_of(slot_); }

 private:
  static constexpr double kMicro = 1e-6;

  std::int64_t start_of(std::int64_t slot) const noexcept { return slot * settings_.step * 1'000'000; }
  double rate_of(const Reading& reading, bool anew) const noexcept;
  // The open slot's rate, when an interval that ends it gives it its first `share` seconds.
  double finish(double rate, double share, double judged) const noexcept;

  // Lets the time up to `time`, which is after last_, pass at one rate.
  template <class F>
  void pass(std::int64_t time, double rate, F&& closed) {
    const std::int64_t end = start_of(slot_ + 1);
    const double interval = static_cast<double>(time - last_) * kMicro;
    if (time < end) {
      add(rate, interval);
    } else {
      const double share = static_cast<double>(end - last_) * kMicro;
      const std::int64_t whole = (time - end) / (start_of(1) - start_of(0));
      closed(ClosedSlots{slot_, 1, finish(rate, share, whole > 0 ? share : interval)});
      if (whole > 0) closed(ClosedSlots{slot_ + 1, whole, rate});
      slot_ += 1 + whole;
      sum_ = unknown_ = 0;
      add(rate, static_cast<double>(time - start_of(slot_)) * kMicro);
    }
    last_ = time;
  }
  void add(double rate, double seconds) noexcept;

  SlotSettings settings_;
  std::int64_t last_;            // time of the last reading, or of the start
  double value_ = kUnknownRate;  // the last reading's
  std::uint64_t segment_ = 0;
  std::int64_t slot_;   // number of the open slot
  double sum_ = 0;      // rate times seconds, of what is known of it
  double unknown_ = 0;  // its seconds that are unknown
};

struct RowSettings {
  std::int64_t slots = 1;  ///< slots a row, at least 1: rows begin at multiples of it
  double xff = 0.5;        ///< share of its slots that may be unknown
  bool highest = false;    ///< the highest rate instead of the mean
};

/// Joins slots to rows.
class RateRows {
 public:
  /// `first` is the number of the first slot that will come: the slots of its row before it are unknown.
  RateRows(const RowSettings& settings, std::int64_t first) noexcept;

  /// Takes slots, which follow the ones before, and calls `closed(row, rate)` for each row that ends with one of them;
  /// the row begins with slot `row` times `slots`.
  template <class F>
  void add(const ClosedSlots& slots, F&& closed) {
    for (std::int64_t left = slots.count; left > 0;) {
      const std::int64_t room = settings_.slots - have_;
      const std::int64_t taken = left < room ? left : room;
      take(taken, slots.rate);
      left -= taken;
      if (have_ == settings_.slots) {
        closed(row_, rate());
        begin(row_ + 1);
      }
    }
  }

 private:
  void take(std::int64_t count, double rate) noexcept;
  void begin(std::int64_t row) noexcept;
  double rate() const noexcept;

  RowSettings settings_;
  std::int64_t row_ = 0;
  std::int64_t have_ = 0;     // slots of the open row that have come
  std::int64_t unknown_ = 0;  // of these unknown
  double sum_ = 0;
  double highest_ = 0;
};

}  // namespace ip2asn
