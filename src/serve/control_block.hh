// What the processes of one server share about generations: a few cache lines of memory that all of them have mapped.
//
// The block announces generations; it does not hold them: their memory is handed over beside it (handover.hh). Any
// process that has the block can write to it, so the one that runs as root takes nothing in it for granted and checks
// for itself.
//
// Concurrency contract. Everything is made of lock-free atomics. Any process may read at any time. announce() may be
// called by several processes at once, though turns (turn.hh) keep them from doing the same work twice. A process may
// be killed between any two instructions: an announcement counts only when its checksum is right, and the rest are
// single words that are right or old.
//
// Times are nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share, unless said otherwise.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/digest.hh"

namespace ip2asn {

struct Announcement {
  std::uint64_t number = 0;      ///< counts all generations of the server, from 1
  std::uint64_t epoch = 0;       ///< the reading of the configuration that it belongs to
  std::uint64_t content_id = 0;  ///< Image::content_id
  std::uint64_t bytes = 0;
  Digest digest{};  ///< what it was made of: its name in the cache
};

class ControlBlock {
 public:
  static constexpr std::size_t kRing = 8;

  /// Bytes of memory to ask for; wherever they begin there is room for an aligned block.
  static constexpr std::size_t memory_size() noexcept;

  /// A new block in `memory`, which is of memory_size() bytes and all zeros.
  static ControlBlock* create(void* memory) noexcept;

  ControlBlock() = default;
  ControlBlock(const ControlBlock&) = delete;
  ControlBlock& operator=(const ControlBlock&) = delete;

  /// A number that no generation has had.
  std::uint64_t next_number() noexcept { return next_number_.fetch_add(1) + 1; }

  /// Makes a generation known, under its number, or the next one when that is 0. Returns the number.
  std::uint64_t announce(Announcement announcement) noexcept;

  /// The number of the last announcement: differs from what a process has seen when there is something to adopt.
  std::uint64_t published() const noexcept { return published_.load(std::memory_order_acquire); }

  /// The newest whole announcement of `epoch`.
  std::optional<Announcement> latest(std::uint64_t epoch) const noexcept;

  /// The reading of the configuration that is in force. Processes of an earlier one go on with what they have, and
  /// refresh no more.
  std::atomic<std::uint64_t> epoch{0};

  // Who looks at the sources: see turn.hh.
  std::atomic<std::uint64_t> turn{0};       ///< the process whose turn it is, or 0
  std::atomic<std::int64_t> turn_since{0};  ///< since when
  /// What it is at: 0 for nothing yet, kLooking, or the identity of the inputs that it makes an index of.
  std::atomic<std::uint64_t> attempt{0};
  static constexpr std::uint64_t kLooking = 1;
  std::atomic<std::uint32_t> lost_attempts{0};  ///< attempts in a row that their process did not come back from

  // When, and what was found. Written by whoever has the turn.
  std::atomic<std::int64_t> next_look{0};   ///< when the sources are looked at again
  std::atomic<std::uint64_t> seen{0};       ///< identity of the inputs at the last look
  std::atomic<std::int64_t> seen_since{0};  ///< when they were first seen so
  /// Since when the inputs have been others than those that were dealt with, and never the same for long enough; 0
  /// while they are.
  std::atomic<std::int64_t> unsettled_since{0};
  std::atomic<std::int64_t> retry_at{0};  ///< when inputs that were refused are tried again although they are the same
  /// Identity of the inputs that were last dealt with; 0: to be looked at in any case.
  std::atomic<std::uint64_t> looked_at{0};
  std::atomic<std::uint64_t> complaint{0};  ///< hash of the error that was last logged; 0 while all is well
  std::atomic<std::uint32_t> failures{0};   ///< refusals of the same inputs in a row
  /// The number of an announced generation that a process could not get hold of, or 0.
  std::atomic<std::uint64_t> wanted{0};
  /// Hash of why the generation that is served is not in the cache; 0 when it is, or when nobody knows.
  std::atomic<std::uint64_t> unwritten{0};

  // For the status page.
  std::atomic<std::uint64_t> refreshes{0};  ///< generations that were published while serving
  std::atomic<std::uint64_t> refusals{0};   ///< attempts that failed
  std::atomic<std::int64_t> last_good{0};   ///< when the inputs were last found good, seconds since 1970

 private:
  static constexpr std::size_t kWords = 8;
  struct alignas(64) Entry {
    std::atomic<std::uint64_t> checksum;
    std::array<std::atomic<std::uint64_t>, kWords> words;
  };

  std::optional<Announcement> read(const Entry& entry) const noexcept;

  std::atomic<std::uint64_t> next_number_{0};
  std::atomic<std::uint64_t> published_{0};
  std::array<Entry, kRing> ring_;
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr std::size_t ControlBlock::memory_size() noexcept { return sizeof(ControlBlock) + alignof(ControlBlock); }

}  // namespace ip2asn
