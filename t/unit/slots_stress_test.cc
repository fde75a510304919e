// Readers against writers: threads that look addresses up while generations come and go, then processes that adopt each
// other's announcements while some of them are killed. Every answer must be of one generation, whole.
//
// Build with --enable-sanitizers=thread to have ThreadSanitizer watch the threaded part. IP2ASN_STRESS multiplies the
// amount of work.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "compile/compile.hh"
#include "cunit_main.hh"
#include "serve/control_block.hh"
#include "serve/refresh.hh"
#include "serve/slots.hh"
#include "sources/source.hh"
#include "support.hh"

using namespace ip2asn;

namespace {

constexpr int kRows = 64;
constexpr std::uint32_t kGenerations = 8;

int effort() {
  const char* text = std::getenv("IP2ASN_STRESS");
  return text != nullptr ? std::max(1, std::atoi(text)) : 1;
}

// In generation g all ranges belong to AS 1000 + g, and its name says so too.
std::string rows(std::uint32_t g) {
  std::string text;
  for (int i = 0; i < kRows; ++i) {
    const std::string net = "10.0." + std::to_string(i) + '.', asn = std::to_string(1000 + g);
    text += net + "0\t" + net + "255\t" + asn + "\tDE\tGENERATION-" + asn + '\n';
  }
  return text;
}

// Whether an image answers as one generation throughout.
bool consistent(const Image& image) {
  std::uint32_t asn = 0;
  for (std::uint32_t i = 0; i < kRows; ++i) {
    const Record record = image.record(image.lookup(Address::v4(0x0a000001 + (i << 8))));
    if (asn == 0) asn = record.asn;
    if (record.asn != asn || record.description != "GENERATION-" + std::to_string(asn)) return false;
  }
  return asn >= 1000 && asn < 1000 + kGenerations;
}

void threads_see_whole_generations() {
  std::vector<ImageBuffer> buffers;
  Findings findings;
  for (std::uint32_t g = 0; g < kGenerations; ++g) {
    auto table = read_source_bytes(rows(g), "test", {}, findings);
    CU_ASSERT_TRUE_FATAL(static_cast<bool>(table));
    buffers.push_back(*compile(*table, {}, {}, findings));
  }
  Slots slots;
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> looks{0}, wrong{0}, installed{0};
  const auto install = [&](std::uint32_t g) {
    auto mapping = Mapping::copy(buffers[g % kGenerations].bytes());
    auto image = Image::open(mapping->bytes());
    if (slots.install(*std::move(mapping), *image)) ++installed;
  };
  install(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!done) {
        const Slots::Pin pin(slots);
        if (pin.image() == nullptr || !consistent(*pin.image())) ++wrong;
        ++looks;
      }
    });
  }
  // One that holds on for long, and two that install, in each other's way.
  threads.emplace_back([&] {
    while (!done) {
      const Slots::Pin pin(slots);
      for (int i = 0; i < 50 && !done; ++i) {
        if (!consistent(*pin.image())) ++wrong;
        std::this_thread::yield();
      }
    }
  });
  std::vector<std::thread> writers;
  for (std::uint32_t w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      const int rounds = 1000 * effort();
      for (int i = 0; i < rounds; ++i) {
        install(static_cast<std::uint32_t>(i) * 2 + w);
        slots.reclaim();
      }
    });
  }
  for (auto& writer : writers) writer.join();
  done = true;
  for (auto& thread : threads) thread.join();
  std::printf(" %llu looks, %llu generations", static_cast<unsigned long long>(looks.load()),
              static_cast<unsigned long long>(installed.load()));
  CU_ASSERT_EQUAL(wrong.load(), 0);
  CU_ASSERT_TRUE(installed.load() > 100);
  CU_ASSERT_EQUAL(slots.reclaim(), 1);
}

void threads_see_whole_announcements() {
  std::vector<char> memory(ControlBlock::memory_size());
  ControlBlock& block = *ControlBlock::create(memory.data());
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> readers, writers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto latest = block.latest(1);
        if (latest && (latest->bytes != latest->content_id * 3 || latest->digest[3] != latest->content_id)) ++wrong;
      }
    });
  }
  for (std::uint64_t w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      for (std::uint64_t i = 0; i < 20'000; ++i) {
        const std::uint64_t id = i * 2 + w + 1;
        block.announce({0, 1, id, id * 3, {id, id, id, id}});
      }
    });
  }
  for (auto& writer : writers) writer.join();
  done = true;
  for (auto& reader : readers) reader.join();
  CU_ASSERT_EQUAL(wrong.load(), 0);
  CU_ASSERT_EQUAL(block.published(), 40'000);
}

// What the processes below share besides the control block.
struct Tally {
  std::atomic<std::uint64_t> clock, looks, wrong, adopted, published;
};

template <class T>
T* shared() {
  void* memory = ::mmap(nullptr, sizeof(T) + alignof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return static_cast<T*>(memory);
}

// One child: adopts what is announced, checks it, and refreshes now and then.
[[noreturn]] void serve(ControlBlock& block, Tally& tally, const CacheRequest& request, const Handover& handover,
                        int seed) {
  Slots slots;
  RefreshSettings settings = {1, 5, 1};
  settings.handover = &handover;
  std::uint64_t seen = 0;
  for (std::uint64_t round = static_cast<std::uint64_t>(seed);; ++round) {
    if (block.published() != seen) {
      seen = block.published();
      if (const auto newest = block.latest(1)) {
        auto opened = open_announced(*newest, request.store, handover, round % 2 == 0);
        if (!opened) {
          block.wanted.store(newest->number);
          seen = 0;
        } else if (slots.install(std::move(opened->mapping), opened->image)) {
          ++tally.adopted;
          slots.reclaim();
        }
      }
    }
    const Slots::Pin pin(slots);
    if (pin.image() != nullptr) {
      if (!consistent(*pin.image())) ++tally.wrong;
      ++tally.looks;
    }
    if (round % 16 == 0) {
      // A clock that all have in common, and on which a file settles soon.
      const Moment now = {static_cast<std::int64_t>(tally.clock.fetch_add(1)) * 20'000'000, 0};
      if (refresh(block, request, settings, pin.image(), now, round).outcome == RefreshOutcome::published)
        ++tally.published;
    }
  }
}

void processes_survive_each_other() {
  const test::TemporaryDirectory scratch;
  CacheRequest request;
  request.recipe.sources = {scratch / "source.tsv"};
  request.store.directory = scratch / "cache";
  const auto replace = [&](std::uint32_t g) {
    test::write_bytes(scratch / "new.tsv", rows(g % kGenerations));
    std::filesystem::rename(scratch / "new.tsv", scratch / "source.tsv");
  };
  replace(0);
  request.store.use = Mapping::Use::hand_over;
  const Handover handover = Handover::make();
  ControlBlock& block = *ControlBlock::create(shared<ControlBlock>());
  Tally& tally = *shared<Tally>();
  std::vector<pid_t> children;
  const auto start = [&](int seed) {
    const pid_t pid = ::fork();
    if (pid == 0) serve(block, tally, request, handover, seed);
    return pid;
  };
  for (int i = 0; i < 4; ++i) children.push_back(start(i));
  const int rounds = 200 * effort();
  for (int i = 0; i < rounds; ++i) {
    replace(static_cast<std::uint32_t>(i));
    const std::uint64_t before = tally.looks.load();
    while (tally.looks.load() < before + 20) std::this_thread::yield();
    const std::size_t victim = static_cast<std::size_t>(i) % children.size();
    ::kill(children[victim], SIGKILL);
    ::waitpid(children[victim], nullptr, 0);
    children[victim] = start(i);
  }
  const std::uint64_t published = tally.published.load(), before = tally.looks.load();
  while (tally.looks.load() < before + 100) std::this_thread::yield();
  for (const pid_t child : children) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  std::printf(" %d kills, %llu looks, %llu generations, %llu adoptions", rounds,
              static_cast<unsigned long long>(tally.looks.load()), static_cast<unsigned long long>(published),
              static_cast<unsigned long long>(tally.adopted.load()));
  CU_ASSERT_EQUAL(tally.wrong.load(), 0);
  CU_ASSERT_TRUE(published > 1);
  remove_leftovers(request.store.directory, "");
  for (const auto& entry : std::filesystem::directory_iterator(request.store.directory)) {
    const auto extension = entry.path().extension();
    CU_ASSERT_TRUE(extension == ".idx" || extension == ".good" || extension == ".copy");
  }
}

}  // namespace

int main() {
  return test::run("slots under stress", {
                                             {"threads see whole generations", threads_see_whole_generations},
                                             {"threads see whole announcements", threads_see_whole_announcements},
                                             {"processes survive each other's deaths", processes_survive_each_other},
                                         });
}
