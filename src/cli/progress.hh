// Progress on a terminal, for what takes longer than a second.
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace ip2asn::cli {

/// One line on a terminal that says what is being done and how far it has come. It appears when the work has lasted for
/// `delay`, and is wiped when the Progress is destroyed. A thread of its own draws it, so that work which reports
/// nothing shows as well; on anything but a terminal there is no thread and no line. At most one exists at a time.
/// Labels are made fit for a terminal and cut to its width.
class Progress {
 public:
  enum class When { on_terminal, never, always };

  explicit Progress(std::string_view label, When when = When::on_terminal, int descriptor = STDERR_FILENO,
                    std::chrono::milliseconds delay = std::chrono::seconds(1));
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// From now on the line says that this is being done; counts begin anew.
  void phase(std::string_view label);
  /// Instead of bytes: how far it is, in words, behind what is being done. Cut so that the line fits 80 columns.
  void note(std::string_view text);
  /// Bytes done, of how many; 0 for not known.
  void update(std::uint64_t done, std::uint64_t total) noexcept {
    done_.store(done, std::memory_order_relaxed);
    total_.store(total, std::memory_order_relaxed);
  }
  /// update() as SourceOptions::progress wants it; `context` is the Progress.
  static void report(void* context, std::uint64_t done, std::uint64_t total) noexcept {
    static_cast<Progress*>(context)->update(done, total);
  }

 private:
  void run();
  std::string line() const;

  const int descriptor_;
  const std::chrono::milliseconds delay_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> total_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string label_;
  std::string note_;
  bool stop_ = false;
  std::thread thread_;
};

/// Wipes the line, if there is one, so that a message can stand in its place; it is drawn again at its next turn.
void hide_progress() noexcept;

}  // namespace ip2asn::cli
