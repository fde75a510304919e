// Writing under a limit on the size of files (ulimit -f, RLIMIT_FSIZE).
#pragma once

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <ctime>

namespace ip2asn {

/// While it lives, what this thread writes beyond the limit, or grows a file to with ftruncate(), fails with EFBIG and
/// no more. Otherwise the kernel sends SIGXFSZ as well, which ends the process by default. The disposition of that
/// signal belongs to the process, and in httpd to httpd, so it is not touched: the signal is blocked in this thread
/// and taken away when it has come.
class FileSizeSignalBlocked {
 public:
  FileSizeSignalBlocked() noexcept {
    sigemptyset(&set_);
    sigaddset(&set_, SIGXFSZ);
    sigset_t pending;
    already_pending_ = sigpending(&pending) == 0 && sigismember(&pending, SIGXFSZ) == 1;
    blocked_ = pthread_sigmask(SIG_BLOCK, &set_, &before_) == 0;
  }
  ~FileSizeSignalBlocked() {
    if (!blocked_) return;
    const int error = errno;  // of what was written
    // One that was pending before is somebody else's.
    constexpr timespec kAtOnce{};
    if (!already_pending_) sigtimedwait(&set_, nullptr, &kAtOnce);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }
  FileSizeSignalBlocked(const FileSizeSignalBlocked&) = delete;
  FileSizeSignalBlocked& operator=(const FileSizeSignalBlocked&) = delete;

 private:
  sigset_t set_, before_;
  bool already_pending_ = false, blocked_ = false;
};

}  // namespace ip2asn
