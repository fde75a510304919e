// Runs every fuzzing target on its seeds and on what was found before: t/fuzz/corpus/<target>/*. With arguments (a
// target and files) it runs that target on those files.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "targets.hh"

namespace {

using namespace ip2asn::fuzz;

constexpr struct {
  const char* name;
  void (*run)(Input);
} kTargets[] = {{"address", address},   {"bulk", bulk},    {"gzip", gzip}, {"hosters", hosters},
                {"image", image},       {"lists", lists},  {"mmdb", mmdb}, {"names", names},
#ifdef WITH_REGISTRIES
                {"registry", registry},
#endif
                {"request", request},   {"source", source}};

void run_file(void (*run)(Input), const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  // Of exactly this size, so that a sanitizer sees a byte read behind it.
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  run(input);
}

}  // namespace

int main(int argc, char** argv) {
  for (const auto& target : kTargets) {
    if (argc > 1 && std::strcmp(argv[1], target.name) != 0) continue;
    std::vector<std::string> paths(argv + std::min(argc, 2), argv + argc);
    if (argc <= 1) {
      const char* top = std::getenv("srcdir");
      const std::string corpus = std::string(top != nullptr ? top : ".") + "/t/fuzz/corpus/" + target.name;
      for (const auto& entry : std::filesystem::directory_iterator(corpus)) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
      std::fprintf(stderr, "%s\n", path.c_str());  // the last one names what stopped the program
      run_file(target.run, path);
    }
    std::printf("%s: %zu inputs\n", target.name, paths.size());
    if (paths.empty()) return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
