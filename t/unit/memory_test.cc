// The N-th allocation fails, for every N, once and from then on: an error comes out, nothing leaks, nothing is left
// half done.
#include <dirent.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.hh"
#include "compile/database.hh"
#include "compile/hoster_map.hh"
#include "cunit_main.hh"
#include "store/cache.hh"
#include "store/mapping.hh"
#include "support.hh"

namespace {

// What the operators below count; all 0 and false while nothing is tried.
struct Allocations {
  bool counting = false;
  bool lasting = false;       // all fail once one has
  std::uint64_t fail_at = 0;  // 0: none
  std::uint64_t made = 0;
  std::int64_t living = 0;
  bool failed = false;
};
Allocations allocations;

void* allocate(std::size_t size, std::size_t alignment) {
  if (allocations.counting) {
    const std::uint64_t n = ++allocations.made;
    if (n == allocations.fail_at || (allocations.lasting && allocations.failed)) {
      allocations.failed = true;
      throw std::bad_alloc();
    }
  }
  if (size == 0) size = 1;
  void* block = alignment == 0 ? std::malloc(size)
                               : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  ++allocations.living;
  return block;
}

void release(void* block) noexcept {
  if (block == nullptr) return;
  --allocations.living;
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 0); }
void* operator new[](std::size_t size) { return allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
// std::stable_sort asks in this way, and does with less when there is none. A sanitizer has its own, which would not
// match.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return allocate(size, 0);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* block, const std::nothrow_t&) noexcept { release(block); }
void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t) noexcept { release(block); }
void operator delete(void* block, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::align_val_t) noexcept { release(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept { release(block); }

namespace {

using namespace ip2asn;
using ip2asn::test::holds;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

enum class Outcome { good, error };

std::size_t open_descriptors() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

// Runs `work` with its first allocation failing, then its second, and so on, until it gets by without a failure.
void fail_each(const char* name, const std::function<Outcome()>& work) {
  CU_ASSERT(holds(work() == Outcome::good, std::string(name) + ": works when nothing fails"));
  const std::size_t descriptors = open_descriptors();
  for (const bool lasting : {false, true}) {
    std::uint64_t n = 0;
    for (bool failed = true; failed;) {
      const std::int64_t living = allocations.living;
      allocations = {true, lasting, ++n, 0, living, false};
      const Outcome outcome = work();
      allocations.counting = false;
      failed = allocations.failed;
      // A single failure may be got over, as std::stable_sort does; one that lasts may not.
      const bool good = (outcome == Outcome::error || !failed || !lasting) && allocations.living == living;
      if (!good)
        std::printf("\n    %s: allocation %llu%s: %lld blocks left\n", name, static_cast<unsigned long long>(n),
                    lasting ? " and all after it" : "", static_cast<long long>(allocations.living - living));
      CU_ASSERT(good);
      if (n > 100'000) {
        CU_FAIL("no end of allocations");
        break;
      }
    }
    std::printf("(%s: %llu) ", name, static_cast<unsigned long long>(n - 1));
  }
  CU_ASSERT_EQUAL(open_descriptors(), descriptors);
}

// An error is of this one kind, and has words.
template <class T>
Outcome outcome(const Result<T>& result) {
  if (result) return Outcome::good;
  CU_ASSERT(holds(result.error().code == Errc::memory, result.error().message));
  CU_ASSERT(!result.error().message.empty());
  return Outcome::error;
}

std::string small_source() {
  std::string text =
      "bad\n1.0.0.0\t1.0.0.255\t1\tus\ta\x01\n1.0.0.0\t1.0.0.255\t2\tUS\tb\n1.0.0.0\t1.0.0.255\t1\tus\ta\x02\n";
  for (int i = 60; i > 0; --i) {
    const std::string n = std::to_string(i);
    text += "10." + n + ".0.0\t10." + n + ".0.255\t" + n + "\tDE\tA NAME LONG ENOUGH TO BE ALLOCATED " + n + '\n';
    text +=
        "2001:db8:" + n + "::\t2001:db8:" + n + "::ffff\t" + n + "\tDE\tA NAME LONG ENOUGH TO BE ALLOCATED " + n + '\n';
  }
  return text;
}

constexpr std::string_view kHosters = "example cloud AS1 \"a name long enough\"\nother cdn \"^number\" AS2\n";

void reading_and_compiling() {
  const std::string text = small_source(), packed = test::gzip(text);
  const HosterMap hosters = *HosterMap::parse(kHosters, "m");
  fail_each("read", [&] {
    Findings findings;
    return outcome(read_source_bytes(packed, "a name long enough to be allocated", {}, findings));
  });
  Findings findings;
  const auto table = read_source_bytes(text, "s", {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(table));
  fail_each("compile", [&] {
    const bool counting = std::exchange(allocations.counting, false);
    Table used = *table;
    allocations.counting = counting;
    Findings more;
    return outcome(compile(std::move(used), hosters, {}, more));
  });
  const auto buffer = compile(*table, hosters, {}, findings);
  fail_each("open", [&] { return outcome(Image::open(buffer->bytes())); });
  fail_each("hoster map", [&] { return outcome(HosterMap::parse(kHosters, "a name long enough to be allocated")); });
}

void databases_and_files() {
  TemporaryDirectory directory;
  const std::string source = directory / "a-source-with-a-name.tsv", index = directory / "an-index-with-a-name.idx";
  const std::string map = directory / "a-map-with-a-name";
  write_bytes(source, small_source());
  write_bytes(map, kHosters);
  const std::vector<std::string> sources = {source}, indexes = {index};
  const HosterMap none;
  fail_each("database of a source", [&] {
    Findings findings;
    return outcome(Database::open(sources, none, {}, findings));
  });
  Findings findings;
  const auto database = Database::open(sources, none, {}, findings);
  CU_ASSERT_FATAL(static_cast<bool>(database));
  const auto bytes = database->image().bytes();
  fail_each("replace a file", [&] { return outcome(replace_file(index, bytes, 0600)); });
  fail_each("database of an index", [&] {
    Findings more;
    return outcome(Database::open(indexes, none, {}, more));
  });
  fail_each("read a file", [&] { return outcome(read_file(index, 1 << 24)); });
  fail_each("read a map", [&] { return outcome(HosterMap::read(map)); });
  fail_each("memory to hand over", [&] { return outcome(Mapping::copy({}, bytes, Mapping::Use::hand_over)); });
  CU_ASSERT(test::same(directory.names(), "a-map-with-a-name a-source-with-a-name.tsv an-index-with-a-name.idx",
                       "no temporary file is left"));
}

void the_cache() {
  TemporaryDirectory directory;
  const std::string source = directory / "a-source-with-a-name.tsv", cache = directory / "a-cache-with-a-name";
  write_bytes(source, small_source());
  CacheRequest request;
  request.recipe.sources = {source};
  request.store.directory = cache;
  // Late enough for a note of where the entry is, and too early.
  const std::int64_t now = ip2asn::file_clock_ns(), later = now + 60'000'000'000;
  fail_each("load and compile", [&] {
    const bool counting = std::exchange(allocations.counting, false);
    std::error_code ignored;
    std::filesystem::remove_all(cache, ignored);
    allocations.counting = counting;
    Findings findings;
    const auto result = load_cached(request, later, findings);
    // A cache that cannot be written is told in a warning; the image is there all the same.
    if (result && !result->warning.empty()) return Outcome::error;
    return outcome(result);
  });
  fail_each("load from the cache", [&] {
    Findings findings;
    const auto result = load_cached(request, now, findings);
    if (result && !result->warning.empty()) return Outcome::error;
    return outcome(result);
  });
  fail_each("load what is noted", [&] {
    Findings findings;
    return outcome(load_cached(request, later, findings));
  });
  std::size_t files = 0, notes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(cache)) {
    notes += entry.is_symlink();
    files += !entry.is_symlink();
  }
  CU_ASSERT_EQUAL(files, 1);
  CU_ASSERT_EQUAL(notes, 1);
}

// The words of an error take memory, too.
void errors_while_there_is_no_memory() {
  TemporaryDirectory directory;
  const std::string missing = directory / "a-file-that-is-not-there", bad = directory / "a-file-that-is-bad";
  write_bytes(bad, std::string(5000, '\n'));
  const std::string below = missing + "/f", map = "this is no map", name = "a name long enough to be allocated";
  const std::vector<std::string> sources = {bad};
  const HosterMap none;
  // That it is bad is the right answer here, and so is that there is no memory to say so.
  const auto any = [](const auto& result) {
    CU_ASSERT(!result && !result.error().message.empty());
    return !result && result.error().code != Errc::memory ? Outcome::good : Outcome::error;
  };
  fail_each("a missing file", [&] { return any(stamp_file(missing)); });
  Store store;
  store.directory = missing;
  fail_each("a missing entry", [&] { return any(open_cached(Digest(), store)); });
  fail_each("a bad source", [&] {
    Findings findings;
    return any(Database::open(sources, none, {}, findings));
  });
  fail_each("no image", [&] { return any(Image::open({})); });
  fail_each("a bad map", [&] { return any(HosterMap::parse(map, name)); });
  fail_each("a place that cannot be written", [&] { return any(replace_file(below, {}, 0600)); });
}

}  // namespace

int main() {
  return ip2asn::test::run("memory", {
                                         {"reading and compiling", reading_and_compiling},
                                         {"databases and files", databases_and_files},
                                         {"the cache", the_cache},
                                         {"errors while there is no memory", errors_while_there_is_no_memory},
                                     });
}
