#include "cli/progress.hh"

#include <algorithm>
#include <cstdio>

#include "base/text.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kWipe = "\r\033[K";
constexpr std::size_t kLongestLabel = 36;

// The descriptor on which a line stands, or -1. Drawing and wiping take turns by the mutex.
constinit std::mutex screen;
constinit int drawn_on = -1;

void put(int descriptor, std::string_view text) noexcept {
  [[maybe_unused]] const ssize_t written = ::write(descriptor, text.data(), text.size());
}

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

void hide_progress() noexcept {
  const std::lock_guard lock(screen);
  if (drawn_on < 0) return;
  put(drawn_on, kWipe);
  drawn_on = -1;
}

Progress::Progress(std::string_view label, When when, int descriptor, std::chrono::milliseconds delay)
    : descriptor_(descriptor), delay_(delay), label_(repair_text(label, kLongestLabel).text) {
  if (when == When::always || (when == When::on_terminal && ::isatty(descriptor) == 1)) {
    thread_ = std::thread([this] { run(); });
  }
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  hide_progress();
}

void Progress::phase(std::string_view label) {
  const std::lock_guard lock(mutex_);
  label_ = repair_text(label, kLongestLabel).text;
  note_.clear();
  update(0, 0);
}

void Progress::note(std::string_view text) {
  constexpr std::size_t kLongestNote = 62;
  std::string note = repair_text(text, kLongestNote).text;
  const std::lock_guard lock(mutex_);
  note_ = std::move(note);
}

void Progress::run() {
  constexpr std::chrono::milliseconds kBetweenDrawings{200};
  std::unique_lock lock(mutex_);
  for (auto wait = delay_; !wake_.wait_for(lock, wait, [this] { return stop_; }); wait = kBetweenDrawings) {
    const std::string text = std::string(kWipe) + line();
    const std::lock_guard on_screen(screen);
    put(descriptor_, text);
    drawn_on = descriptor_;
  }
}

// Within 80 columns, so that a narrow terminal does not break the line.
std::string Progress::line() const {
  const std::uint64_t done = done_.load(std::memory_order_relaxed);
  const std::uint64_t total = total_.load(std::memory_order_relaxed);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (!note_.empty()) return label_ + ": " + note_;
  char text[160];
  if (total > 0) {
    const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    std::snprintf(text, sizeof text, "%s: %3.0f %%, %.1f of %.1f MB, %.0f s", label_.c_str(), share * 100,
                  megabytes(done), megabytes(total), seconds);
  } else if (done > 0) {
    std::snprintf(text, sizeof text, "%s: %.1f MB, %.0f s", label_.c_str(), megabytes(done), seconds);
  } else {
    std::snprintf(text, sizeof text, "%s: %.0f s", label_.c_str(), seconds);
  }
  return text;
}

}  // namespace ip2asn::cli
