// SIGINT and SIGTERM as something to wait for, for commands that have work to save.
#pragma once

#include <signal.h>

#include <chrono>

namespace ip2asn::cli {

/// While it lives, SIGINT and SIGTERM do not end the process, and raised() tells of them. One at a time.
class StopSignals {
 public:
  /// How long the process may live after the first signal; longer than that, and the signal ends it as it would have
  /// without this: a write to a pipe that nobody reads may never return. Zero for as long as it takes.
  explicit StopSignals(std::chrono::seconds grace = {});
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Readable in poll(2) from the first signal on.
  int descriptor() const noexcept { return descriptor_; }
  /// Whether one of them has come yet. From any thread.
  bool raised() const noexcept;

 private:
  int descriptor_;
  struct sigaction interrupt_, terminate_, alarm_;  // what was before
};

}  // namespace ip2asn::cli
