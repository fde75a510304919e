// How many names may be in flight, so that questions and answers fit into the buffers between here and the name server.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace ip2asn::cli {

/// A congestion window in the manner of TCP's (RFC 5681): begins small, grows with each name that is done, and is
/// halved when a question had to be repeated before it was answered, as it was lost on the way. All questions at once
/// would overflow the server's socket, and a name whose every try is lost would pass for dead. Not thread-safe.
class Window {
 public:
  using Clock = std::chrono::steady_clock;

  /// Of `most` names at most, which is at least 1. A loss shows after `repeat` only, when a question is repeated, and
  /// answers may come a thousand times as fast: in that time the window doubles at most once.
  Window(std::size_t most, Clock::duration repeat, Clock::time_point now)
      : repeat_(repeat), most_(most), look_(now + repeat) {}

  std::size_t size() const noexcept { return std::min(most_, size_); }

  /// A name is done without loss.
  void grow(Clock::time_point now) noexcept {
    if (now >= look_) {
      base_ = size_;
      look_ = now + repeat_;
    }
    size_ = std::min({most_, 2 * base_, size_ + 1});
  }

  /// A question of a name that was begun at `begun` was lost. Names of the same flight tell of the same congestion.
  void shrink(Clock::time_point begun, Clock::time_point now) noexcept {
    if (begun < shrunk_) return;
    shrunk_ = now;
    size_ = base_ = std::max(kLeast, size_ / 2);
    look_ = now + repeat_;
  }

 private:
  static constexpr std::size_t kLeast = 64;
  Clock::duration repeat_;
  std::size_t most_, size_ = kLeast, base_ = 2 * kLeast;
  Clock::time_point look_, shrunk_{};
};

}  // namespace ip2asn::cli
