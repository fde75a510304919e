#include "serve/idle_time.hh"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/files.hh"
#include "cunit_main.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

struct Place {
  TemporaryDirectory scratch;
  CacheRequest request;
  Findings findings;

  Place() {
    request.recipe.sources = {scratch / "source.tsv"};
    request.store.directory = scratch / "cache";
    write("64500");
  }
  void write(const std::string& asn) {
    write_bytes(request.recipe.sources[0], "10.0.0.0\t10.0.0.255\t" + asn + "\tDE\tTEST\n");
  }
  Result<CacheResult> load() { return load_in_idle_time(request, file_clock_ns(), findings); }
  // How many files the cache has, notes not counted.
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(request.store.directory)) {
      count += entry.path().extension() != ".at";
    }
    return count;
  }
};

std::uint32_t asn(const CacheResult& loaded) { return loaded.image.asn(loaded.image.lookup(Address::v4(0x0a000001))); }

void loads_what_load_cached_does() {
  Place place;
  const auto first = place.load();
  CU_ASSERT_FATAL(static_cast<bool>(first));
  CU_ASSERT_TRUE(first->compiled);
  CU_ASSERT_EQUAL(asn(*first), 64500);
  const auto second = place.load();
  CU_ASSERT_FATAL(static_cast<bool>(second));
  CU_ASSERT_FALSE(second->compiled);
  CU_ASSERT_TRUE(second->digest == first->digest);
}

void tells_what_load_cached_does() {
  Place place;
  write_bytes(place.request.recipe.sources[0], "10.0.0.0\t10.0.0.255\t64500\tDE\tTEST\nnonsense\n");
  Findings expected;
  CU_ASSERT_TRUE(static_cast<bool>(load_cached(place.request, file_clock_ns(), expected)));
  std::filesystem::remove_all(place.request.store.directory);
  CU_ASSERT_TRUE(static_cast<bool>(place.load()));
  CU_ASSERT_FALSE(expected.summary().empty());
  CU_ASSERT_TRUE(same(place.findings.summary(), expected.summary(), "findings"));

  std::filesystem::remove(place.request.recipe.sources[0]);
  const auto error = place.load();
  CU_ASSERT_FATAL(!error);
  const auto wanted = load_cached(place.request, file_clock_ns(), expected);
  CU_ASSERT_TRUE(same(error.error().message, wanted.error().message, "error"));
}

// Whoever waits for another process makes no progress, as one that gets no processor.
void does_without_a_thread_that_stands_still() {
  Place place;
  CU_ASSERT_EQUAL_FATAL(::mkdir(place.request.store.directory.c_str(), 0700), 0);
  const int other = ::open(place.request.store.directory.c_str(), O_RDONLY | O_DIRECTORY);
  CU_ASSERT_EQUAL_FATAL(::flock(other, LOCK_EX), 0);
  {
    const auto loaded = place.load();
    CU_ASSERT_FATAL(static_cast<bool>(loaded));
    CU_ASSERT_TRUE(loaded->compiled);
    CU_ASSERT_EQUAL(asn(*loaded), 64500);
  }
  // The one that was left behind is no obstacle to the next.
  tidy_left_behind();
  place.write("64501");
  const auto next = place.load();
  CU_ASSERT_FATAL(static_cast<bool>(next));
  CU_ASSERT_EQUAL(asn(*next), 64501);
  ::close(other);
  await_left_behind();
  CU_ASSERT_EQUAL(place.files(), 2);
  CU_ASSERT_TRUE(static_cast<bool>(place.load()));
  await_left_behind();
}

}  // namespace

int main() {
  return ip2asn::test::run("idle time",
                           {
                               {"loads what load_cached does", loads_what_load_cached_does},
                               {"tells what load_cached does", tells_what_load_cached_does},
                               {"does without a thread that stands still", does_without_a_thread_that_stands_still},
                           });
}
