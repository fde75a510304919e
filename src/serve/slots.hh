// The generations of the index that one process has open, and how threads hold on to them.
//
// Concurrency contract. Any number of threads pin, at any time: a pin takes no lock, allocates nothing and never waits
// for the thread that installs a new generation; at worst it tries again when one was installed at that very moment.
// install() and reclaim() may be called by any thread too, but give up at once when another one is in either.
//
//     pin       load current, count up that slot, load current again: while it is the same, the slot is not emptied
//     install   fill a slot that is neither current nor pinned, then make it current
//     reclaim   empty the slots that are neither current nor pinned
//
// All loads and stores of `current` and the counts are sequentially consistent: either the reader sees that its slot is
// no longer current and backs off before it has touched it, or whoever wants to empty the slot sees the reader's count.
//
// A generation stays mapped for as long as it is pinned, so an answer that is streamed may hold its pin for long. There
// are four slots: while three older generations are pinned no newer one can be installed, and the current one goes on
// being served. Whoever holds a pin for long looks at free() and lets go in time.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "index/image.hh"
#include "store/mapping.hh"

namespace ip2asn {

class Slots {
 private:
  static constexpr std::uint32_t kNone = ~0u;

  // Each on lines of its own: the counts of two generations are written by all threads.
  struct alignas(64) Slot {
    std::atomic<std::uint32_t> pins{0};
    bool used = false;
    Mapping mapping;
    Image image;
  };

 public:
  static constexpr std::size_t kSlots = 4;

  /// Keeps the generation that was current when it was made for as long as it lives.
  class Pin {
   public:
    /// Pins nothing.
    Pin() noexcept = default;
    explicit Pin(Slots& slots) noexcept;
    ~Pin();
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

    /// The pinned generation, or null when there is none.
    const Image* image() const noexcept { return slot_ != nullptr ? &slot_->image : nullptr; }

   private:
    Slot* slot_ = nullptr;
  };

  Slots() = default;
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  /// Makes `image`, which stands in `mapping`, current. False, and `mapping` is as it was, when no slot is free or
  /// another thread is installing.
  bool install(Mapping&& mapping, const Image& image) noexcept;

  /// How many newer generations could be installed although every pin is kept: the slots that are neither current nor
  /// pinned. Out of date at once, as anything is that is not pinned.
  std::size_t free() const noexcept;

  /// Lets go of the generations that are neither current nor pinned. Returns how many stay open.
  std::size_t reclaim() noexcept;

 private:
  std::atomic<std::uint32_t> current_{kNone};
  std::atomic<bool> busy_{false};
  std::array<Slot, kSlots> slots_;
};

inline Slots::Pin::Pin(Slots& slots) noexcept {
  while (true) {
    const std::uint32_t current = slots.current_.load();
    if (current == kNone) return;
    Slot& slot = slots.slots_[current];
    slot.pins.fetch_add(1);
    if (slots.current_.load() == current) {
      slot_ = &slot;
      return;
    }
    slot.pins.fetch_sub(1);
  }
}

inline Slots::Pin::~Pin() {
  if (slot_ != nullptr) slot_->pins.fetch_sub(1);
}

}  // namespace ip2asn
