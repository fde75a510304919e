#include "serve/idle_time.hh"

#ifdef __linux__

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <semaphore>
#include <system_error>
#include <thread>
#include <utility>

namespace ip2asn {
namespace {

constexpr int kNicer = 5;

// So long the one that goes on in its place waits for a thread to end that is not wanted any more: until then there are
// the arrays of both.
constexpr auto kLetGo = std::chrono::seconds(1);

// In each such time the work must get a quarter of it.
constexpr std::chrono::nanoseconds kPatience = std::chrono::milliseconds(400);
constexpr std::chrono::nanoseconds kLeastProgress = kPatience / 4;

class Attempt {
 public:
  // Throws std::system_error when there is no thread to be had.
  Attempt(const CacheRequest& request, std::int64_t now_ns)
      : request_(stoppable(request)), now_ns_(now_ns), thread_([this] { run(); }) {}
  ~Attempt() {
    stop_.store(true);
    thread_.join();
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  bool ended() noexcept { return ended_ = ended_ || done_.try_acquire(); }

  // False when it makes too little progress.
  bool await_end() {
    for (std::chrono::nanoseconds before{}; !ended_ && !(ended_ = done_.try_acquire_for(kPatience));) {
      const std::chrono::nanoseconds now = processor_time();
      if (now - before < kLeastProgress) return ended();
      before = now;
    }
    return true;
  }

  // Asks it to end. True when it has come to its end within kLetGo.
  bool stop() {
    stop_.store(true);
    return ended_ = ended_ || done_.try_acquire_for(kLetGo);
  }

  // Once it has ended.
  Result<CacheResult> take(Findings& findings) {
    findings = std::move(findings_);
    return *std::move(result_);
  }

 private:
  CacheRequest stoppable(CacheRequest request) {
    request.recipe.options.stop = &stop_;
    return request;
  }

  void run() {
    const sched_param none = {};
    ::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &none);
    result_ = load_cached(request_, now_ns_, findings_);
    done_.release();
  }

  std::chrono::nanoseconds processor_time() {
    clockid_t clock = 0;
    timespec used{};
    if (::pthread_getcpuclockid(thread_.native_handle(), &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  }

  std::atomic<bool> stop_{false};
  const CacheRequest request_;
  const std::int64_t now_ns_;
  Findings findings_;
  std::optional<Result<CacheResult>> result_;
  std::binary_semaphore done_{0};
  bool ended_ = false;
  std::thread thread_;  // last: it uses the rest
};

// The one that was left behind, or null. Trivial to destroy, as everything static in a module that is loaded and
// unloaded again.
Attempt* left_behind = nullptr;

std::unique_ptr<Attempt> begin(const CacheRequest& request, std::int64_t now_ns) {
  tidy_left_behind();
  if (left_behind != nullptr) return nullptr;
  try {
    return std::make_unique<Attempt>(request, now_ns);
  } catch (const std::system_error&) {
    return nullptr;
  }
}

}  // namespace

void give_way() noexcept {
  const auto self = static_cast<id_t>(::gettid());
  ::setpriority(PRIO_PROCESS, self, ::getpriority(PRIO_PROCESS, self) + kNicer);
}

Result<CacheResult> load_in_idle_time(const CacheRequest& request, std::int64_t now_ns, Findings& findings) {
  if (auto attempt = begin(request, now_ns)) {
    if (attempt->await_end()) return attempt->take(findings);
    if (attempt->stop()) {
      if (auto loaded = attempt->take(findings)) return loaded;
    } else {
      left_behind = attempt.release();
    }
  }
  // It may hold the lock of those who compile.
  CacheRequest hurried = request;
  hurried.store.patience_ms = 0;
  return load_cached(hurried, now_ns, findings);
}

void tidy_left_behind() noexcept {
  if (left_behind != nullptr && left_behind->ended()) await_left_behind();
}

void await_left_behind() noexcept {
  delete left_behind;
  left_behind = nullptr;
}

}  // namespace ip2asn

#else

namespace ip2asn {

void give_way() noexcept {}
Result<CacheResult> load_in_idle_time(const CacheRequest& request, std::int64_t now_ns, Findings& findings) {
  return load_cached(request, now_ns, findings);
}
void tidy_left_behind() noexcept {}
void await_left_behind() noexcept {}

}  // namespace ip2asn

#endif
