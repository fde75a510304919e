// How much memory a process needs to make an index: the arrays of a compilation go as they have served, and the image
// is written where it stays. A small container has the former index at the same time.
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <string>

#include "base/files.hh"
#include "cunit_main.hh"
#include "store/cache.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

constexpr int kRanges = 200'000;
constexpr int kNetworks = 40'000;

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// A field of /proc/self/status, in bytes; 0 when there is none.
std::size_t status(const std::string& field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(field + ':')) return std::stoul(line.substr(field.size() + 1)) * 1024;
  }
  return 0;
}

// Sets the highest memory to what it is now; false where the system does not do that.
bool forget_highest() {
  std::ofstream file("/proc/self/clear_refs");
  file << '5' << std::flush;
  return file && status("VmHWM") <= status("VmRSS") + (1u << 20);
}

std::string source() {
  std::string text;
  for (int i = 0; i < kRanges; ++i) {
    const std::string network =
        std::to_string(1 + i / 65536) + '.' + std::to_string(i / 256 % 256) + '.' + std::to_string(i % 256) + '.';
    const std::string asn = std::to_string(i % kNetworks + 1);
    text.append(network).append("0\t").append(network).append("255\t").append(asn);
    text.append("\tDE\tNETWORK-").append(asn).append(" Example Company ").append(asn).append("\n");
  }
  return text;
}

// In a process of its own: what it took at most beyond what it had before, in images; 0 when that cannot be found out.
double images_needed(const CacheRequest& request) {
  int ends[2];
  CU_ASSERT_FATAL(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    double images = 0;
    if (forget_highest()) {
      const std::size_t before = status("VmRSS");
      Findings findings;
      const auto loaded = load_cached(request, file_clock_ns(), findings);
      if (!loaded || !loaded->compiled) ::_exit(1);
      images = static_cast<double>(status("VmHWM") - before) / static_cast<double>(loaded->image.bytes().size());
    }
    ::_exit(::write(ends[1], &images, sizeof images) == sizeof images ? 0 : 1);
  }
  ::close(ends[1]);
  double images = -1;
  CU_ASSERT_EQUAL(::read(ends[0], &images, sizeof images), static_cast<ssize_t>(sizeof images));
  ::close(ends[0]);
  int ended = 0;
  CU_ASSERT_EQUAL(::waitpid(child, &ended, 0), child);
  CU_ASSERT_EQUAL(ended, 0);
  return images;
}

void takes_little_more_than_the_index() {
  if (kSanitized) return;
  // The index itself is 1; it was 6 when all arrays were kept to the end.
  constexpr double kMostImages = 2.6;
  TemporaryDirectory directory;
  CacheRequest request;
  request.recipe.sources = {directory / "source.tsv"};
  write_bytes(request.recipe.sources[0], source());
  for (const auto use : {Mapping::Use::inherit, Mapping::Use::hand_over}) {
    request.store.use = use;
    request.store.directory = directory / (use == Mapping::Use::inherit ? "inherited" : "handed-over");
    const double images = images_needed(request);
    std::printf("(%.2f images) ", images);
    CU_ASSERT_TRUE(images >= 0 && images <= kMostImages);
  }
}

}  // namespace

int main() {
  return ip2asn::test::run("memory of a compilation",
                           {{"takes little more than the index", takes_little_more_than_the_index}});
}
