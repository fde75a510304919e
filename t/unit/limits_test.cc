// Limits: at most burst + rate * t in any span, and no less than the rate; in many processes at once, too.
#include "serve/limits.hh"

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "cunit_main.hh"
#include "support.hh"

using ip2asn::Allowance;
using ip2asn::LimitAnswer;
using ip2asn::RequestLimits;
using ip2asn::test::holds;
using ip2asn::test::Random;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'000'000 * kSecond;

class Memory {
 public:
  Memory()
      : at_(::mmap(nullptr, RequestLimits::memory_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    limits_ = RequestLimits::create(at_);
  }
  ~Memory() { ::munmap(at_, RequestLimits::memory_size()); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  RequestLimits* operator->() { return limits_; }
  void* at() { return at_; }

 private:
  void* at_;
  RequestLimits* limits_;
};

void a_burst_and_then_the_rate() {
  Memory limits;
  const Allowance ten = {kSecond / 10, 5};
  for (int i = 0; i < 5; ++i) CU_ASSERT_FALSE(limits->ask(0, 64496, ten, kStart).over);
  const LimitAnswer sixth = limits->ask(0, 64496, ten, kStart);
  CU_ASSERT(sixth.over && sixth.wait == kSecond / 10);
  CU_ASSERT_FALSE(limits->ask(0, 64497, ten, kStart).over);
  CU_ASSERT_FALSE(limits->ask(1, 64496, ten, kStart).over);
  CU_ASSERT(limits->ask(0, 64496, ten, kStart + kSecond / 10 - 1).over);
  CU_ASSERT_FALSE(limits->ask(0, 64496, ten, kStart + kSecond / 10).over);
  CU_ASSERT(limits->ask(0, 64496, ten, kStart + kSecond / 10).over);
  // After a silence, the burst again and no more.
  int let = 0;
  for (int i = 0; i < 20; ++i) let += limits->ask(0, 64496, ten, kStart + 100 * kSecond).over ? 0 : 1;
  CU_ASSERT(let == 5);
}

void in_any_span_at_most_the_burst_and_the_rate() {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    Memory limits;
    const Allowance allowance = {1 + random.below(1'000'000'000), 1 + random.below(30)};
    std::vector<std::int64_t> let;
    std::int64_t now = kStart;
    int asked_in_vain = 0;
    for (int i = 0; i < 2000; ++i) {
      now += random.below(3) == 0 ? 0 : random.below(static_cast<std::uint32_t>(allowance.interval) * 2 / 3 + 1);
      const LimitAnswer answer = limits->ask(3, 7, allowance, now);
      if (!answer.over) {
        let.push_back(now);
      } else {
        ++asked_in_vain;
        // What was said of the wait is so.
        CU_ASSERT_FATAL(answer.wait > 0 && answer.wait <= allowance.interval);
      }
    }
    for (std::size_t i = 0; i < let.size(); ++i) {
      for (std::size_t j = i; j < let.size(); j += 1 + random.below(9)) {
        const std::int64_t most = allowance.burst + (let[j] - let[i]) / allowance.interval;
        CU_ASSERT_FATAL(static_cast<std::int64_t>(j - i + 1) <= most);
      }
    }
    // As long as somebody was turned away all the time, the rate was used up.
    if (asked_in_vain > 0) CU_ASSERT_FATAL(!let.empty());
  }
}

void who_asks_all_the_time_gets_the_whole_rate() {
  Memory limits;
  const Allowance allowance = {kSecond / 30, 10};
  std::int64_t let = 0;
  for (std::int64_t at = 0; at <= 100 * kSecond; at += 999'999)
    let += limits->ask(0, 1, allowance, kStart + at).over ? 0 : 1;
  CU_ASSERT(let >= 10 + 100 * 30 - 1 && let <= 10 + 100 * 30);
}

void all_processes_together() {
  Memory limits;
  constexpr int kProcesses = 4, kThreads = 4;
  const Allowance allowance = {kSecond / 1000, 50};
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * kSecond + time.tv_nsec;
  };
  struct Shared {
    std::atomic<std::int64_t> let{0}, last_asked{0}, lost{0};
  };
  auto* const shared = new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared();
  const std::int64_t begin = now(), end = begin + kSecond, room = allowance.interval * allowance.burst;
  shared->last_asked = begin;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
          for (std::int64_t at = now(); at < end; at = now()) {
            // While nobody has a processor, more than the burst may go by.
            const std::int64_t silence = at - shared->last_asked.exchange(at);
            if (silence > room / 2) shared->lost += silence;
            if (!limits->ask(0, 64496, allowance, at).over) ++shared->let;
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  const std::int64_t got = shared->let, lost = (shared->lost + end - shared->last_asked) / allowance.interval;
  std::printf("\n    let through %lld of %lld", static_cast<long long>(got), 50LL + 1000);
  CU_ASSERT(holds(got <= 50 + 1000, "no more than burst + rate * t"));
  CU_ASSERT(holds(got >= 50 + 1000 - 2 - lost, "all of it, but for times at which nobody asked"));
  ::munmap(shared, 4096);
}

void keys_without_a_place_are_not_limited() {
  Memory limits;
  const Allowance one = {kSecond, 1};
  std::uint64_t over = 0;
  for (std::uint64_t key = 0; key < 20'000; ++key) {
    limits->ask(2, key, one, kStart);
    over += limits->ask(2, key, one, kStart).over ? 1 : 0;
  }
  CU_ASSERT(over > 7'000 && over <= RequestLimits::kMostKeys);
  limits->place_of("a", {});
  limits->place_of("b", {});
  limits->place_of("c", {});
  std::uint64_t passed = 0;
  limits->each(
      [&](std::string_view name, const ip2asn::Counts&, std::uint64_t count) { passed += name == "c" ? count : 0; });
  CU_ASSERT(passed == 2 * (20'000 - over));
}

void names_keep_their_places() {
  Memory limits;
  std::vector<std::string> texts;
  for (int i = 0; i < 20; ++i) texts.push_back("limit-" + std::to_string(i));
  const std::vector<std::string_view> first(texts.begin(), texts.begin() + 16);
  for (std::uint32_t i = 0; i < 16; ++i) CU_ASSERT(limits->place_of(first[i], first) == i);
  for (std::uint32_t i = 0; i < 16; ++i) CU_ASSERT(limits->place_of(first[i], first) == i);
  CU_ASSERT(limits->place_of(texts[16], first) == RequestLimits::kNoPlace);
  // One that is gone makes room, and leaves nothing.
  const Allowance one = {kSecond, 1};
  limits->ask(4, 9, one, kStart);
  CU_ASSERT(limits->ask(4, 9, one, kStart).over);
  std::vector<std::string_view> second(first);
  second[4] = texts[17];
  CU_ASSERT(limits->place_of(texts[17], second) == 4);
  CU_ASSERT_FALSE(limits->ask(4, 9, one, kStart).over);
  CU_ASSERT(limits->place_of("", {}) == RequestLimits::kNoPlace);
  CU_ASSERT(limits->place_of(std::string(65, 'x'), {}) == RequestLimits::kNoPlace);
}

void whatever_stands_there_is_a_time_that_ends() {
  Memory limits;
  const Allowance ten = {kSecond / 10, 5};
  // As if somebody had written there: asked by a clock of the far future.
  limits->ask(0, 1, ten, kStart * 1000);
  const LimitAnswer answer = limits->ask(0, 1, ten, kStart);
  CU_ASSERT(answer.over && answer.wait <= kSecond / 10);
  std::vector<std::byte> zeros(RequestLimits::memory_size());
  CU_ASSERT(RequestLimits::attach(zeros.data()) == nullptr);
  CU_ASSERT(RequestLimits::attach(limits.at()) != nullptr);
}

void a_question_is_short() {
  Memory limits;
  const Allowance many = {1, 1'000'000'000};
  constexpr int kQuestions = 2'000'000;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kQuestions; ++i) limits->ask(0, 64496, many, kStart + i);
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  std::printf("\n    %.1f ns a question", took.count() / kQuestions);
  CU_ASSERT(holds(took.count() / kQuestions < 2000, "less than 2 us, whatever it runs under"));
}

}  // namespace

int main() {
  return ip2asn::test::run("limits",
                           {{"a burst, and then the rate", a_burst_and_then_the_rate},
                            {"in any span at most the burst and the rate", in_any_span_at_most_the_burst_and_the_rate},
                            {"who asks all the time gets the whole rate", who_asks_all_the_time_gets_the_whole_rate},
                            {"all processes together", all_processes_together},
                            {"keys without a place are not limited", keys_without_a_place_are_not_limited},
                            {"names keep their places", names_keep_their_places},
                            {"whatever stands there is a time that ends", whatever_stands_there_is_a_time_that_ends},
                            {"a question is short", a_question_is_short}});
}
