// Counting by network in shared memory: one process, many threads, many processes that are killed.
#include "serve/counters.hh"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cunit_main.hh"
#include "support.hh"

using ip2asn::CountCell;
using ip2asn::Counters;
using ip2asn::Counts;
using ip2asn::NamedKind;
using ip2asn::test::Random;
using ip2asn::test::same;

namespace {

constexpr Counts kOne = {1, 100, 7, 0, 0, 0, 0};
constexpr Counts kDenial = {1, 10, 7, 1, 0, 1, 0};

class Memory {
 public:
  Memory()
      : at_(::mmap(nullptr, Counters::memory_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0)) {
    counters_ = Counters::create(at_, 42, 1'000'000);
  }
  ~Memory() { ::munmap(at_, Counters::memory_size()); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  Counters& operator*() { return *counters_; }
  Counters* operator->() { return counters_; }
  void* at() { return at_; }

 private:
  void* at_;
  Counters* counters_;
};

std::uint64_t requests(const CountCell& cell) { return cell.read()[ip2asn::kRequests]; }

void each_kind_has_its_cells() {
  Memory memory;
  memory->all().add(kOne);
  memory->of_as(64496).add(kOne);
  memory->of_as(64496).add(kDenial);
  memory->of_as(0).add(kOne);
  memory->of_as(4294967295).add(kOne);
  memory->of_country("DE").add(kOne);
  memory->of_country("ZZ").add(kOne);
  memory->of_country("").add(kOne);
  memory->of_country("d1").add(kOne);
  const auto hoster = memory->place_of(NamedKind::hoster, "hetzner"),
             list = memory->place_of(NamedKind::list, "hetzner");
  CU_ASSERT(hoster != 0 && list != 0 && hoster != list);
  CU_ASSERT(memory->place_of(NamedKind::hoster, "hetzner") == hoster);
  CU_ASSERT(memory->place_of(NamedKind::hoster, "") == 0);
  CU_ASSERT(memory->place_of(NamedKind::hoster, std::string(65, 'x')) == 0);
  CU_ASSERT(memory->place_of(NamedKind::hoster, std::string(64, 'x')) != 0);
  memory->named(hoster).add(kDenial);
  memory->named(65535).add(kOne);

  std::string told;
  memory->each_as([&](std::uint32_t asn, const CountCell& cell) {
    const Counts counts = cell.read();
    told += std::to_string(asn) + ':';
    for (const std::uint64_t count : counts) told += std::to_string(count) + ',';
    told += ' ';
  });
  CU_ASSERT(same(told, "64496:2,110,14,1,0,1,0, 0:1,100,7,0,0,0,0, 4294967295:1,100,7,0,0,0,0, ", "ASes"));
  told.clear();
  memory->each_country([&](std::string_view country, const CountCell& cell) {
    told += std::string(country) + ':' + std::to_string(requests(cell)) + ' ';
  });
  CU_ASSERT(same(told, "DE:1 ZZ:1 :2 ", "countries"));
  told.clear();
  memory->each_name([&](NamedKind kind, std::string_view name, const CountCell& cell) {
    if (name.size() < 64 && kind == NamedKind::hoster) told += std::string(name) + ':' + std::to_string(requests(cell));
  });
  CU_ASSERT(same(told, "hetzner:1", "names"));
  CU_ASSERT(requests(memory->named(0)) == 1);
  CU_ASSERT(memory->seen_ases() == 3);
}

void another_layout_is_not_taken_over() {
  Memory memory;
  CU_ASSERT(Counters::attach(memory.at()) == &*memory);
  CU_ASSERT(memory->segment() == 42 && memory->since() == 1'000'000);
  std::memset(static_cast<char*>(static_cast<void*>(&*memory)) + 8, 0xFF, 4);
  CU_ASSERT(Counters::attach(memory.at()) == nullptr);
}

void past_the_last_cell_all_others_are_one() {
  Memory memory;
  for (std::uint32_t asn = 1; asn <= 200'000; ++asn) memory->of_as(asn).add(kOne);
  std::uint64_t sum = requests(memory->other_ases());
  CU_ASSERT(sum >= 200'000 - Counters::kMostAses);
  std::set<std::uint32_t> seen;
  memory->each_as([&](std::uint32_t asn, const CountCell& cell) {
    seen.insert(asn);
    sum += requests(cell);
  });
  CU_ASSERT(sum == 200'000);
  CU_ASSERT(seen.size() == memory->seen_ases());
  for (int i = 0; i < 5000; ++i) memory->named(memory->place_of(NamedKind::list, "list" + std::to_string(i))).add(kOne);
  sum = requests(memory->named(0));
  CU_ASSERT(sum > 0);
  memory->each_name([&](NamedKind, std::string_view, const CountCell& cell) { sum += requests(cell); });
  CU_ASSERT(sum == 5000);
}

void a_table_that_was_overwritten_costs_counts_alone() {
  Random random(3);
  for (int round = 0; round < 20; ++round) {
    Memory memory;
    auto* bytes = static_cast<unsigned char*>(static_cast<void*>(&*memory));
    for (std::size_t i = 40; i + 8 < Counters::memory_size() - 64; i += 1 + random.below(round < 10 ? 64 : 4096)) {
      bytes[i] = static_cast<unsigned char>(random.below(256));
    }
    for (std::uint32_t asn = 0; asn < 5000; ++asn) memory->of_as(random.below(500'000)).add(kOne);
    for (int i = 0; i < 100; ++i) memory->named(memory->place_of(NamedKind::hoster, std::to_string(i))).add(kOne);
    std::size_t told = 0;
    memory->each_as([&](std::uint32_t, const CountCell&) { ++told; });
    memory->each_name([&](NamedKind, std::string_view name, const CountCell&) { told += name.size() > 64; });
    CU_ASSERT(told <= Counters::kMostAses);
  }
}

void threads_share_cells_without_losing_a_count() {
  Memory memory;
  constexpr std::uint32_t kThreads = 4, kEach = 50'000, kAses = 20'000;
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&memory, t] {
      Random random(t);
      for (std::uint32_t i = 0; i < kEach; ++i) {
        memory->of_as(1 + random.below(kAses)).add(random.below(2) == 0 ? kOne : kDenial);
        memory->named(memory->place_of(NamedKind::hoster, "h" + std::to_string(random.below(50)))).add(kOne);
      }
    });
  }
  std::uint64_t broken = 0, before = 0, fell = 0;
  for (int i = 0; i < 200; ++i) {
    std::uint64_t sum = 0;
    memory->each_as([&](std::uint32_t, const CountCell& cell) {
      const Counts counts = cell.read();
      broken +=
          counts[ip2asn::kErrors4xx] > counts[ip2asn::kRequests] || counts[ip2asn::kDenied] > counts[ip2asn::kRequests];
      sum += counts[ip2asn::kRequests];
    });
    fell += sum < before;
    before = sum;
  }
  for (std::thread& thread : threads) thread.join();
  CU_ASSERT(broken == 0);
  CU_ASSERT(fell == 0);
  std::map<std::uint32_t, int> cells;
  std::uint64_t sum = 0, names = 0;
  memory->each_as([&](std::uint32_t asn, const CountCell& cell) {
    ++cells[asn];
    sum += requests(cell);
  });
  CU_ASSERT(sum == kThreads * kEach);
  bool once = true;
  for (const auto& [asn, count] : cells) once = once && count == 1;
  CU_ASSERT(once);
  memory->each_name([&](NamedKind, std::string_view, const CountCell& cell) { names += requests(cell); });
  CU_ASSERT(names == kThreads * kEach);
  // Who lost a race keeps the cell for the next claim: at most one is left over.
  CU_ASSERT(memory->seen_ases() <= cells.size() + 1);
}

// Threads that meet at the same AS leave over the cell of the one that came second: it must not go to other counters.
void counters_have_nothing_of_each_other() {
  bool met = false;
  for (int round = 0; round < 500 && !met; ++round) {
    Memory first;
    constexpr std::uint32_t kAses = 200;
    std::atomic<int> ready{0};
    const auto see_all = [&] {
      ++ready;
      while (ready < 2) {
      }
      for (std::uint32_t asn = 1; asn <= kAses; ++asn) first->of_as(asn).add(kOne);
    };
    std::thread other(see_all);
    see_all();
    other.join();
    met = first->seen_ases() > kAses;
    Memory second;
    second->of_as(64496).add(kOne);
    std::uint64_t told = 0;
    second->each_as([&](std::uint32_t asn, const CountCell& cell) { told += asn == 64496 ? requests(cell) : 0; });
    CU_ASSERT(told == 1 && second->seen_ases() == 1);
  }
}

void processes_that_are_killed_lose_nothing_that_was_counted() {
  Memory memory;
  struct Shared {
    std::atomic<std::uint64_t> begun, finished;
  };
  auto* shared = static_cast<Shared*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  Random random(9);
  for (int round = 0; round < 60; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      Random mine(static_cast<std::uint32_t>(round));
      while (true) {
        shared->begun.fetch_add(1);
        memory->of_as(1 + mine.below(3000)).add(kOne);
        shared->finished.fetch_add(1);
      }
    }
    ::usleep(1000 + random.below(3000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::uint64_t sum = 0;
    memory->each_as([&](std::uint32_t, const CountCell& cell) { sum += requests(cell); });
    // What was claimed by one that died before it could say so is counted when it is seen again.
    CU_ASSERT(sum <= shared->begun);
  }
  for (std::uint32_t asn = 1; asn <= 3000; ++asn) memory->of_as(asn).add({});
  std::uint64_t sum = 0;
  memory->each_as([&](std::uint32_t, const CountCell& cell) { sum += requests(cell); });
  CU_ASSERT(shared->finished <= sum && sum <= shared->begun);
  ::munmap(shared, 4096);
}

}  // namespace

int main() {
  return ip2asn::test::run("counters",
                           {
                               {"each kind has its cells", each_kind_has_its_cells},
                               {"another layout is not taken over", another_layout_is_not_taken_over},
                               {"past the last cell all others are one", past_the_last_cell_all_others_are_one},
                               {"a table that was overwritten", a_table_that_was_overwritten_costs_counts_alone},
                               {"threads share cells", threads_share_cells_without_losing_a_count},
                               {"counters have nothing of each other", counters_have_nothing_of_each_other},
                               {"processes that are killed", processes_that_are_killed_lose_nothing_that_was_counted},
                           });
}
