#include "base/read_ahead.hh"

#include <pthread.h>
#include <signal.h>

#include <exception>
#include <utility>

#include "base/system_error.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kBlockBytes = 256u << 10;
// So much is read without a thread: below, starting one costs more than it gains.
constexpr std::size_t kInlineBlocks = 4;

}  // namespace

ReadAhead::ReadAhead(ByteSource& source) : source_(source) {
  for (auto& block : blocks_) block.resize(kBlockBytes);
}

ReadAhead::~ReadAhead() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Result<std::string_view> ReadAhead::next() {
  if (taken_ == kInlineBlocks) start_thread();
  ++taken_;
  if (!thread_.joinable()) {
    auto n = source_.read(blocks_[0]);
    if (!n) return std::move(n).error();
    return std::string_view(blocks_[0].data(), *n);
  }
  std::unique_lock lock(mutex_);
  const std::size_t wanted = taken_ - kInlineBlocks;  // the number of blocks from the thread with this one
  if (wanted > 1) {
    released_ = wanted - 1;
    changed_.notify_one();
  }
  changed_.wait(lock, [&] { return filled_ >= wanted || error_; });
  if (filled_ < wanted) return *error_;
  const std::size_t at = (wanted - 1) % kBlocks;
  return std::string_view(blocks_[at].data(), sizes_[at]);
}

void ReadAhead::start_thread() {
  // Signals are the caller's business: a server's handlers must not run on a thread that it does not know.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread(&ReadAhead::read_on, this);
  } catch (const std::exception&) {
    // No thread, or no memory for one: this one goes on as it began.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ReadAhead::read_on() noexcept {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || filled_ - released_ < kBlocks; });
    if (stop_) return;
    const std::size_t at = filled_ % kBlocks;
    lock.unlock();
    auto n = guarded("unpacking ", "a source", [&] { return source_.read(blocks_[at]); });
    lock.lock();
    if (n) {
      sizes_[at] = *n;
      ++filled_;
    } else {
      error_ = std::move(n).error();
    }
    changed_.notify_one();
    if (!n || *n == 0) return;
  }
}

}  // namespace ip2asn
