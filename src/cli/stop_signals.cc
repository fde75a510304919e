#include "cli/stop_signals.hh"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace ip2asn::cli {
namespace {

sigset_t stop_set() noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

StopSignals::~StopSignals() {
  // What has come and was not seen yet is not to end the process now.
  raised();
  if (descriptor_ >= 0) ::close(descriptor_);
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

bool StopSignals::raised() noexcept {
  signalfd_siginfo info;
  while (descriptor_ >= 0 && ::read(descriptor_, &info, sizeof info) == sizeof info) raised_ = true;
  return raised_;
}

}  // namespace ip2asn::cli
