// Turns: who has one, who loses it, and what comes of what he was at.
#include "serve/turn.hh"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <tuple>
#include <vector>

#include "cunit_main.hh"
#include "serve/refresh.hh"

using namespace ip2asn;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kInterval = 60 * kSecond;
constexpr std::uint64_t kInputs = 4711;

struct Server {
  std::vector<char> memory = std::vector<char>(ControlBlock::memory_size());
  ControlBlock& block = *ControlBlock::create(memory.data());
};

// A process that does nothing; ended and waited for with the object.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  ~Sleeper() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  pid_t pid() const { return pid_; }
  // Without the time of its start.
  ProcessWord word() const { return ProcessWord{static_cast<std::uint32_t>(pid_)} << 32; }
  void become(ProcessState state) const {
    ::kill(pid_, state == ProcessState::stopped ? SIGSTOP : SIGKILL);
    siginfo_t info;
    // Leaves the process as it is: one that was killed is not waited for by its parent yet.
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WNOWAIT | (state == ProcessState::stopped ? WSTOPPED : WEXITED));
  }

 private:
  pid_t pid_;
};

void processes_are_known_by_state_and_start() {
  CU_ASSERT_TRUE(state_of(this_process()) == ProcessState::alive);
  CU_ASSERT_EQUAL(pid_of(this_process()), static_cast<std::uint32_t>(::getpid()));
  // The same id, started at another time.
  CU_ASSERT_TRUE(state_of(this_process() ^ 2) == ProcessState::gone);
  const Sleeper sleeper;
  CU_ASSERT_TRUE(state_of(sleeper.word()) == ProcessState::alive);
  sleeper.become(ProcessState::stopped);
  CU_ASSERT_TRUE(state_of(sleeper.word()) == ProcessState::stopped);
  sleeper.become(ProcessState::gone);
  CU_ASSERT_TRUE(state_of(sleeper.word()) == ProcessState::gone);
}

void a_turn_is_lost_by_those_who_do_not_come_back() {
  using enum ProcessState;
  struct {
    ProcessState state;
    std::int64_t held;
    std::uint32_t lost;
    std::optional<TurnLoss> loss;
  } const table[] = {
      {gone, 0, 0, TurnLoss::killed},
      {gone, kInterval, 3, TurnLoss::killed},
      {stopped, 4 * kSecond, 0, std::nullopt},
      {stopped, 5 * kSecond, 0, TurnLoss::stopped},
      {alive, 59 * kSecond, 0, std::nullopt},
      {alive, 60 * kSecond, 0, TurnLoss::hung},
      {alive, 119 * kSecond, 1, std::nullopt},
      {alive, 120 * kSecond, 1, TurnLoss::hung},
      {alive, 3599 * kSecond, 1'000'000, std::nullopt},
      {alive, 3840 * kSecond, 1'000'000, TurnLoss::hung},
  };
  for (const auto& row : table) CU_ASSERT_TRUE(turn_loss(row.state, row.held, row.lost) == row.loss);
}

void one_process_at_a_time_has_it() {
  Server server;
  const Sleeper other;
  {
    const Turn mine(server.block, kSecond, this_process());
    CU_ASSERT_TRUE(static_cast<bool>(mine));
    CU_ASSERT_FALSE(mine.former().has_value());
    CU_ASSERT_FALSE(static_cast<bool>(Turn(server.block, 2 * kSecond, other.word())));
    CU_ASSERT_EQUAL(server.block.turn.load(), this_process());
  }
  CU_ASSERT_EQUAL(server.block.turn.load(), 0);
  CU_ASSERT_TRUE(static_cast<bool>(Turn(server.block, 2 * kSecond, other.word())));
}

void it_is_taken_from_who_is_gone_or_stopped() {
  for (const auto& [state, loss, held] : {std::tuple(ProcessState::gone, TurnLoss::killed, std::int64_t{1}),
                                          std::tuple(ProcessState::stopped, TurnLoss::stopped, 5 * kSecond)}) {
    Server server;
    const Sleeper holder;
    server.block.turn.store(holder.word());
    server.block.turn_since.store(kSecond);
    server.block.attempt.store(kInputs);
    holder.become(state);
    const Turn turn(server.block, kSecond + held, this_process());
    CU_ASSERT_TRUE_FATAL(static_cast<bool>(turn) && turn.former().has_value());
    CU_ASSERT_EQUAL(turn.former()->pid, static_cast<std::uint32_t>(holder.pid()));
    CU_ASSERT_TRUE(turn.former()->loss == loss);
    CU_ASSERT_EQUAL(turn.former()->attempt, kInputs);
    CU_ASSERT_EQUAL(server.block.attempt.load(), 0);
    CU_ASSERT_EQUAL(server.block.turn_since.load(), kSecond + held);
  }
}

void a_turn_that_was_lost_is_not_given_back() {
  Server server;
  const Sleeper other;
  {
    const Turn mine(server.block, kSecond, this_process());
    server.block.turn.store(other.word());
  }
  CU_ASSERT_EQUAL(server.block.turn.load(), other.word());
}

void what_ends_processes_is_tried_later_and_later_and_said_once() {
  Server server;
  ControlBlock& block = server.block;
  const Turn::Former killed = {4242, TurnLoss::killed, kSecond, kInputs};
  std::int64_t now = kInterval;
  auto error = give_up_attempt(block, killed, kInterval, now, 0);
  CU_ASSERT_TRUE_FATAL(error.has_value());
  for (const char* part : {"process 4242 was killed", "memory", "ip2asn compile"}) {
    CU_ASSERT_TRUE(error->message.find(part) != std::string::npos);
  }
  CU_ASSERT_EQUAL(block.looked_at.load(), kInputs);
  std::int64_t delay = block.next_look.load() - now;
  CU_ASSERT_EQUAL(delay, retry_delay(kInterval, 1, 0));
  for (std::uint32_t lost = 2; lost < 9; ++lost) {
    now += delay;
    CU_ASSERT_FALSE(give_up_attempt(block, killed, kInterval, now, 0).has_value());
    CU_ASSERT_TRUE(block.next_look.load() - now >= delay);
    delay = block.next_look.load() - now;
    CU_ASSERT_EQUAL(delay, retry_delay(kInterval, lost, 0));
    CU_ASSERT_EQUAL(block.retry_at.load(), block.next_look.load());
  }
  CU_ASSERT_EQUAL(block.refusals.load(), 8);
}

void what_could_not_be_the_cause_is_no_failure() {
  struct {
    TurnLoss loss;
    std::uint64_t attempt;
    bool failure;
  } const table[] = {
      {TurnLoss::killed, 0, false},
      {TurnLoss::killed, ControlBlock::kLooking, false},
      {TurnLoss::stopped, ControlBlock::kLooking, true},
      {TurnLoss::hung, ControlBlock::kLooking, true},
      {TurnLoss::hung, kInputs, true},
  };
  for (const auto& row : table) {
    Server server;
    server.block.looked_at.store(1234);
    CU_ASSERT_EQUAL(
        give_up_attempt(server.block, {1, row.loss, kInterval, row.attempt}, kInterval, kInterval, 0).has_value(),
        row.failure);
    CU_ASSERT_EQUAL(server.block.lost_attempts.load(), row.failure ? 1 : 0);
    CU_ASSERT_EQUAL(server.block.looked_at.load(), row.attempt == kInputs ? kInputs : 1234);
  }
}

}  // namespace

int main() {
  return test::run("turn",
                   {
                       {"processes are known by their state and their start", processes_are_known_by_state_and_start},
                       {"a turn is lost by those who do not come back", a_turn_is_lost_by_those_who_do_not_come_back},
                       {"one process at a time has it", one_process_at_a_time_has_it},
                       {"it is taken from who is gone or stopped", it_is_taken_from_who_is_gone_or_stopped},
                       {"a turn that was lost is not given back", a_turn_that_was_lost_is_not_given_back},
                       {"what ends processes is tried later and later, and said once",
                        what_ends_processes_is_tried_later_and_later_and_said_once},
                       {"what could not be the cause is no failure", what_could_not_be_the_cause_is_no_failure},
                   });
}
