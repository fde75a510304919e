// SIGINT and SIGTERM as something to wait for, for commands that have work to save.
#pragma once

namespace ip2asn::cli {

/// While it lives, SIGINT and SIGTERM do not end the process, and raised() tells of them. To be made before threads are
/// started, so that they leave the signals to it. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Readable in poll(2) once a signal came and raised() has not seen it.
  int descriptor() const noexcept { return descriptor_; }
  /// Whether one of them has come yet.
  bool raised() noexcept;

 private:
  int descriptor_;
  bool raised_ = false;
};

}  // namespace ip2asn::cli
