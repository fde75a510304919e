// The door that libFuzzer and AFL++ (as afl-clang-fast++ -fsanitize=fuzzer) come in by; FUZZ_TARGET is one of
// targets.hh.
#include <ctime>

#include "targets.hh"

namespace {

// The processor's time: on the clock's, a machine with other work makes any input slow.
double seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const double begun = seconds();
  ip2asn::fuzz::FUZZ_TARGET({data, size});
  ip2asn::fuzz::require(seconds() - begun < 1, "an input takes less than a second");
  return 0;
}
