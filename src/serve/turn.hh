// Whose turn it is to look at the sources: one process of a server at a time, which nobody waits for.
//
// A turn is a word of the control block that holds the process which has it. Nothing but that word is to be recovered
// when a process ends in the middle: the next one that asks finds that the holder is gone and takes the turn from it.
// One that is stopped by a signal, or hangs in a system call, loses its turn after a while as well; when it wakes up it
// finds that the turn is not its own any more, and drops what it has made.
//
// What a process that lost its turn was at is in the block too: an attempt to make an index that ends a process (the
// kernel does that to one that takes too much memory) is a failure as any other, is said so, and is tried again later
// and later. Otherwise it would cost the server a process at each look, without a word.
#pragma once

#include <cstdint>
#include <optional>

#include "base/process.hh"
#include "base/result.hh"
#include "serve/control_block.hh"

namespace ip2asn {

/// How a process lost its turn.
enum class TurnLoss { killed, stopped, hung };

/// Why a process in this state, which has had the turn for `held_ns`, loses it; nothing when it keeps it. One that is
/// only slow is given twice the time after each of `lost` attempts in a row that went wrong.
std::optional<TurnLoss> turn_loss(ProcessState state, std::int64_t held_ns, std::uint32_t lost) noexcept;

class Turn {
 public:
  /// Takes the turn when nobody has it, or whoever has it has lost it. `now_ns` is of CLOCK_MONOTONIC; `self` this
  /// process.
  Turn(ControlBlock& block, std::int64_t now_ns, ProcessWord self) noexcept;
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  explicit operator bool() const noexcept { return taken_; }

  struct Former {
    std::uint32_t pid = 0;
    TurnLoss loss{};
    std::int64_t held_ns = 0;
    std::uint64_t attempt = 0;  ///< ControlBlock::attempt: what it was at; 0 when it was done
  };
  /// Whom it was taken from, if from anybody.
  const std::optional<Former>& former() const noexcept { return former_; }

 private:
  ControlBlock& block_;
  const ProcessWord self_;
  bool taken_ = false;
  std::optional<Former> former_;
};

/// Counts what `former` was at as a failure, so that it is tried again only after a while, and returns the reason when
/// it has not been given before. Nothing when it was at nothing that could have been its end. Whoever has the turn
/// calls this.
std::optional<Error> give_up_attempt(ControlBlock& block, const Turn::Former& former, std::int64_t interval_ns,
                                     std::int64_t now_ns, std::uint64_t random);

}  // namespace ip2asn
