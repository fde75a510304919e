#include "cli/stop_signals.hh"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace ip2asn::cli {
namespace {

// What the handlers use, which run in any thread at any moment.
std::atomic<int> first_signal{0};
std::atomic<int> wakes{-1};
std::atomic<unsigned> grace_seconds{0};

void on_stop(int signal) {
  const int before = errno;
  int none = 0;
  if (first_signal.compare_exchange_strong(none, signal)) {
    constexpr std::uint64_t kOne = 1;
    [[maybe_unused]] const ssize_t written = ::write(wakes, &kOne, sizeof kOne);
    if (grace_seconds > 0) ::alarm(grace_seconds);
  }
  errno = before;
}

void on_alarm(int) {
  const int signal = first_signal;
  struct sigaction ends {};
  ends.sa_handler = SIG_DFL;
  ::sigaction(signal, &ends, nullptr);
  ::raise(signal);
}

struct sigaction handler(void (*function)(int)) {
  struct sigaction action {};
  action.sa_handler = function;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  return action;
}

}  // namespace

StopSignals::StopSignals(std::chrono::seconds grace) : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  first_signal = 0;
  wakes = descriptor_;
  grace_seconds = static_cast<unsigned>(grace.count());
  const struct sigaction stop = handler(&on_stop), timer = handler(&on_alarm);
  ::sigaction(SIGALRM, &timer, &alarm_);
  ::sigaction(SIGINT, &stop, &interrupt_);
  ::sigaction(SIGTERM, &stop, &terminate_);
  // Whoever started this may have blocked them.
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGALRM}) sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

StopSignals::~StopSignals() {
  ::alarm(0);
  ::sigaction(SIGINT, &interrupt_, nullptr);
  ::sigaction(SIGTERM, &terminate_, nullptr);
  ::sigaction(SIGALRM, &alarm_, nullptr);
  wakes = -1;
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool StopSignals::raised() const noexcept { return first_signal != 0; }

}  // namespace ip2asn::cli
