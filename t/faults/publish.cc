// publish SOURCE CACHE: makes and announces one generation as a server's child does, and prints what came of it. For
// scripts/test-faults.
#include <cstdio>
#include <vector>

#include "serve/refresh.hh"

using namespace ip2asn;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::vector<char> memory(ControlBlock::memory_size());
  ControlBlock& block = *ControlBlock::create(memory.data());
  CacheRequest request;
  request.recipe.sources = {argv[1]};
  request.store.directory = argv[2];
  // A file counts as it is when two looks have found it so.
  const RefreshSettings settings = {1'000'000'000, 5, 1};
  (void)refresh(block, request, settings, nullptr, {1, 0}, 0);
  const auto report = refresh(block, request, settings, nullptr, {10'000'000'000, 0}, 0);
  if (report.outcome != RefreshOutcome::published) {
    std::printf("refused: %s\n", report.remarks.empty() ? "" : report.remarks.front().error.message.c_str());
    return block.latest(1) ? 3 : 1;
  }
  const auto opened = open_cached(block.latest(1)->digest, request.store);
  std::printf("%s\n", opened ? opened->path.c_str() : opened.error().message.c_str());
  return opened ? 0 : 1;
}
