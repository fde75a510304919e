#include "serve/turn.hh"

#include <algorithm>
#include <string>

#include "serve/refresh.hh"

namespace ip2asn {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// A process that is stopped is not likely to go on by itself; one that is only slow, on a machine that has a lot to do,
// must not be taken for one that hangs.
constexpr std::int64_t kStoppedPatience = 5 * kSecond;
constexpr std::int64_t kHungPatience = 60 * kSecond;
constexpr std::uint32_t kMostDoublings = 6;

std::string reason(const Turn::Former& former) {
  const std::string process = "process " + std::to_string(former.pid);
  const std::string seconds = std::to_string(former.held_ns / kSecond) + " s";
  switch (former.loss) {
    case TurnLoss::killed:
      return process +
             " was killed while it made an index of the sources; if it ran out of memory, allow the server more, or "
             "compile elsewhere with 'ip2asn compile' and name the result in IP2ASNDatabase";
    case TurnLoss::stopped:
      return process + " was stopped by a signal while it looked at the sources, " + seconds +
             " ago; another one takes its place: continue or end that process";
    case TurnLoss::hung:
      break;
  }
  return process + " has not come back from looking at the sources for " + seconds +
         "; another one takes its place: see whether the storage they are on answers";
}

}  // namespace

std::optional<TurnLoss> turn_loss(ProcessState state, std::int64_t held_ns, std::uint32_t lost) noexcept {
  if (state == ProcessState::gone) return TurnLoss::killed;
  if (state == ProcessState::stopped && held_ns >= kStoppedPatience) return TurnLoss::stopped;
  if (held_ns >= kHungPatience << std::min(lost, kMostDoublings)) return TurnLoss::hung;
  return std::nullopt;
}

Turn::Turn(ControlBlock& block, std::int64_t now_ns, ProcessWord self) noexcept : block_(block), self_(self) {
  ProcessWord holder = block.turn.load();
  if (holder != 0 && holder != self) {
    const std::int64_t held_ns = now_ns - block.turn_since.load();
    const auto loss = turn_loss(state_of(holder), held_ns, block.lost_attempts.load());
    if (!loss) return;
    former_ = {pid_of(holder), *loss, held_ns, block.attempt.load()};
  }
  // Before the word, so that nobody finds the word with the time of a former holder; who loses the race has set the
  // same time.
  block.turn_since.store(now_ns);
  taken_ = block.turn.compare_exchange_strong(holder, self);
  if (!taken_) former_.reset();
  if (taken_) block.attempt.store(0);
}

Turn::~Turn() {
  ProcessWord mine = self_;
  if (taken_) block_.turn.compare_exchange_strong(mine, 0);
}

std::optional<Error> give_up_attempt(ControlBlock& block, const Turn::Former& former, std::int64_t interval_ns,
                                     std::int64_t now_ns, std::uint64_t random) {
  if (former.attempt == 0) return std::nullopt;
  // A process that was killed while it only looked was not killed for that.
  if (former.attempt == ControlBlock::kLooking && former.loss == TurnLoss::killed) return std::nullopt;
  const std::uint32_t lost = block.lost_attempts.fetch_add(1) + 1;
  const std::int64_t again = now_ns + retry_delay(interval_ns, lost, random);
  block.refusals.fetch_add(1);
  block.retry_at.store(again);
  block.next_look.store(again);
  if (former.attempt != ControlBlock::kLooking) block.looked_at.store(former.attempt);
  Error error{former.loss == TurnLoss::killed ? Errc::memory : Errc::unreadable, reason(former)};
  // Another process that ends the same way is no news.
  const std::uint64_t complaint = complaint_of({error.code, "a process was lost"});
  if (block.complaint.exchange(complaint) == complaint) return std::nullopt;
  return error;
}

}  // namespace ip2asn
