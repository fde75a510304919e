// Slots of the recent past: exact sums, late looks, processes that are killed at any instruction, who is shown.
#include "serve/recent.hh"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

#include "base/process.hh"
#include "cunit_main.hh"
#include "serve/count_snapshot.hh"
#include "support.hh"

using ip2asn::Counters;
using ip2asn::Counts;
using ip2asn::kBytes;
using ip2asn::kDenied;
using ip2asn::kRequests;
using ip2asn::NamedKind;
using ip2asn::Recent;
using ip2asn::Slot;
using ip2asn::SlotEntry;
using ip2asn::SlotKind;
using ip2asn::Span;
using ip2asn::test::holds;
using ip2asn::test::Random;
using ip2asn::test::same;

namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kStart = 1'800'000'000 * kSecond;  // a multiple of both steps
constexpr ip2asn::ProcessWord kSelf = 1;
constexpr std::uint32_t kMost = 500;

void* map(std::size_t size) {
  return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

class Memory {
 public:
  explicit Memory(std::int64_t since = kStart)
      : counters_at_(map(Counters::memory_size())), recent_at_(map(Recent::memory_size())) {
    counters = Counters::create(counters_at_, 42, since);
    recent = Recent::create(recent_at_, since);
  }
  ~Memory() {
    ::munmap(counters_at_, Counters::memory_size());
    ::munmap(recent_at_, Recent::memory_size());
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void count(std::uint32_t asn, const Counts& amounts) {
    counters->all().add(amounts);
    counters->of_as(asn).add(amounts);
    counters->of_country(asn % 2 == 0 ? "DE" : "FR").add(amounts);
    if (asn % 3 == 0) counters->named(counters->place_of(NamedKind::hoster, "three")).add(amounts);
  }
  bool tick(std::int64_t second) { return recent->tick(*counters, kStart + second * kSecond, kSelf, kMost); }

  Counters* counters;
  Recent* recent;

 private:
  void *counters_at_, *recent_at_;
};

Counts requests(std::uint64_t count) { return {count, count * 100, count * 7, 0, 0, 0, 0}; }

Counts sum(const Slot& slot, SlotKind kind) {
  Counts total = slot[kind].other;
  for (const SlotEntry& entry : slot[kind].entries) ip2asn::add(total, entry.amounts);
  return total;
}

std::string shown(const std::vector<Slot>& slots) {
  std::string text;
  for (const Slot& slot : slots) {
    text += std::to_string((slot.from - kStart) / kSecond) + '-' + std::to_string((slot.to - kStart) / kSecond) + ':' +
            (slot.is_unknown() ? "unknown" : std::to_string(slot.all[kRequests])) + ' ';
  }
  return text;
}

void slots_are_the_differences_of_the_counters() {
  Memory memory;
  memory.count(64496, requests(5));
  CU_ASSERT_FALSE(memory.tick(9));
  CU_ASSERT(memory.tick(10));
  CU_ASSERT_FALSE(memory.tick(10));
  memory.count(64496, requests(2));
  memory.count(64497, {3, 0, 0, 1, 0, 1, 0});
  CU_ASSERT(memory.tick(21));
  CU_ASSERT_FALSE(memory.tick(29));
  CU_ASSERT(memory.tick(30));
  CU_ASSERT(same(shown(memory.recent->read(Span::hour)), "0-10:5 10-21:5 21-30:0 ", "an hour's slots"));
  CU_ASSERT(same(shown(memory.recent->read(Span::day)), "", "no slot of a day yet"));
  const Slot second = memory.recent->read(Span::hour)[1];
  CU_ASSERT(second[SlotKind::as].entries.size() == 2);
  CU_ASSERT(second[SlotKind::as].entries[0].key == 64497 && second[SlotKind::as].entries[0].amounts[kDenied] == 1);
  CU_ASSERT(second[SlotKind::as].entries[1].key == 64496 && second[SlotKind::as].entries[1].amounts == requests(2));
}

void a_late_look_spans_what_it_missed_and_a_very_late_one_is_unknown() {
  Memory memory;
  memory.tick(10);
  memory.count(1, requests(4));
  memory.tick(34);
  memory.count(1, requests(6));
  memory.tick(61);
  memory.count(1, requests(1));
  memory.tick(70);
  CU_ASSERT(same(shown(memory.recent->read(Span::hour)), "0-10:0 10-34:4 34-61:unknown 61-70:1 ", "late"));
  CU_ASSERT(memory.recent->read(Span::hour)[2].all[kRequests] == 6);
  memory.tick(300);
  CU_ASSERT(same(shown(memory.recent->read(Span::day)), "0-300:unknown ", "nobody looked for most of it"));
  CU_ASSERT(memory.recent->read(Span::day)[0].all == requests(11));
}

void a_clock_that_is_set_back_stops_nothing() {
  Memory memory;
  memory.tick(1000);
  memory.count(1, requests(4));
  CU_ASSERT(memory.tick(500));
  memory.count(1, requests(3));
  CU_ASSERT(memory.tick(511));
  const std::vector<Slot> slots = memory.recent->read(Span::hour);
  CU_ASSERT(slots.size() == 3 && slots[1].is_unknown() && slots[2].all[kRequests] == 3);
  CU_ASSERT(memory.recent->last_tick() == kStart + 511 * kSecond);
}

void whatever_is_left_out_the_sums_are_exact() {
  Memory memory;
  Random random(7);
  std::map<std::uint32_t, Counts> counted;
  Counts total{};
  std::vector<Slot> hours;
  for (int second = 10; second <= 4000; second += 10) {
    const std::uint32_t ases = second % 200 == 0 ? 3000 : random.below(400);
    for (std::uint32_t i = 0; i < ases; ++i) {
      const std::uint64_t count = 1 + random.below(1000);
      Counts amounts = {count, random.bits64() >> 24, random.bits64() >> 30, random.below(2), random.below(2), 0, 0};
      amounts[kDenied] = random.below(20) == 0 ? 1 : 0;
      const std::uint32_t asn = random.below(5000);
      memory.count(asn, amounts);
      ip2asn::add(counted[asn], amounts);
      ip2asn::add(total, amounts);
    }
    memory.tick(second);
    hours.push_back(memory.recent->read(Span::hour).back());
  }
  Counts of_hours{};
  for (const Slot& slot : hours) {
    ip2asn::add(of_hours, slot.all);
    CU_ASSERT_FATAL(sum(slot, SlotKind::as) == slot.all);
    CU_ASSERT_FATAL(sum(slot, SlotKind::country) == slot.all);
    CU_ASSERT_FATAL(slot[SlotKind::as].entries.size() <= 300);
  }
  CU_ASSERT(of_hours == total);
  CU_ASSERT(memory.recent->read(Span::hour).size() == 359);
  Counts of_days{};
  for (const Slot& slot : memory.recent->read(Span::day)) ip2asn::add(of_days, slot.all);
  Counts before_the_end{};
  for (std::size_t i = 0; i < 390; ++i) ip2asn::add(before_the_end, hours[i].all);
  CU_ASSERT(of_days == before_the_end);
}

void entries_are_the_busiest() {
  Memory memory;
  for (std::uint32_t i = 0; i < 1000; ++i) memory.count(10'000 + i, {1000 - i, 1, 1, 0, 0, 0, 0});
  memory.count(1, {1, 1'000'000, 1, 0, 0, 0, 0});
  memory.count(2, {1, 0, 1, 1, 0, 1, 0});
  memory.tick(10);
  const Slot slot = memory.recent->read(Span::hour)[0];
  std::map<std::uint32_t, Counts> entries;
  for (const SlotEntry& entry : slot[SlotKind::as].entries) entries[entry.key] = entry.amounts;
  CU_ASSERT(entries.contains(10'000) && entries.contains(10'199));
  CU_ASSERT(entries.contains(1) && entries.contains(2));
  CU_ASSERT(entries.size() >= 202 && entries.size() <= 300);
}

void blocks_that_are_damaged_are_refused() {
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::uint8_t> bytes(random.below(600));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    Slot slot;
    (void)ip2asn::read_slot(bytes, slot);
  }
  Slot full;
  full.from = kStart;
  full.to = kStart + 1;
  full.all.fill(~0ull);
  for (auto& part : full.parts) {
    for (std::uint32_t i = 0; i < 300; ++i) part.entries.push_back({4294967295u - i, full.all});
  }
  for (const std::size_t room : {ip2asn::kLeastBlock, std::size_t{4096}, std::size_t{8192}}) {
    std::vector<std::uint8_t> bytes(room);
    const std::size_t size = ip2asn::write_slot(full, bytes);
    Slot slot;
    CU_ASSERT(size <= room && ip2asn::read_slot(bytes, slot));
    for (const SlotKind kind : {SlotKind::as, SlotKind::hoster, SlotKind::country, SlotKind::list}) {
      CU_ASSERT(sum(slot, kind) == sum(full, kind));
    }
  }
}

std::vector<std::uint32_t> shown_ases(const Memory& memory) {
  std::vector<std::uint32_t> ases;
  memory.recent->each_shown([&](std::uint32_t place) {
    std::uint32_t asn = 0;
    if (memory.counters->as_at(place, asn) != nullptr) ases.push_back(asn);
  });
  return ases;
}

void an_as_is_shown_until_it_was_silent_for_a_day() {
  Memory memory;
  for (std::uint32_t i = 0; i < 200; ++i) memory.count(1000 + i, requests(1000 - i));
  for (int second = 10; second < 300; second += 10) memory.tick(second);
  CU_ASSERT(shown_ases(memory).empty());
  memory.tick(300);
  CU_ASSERT(shown_ases(memory).size() == 100);
  // One that has a request now and then, and one that has none any more.
  int second = 310;
  const auto pass = [&](int seconds) {
    for (const int end = second + seconds; second <= end; second += 10) {
      if (second % 3600 == 0) memory.count(1001, requests(1));
      memory.count(5, requests(2));
      memory.tick(second);
    }
  };
  pass(86'000);
  CU_ASSERT(shown_ases(memory).size() == 101);
  pass(1'200);
  const std::vector<std::uint32_t> left = shown_ases(memory);
  CU_ASSERT(left.size() == 2);
  CU_ASSERT(std::count(left.begin(), left.end(), 1001u) == 1 && std::count(left.begin(), left.end(), 5u) == 1);
}

void no_more_are_shown_than_is_allowed() {
  Memory memory;
  for (std::uint32_t i = 0; i < 200; ++i) memory.count(1000 + i, requests(1000 - i));
  CU_ASSERT(memory.recent->tick(*memory.counters, kStart + 300 * kSecond, kSelf, 3));
  CU_ASSERT(shown_ases(memory).size() == 3);
  for (std::uint32_t i = 0; i < 50; ++i) memory.count(7000 + i, requests(9000));
  CU_ASSERT(memory.recent->tick(*memory.counters, kStart + 600 * kSecond, kSelf, 3));
  const std::vector<std::uint32_t> ases = shown_ases(memory);
  CU_ASSERT(ases.size() == 3 && std::find(ases.begin(), ases.end(), 1000u) != ases.end());
  CU_ASSERT(memory.recent->tick(*memory.counters, kStart + 900 * kSecond, kSelf, 0));
  CU_ASSERT(shown_ases(memory).empty());
}

// A process closes slots as fast as it can, is killed, and another goes on; a third one counts all the time.
void a_process_that_is_killed_loses_nothing_and_counts_nothing_twice() {
  Memory memory;
  constexpr int kKills = 200;
  auto* const clock = static_cast<std::atomic<std::int64_t>*>(map(4096));
  auto* const stop = new (clock + 1) std::atomic<std::int64_t>(0);
  clock->store(kStart);
  const pid_t writer = ::fork();
  if (writer == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Random random(1);
    while (stop->load() == 0) memory.count(random.below(3000), requests(1 + random.below(9)));
    ::_exit(0);
  }
  Random random(2);
  for (int i = 0; i < kKills; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (;;) {
        const std::int64_t now = clock->fetch_add(10 * kSecond) + 10 * kSecond;
        memory.recent->tick(*memory.counters, now, ip2asn::this_process(), kMost);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200 + random.below(3000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    // What is there is whole, and follows on.
    std::int64_t end = 0;
    bool good = true;
    for (const Slot& slot : memory.recent->read(Span::hour)) {
      good = good && (end == 0 || slot.from == end);
      end = slot.to;
    }
    CU_ASSERT(good);
  }
  stop->store(1);
  ::waitpid(writer, nullptr, 0);
  // From here on all slots are read: nothing was lost before, and nothing is twice.
  const auto sum_of = [&] {
    Counts total{};
    for (const Slot& slot : memory.recent->read(Span::hour)) ip2asn::add(total, slot.all);
    return total;
  };
  const auto settle = [&] {
    CU_ASSERT_FATAL(memory.recent->tick(*memory.counters, clock->fetch_add(10 * kSecond) + 10 * kSecond,
                                        ip2asn::this_process(), kMost));
  };
  for (int i = 0; i < 360; ++i) settle();
  CU_ASSERT(sum_of() == Counts{});
  memory.count(1, requests(3));
  settle();
  CU_ASSERT(sum_of() == requests(3));
  ::munmap(clock, 4096);
}

// The same where all slots can be seen: each of a few killed before the ring is full.
void sums_over_all_slots_are_the_counters() {
  for (int round = 0; round < 40; ++round) {
    Memory memory;
    auto* const clock = static_cast<std::atomic<std::int64_t>*>(map(4096));
    clock->store(kStart);
    Random random(static_cast<std::uint32_t>(round));
    for (int kill = 0; kill < 4; ++kill) {
      const pid_t child = ::fork();
      if (child == 0) {
        for (std::uint32_t i = 0; i < 80; ++i) {
          memory.count(i * 7, requests(1));
          memory.recent->tick(*memory.counters, clock->fetch_add(10 * kSecond) + 10 * kSecond, ip2asn::this_process(),
                              kMost);
        }
        ::_exit(0);
      }
      std::this_thread::sleep_for(std::chrono::microseconds(random.below(4000)));
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    memory.recent->tick(*memory.counters, clock->fetch_add(10 * kSecond) + 10 * kSecond, ip2asn::this_process(), kMost);
    const std::vector<Slot> slots = memory.recent->read(Span::hour);
    Counts total{}, of_ases{};
    for (const Slot& slot : slots) {
      ip2asn::add(total, slot.all);
      ip2asn::add(of_ases, sum(slot, SlotKind::as));
    }
    CU_ASSERT_FATAL(slots.size() < 359);
    CU_ASSERT_FATAL(total == memory.counters->total());
    Counts cells{};
    memory.counters->each_as([&](std::uint32_t, const ip2asn::CountCell& cell) { ip2asn::add(cells, cell.read()); });
    CU_ASSERT_FATAL(of_ases == cells);
    ::munmap(clock, 4096);
  }
}

void a_tick_is_short() {
  for (const std::uint32_t ases : {20'000u, 76'000u}) {
    Memory memory;
    for (std::uint32_t i = 0; i < ases; ++i) memory.count(i, requests(1));
    memory.tick(10);
    double best = 1e9;
    for (int round = 2; round < 30; ++round) {
      for (std::uint32_t i = 0; i < 1000; ++i) memory.count(i * 13 % ases, requests(1));
      const auto start = std::chrono::steady_clock::now();
      memory.tick(round * 10);
      const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
      best = std::min(best, took.count());
    }
    std::printf("\n    %u ASes: %.2f ms", ases, best);
    CU_ASSERT(holds(best < 20, "a tick takes less than 20 ms, whatever it runs under"));
  }
}

void memory_of_another_layout_is_not_taken() {
  Memory memory;
  CU_ASSERT(Recent::attach(reinterpret_cast<void*>(memory.recent)) == memory.recent);
  std::vector<std::byte> zeros(Recent::memory_size());
  CU_ASSERT(Recent::attach(zeros.data()) == nullptr);
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "recent", {{"slots are the differences of the counters", slots_are_the_differences_of_the_counters},
                 {"a late look spans what it missed, and a very late one is unknown",
                  a_late_look_spans_what_it_missed_and_a_very_late_one_is_unknown},
                 {"a clock that is set back stops nothing", a_clock_that_is_set_back_stops_nothing},
                 {"whatever is left out, the sums are exact", whatever_is_left_out_the_sums_are_exact},
                 {"entries are the busiest", entries_are_the_busiest},
                 {"blocks that are damaged are refused", blocks_that_are_damaged_are_refused},
                 {"an AS is shown until it was silent for a day", an_as_is_shown_until_it_was_silent_for_a_day},
                 {"no more are shown than is allowed", no_more_are_shown_than_is_allowed},
                 {"a process that is killed loses nothing and counts nothing twice",
                  a_process_that_is_killed_loses_nothing_and_counts_nothing_twice},
                 {"sums over all slots are the counters", sums_over_all_slots_are_the_counters},
                 {"a tick is short", a_tick_is_short},
                 {"memory of another layout is not taken", memory_of_another_layout_is_not_taken}});
}
