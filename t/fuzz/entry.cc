// The door that libFuzzer and AFL++ (as afl-clang-fast++ -fsanitize=fuzzer) come in by; FUZZ_TARGET is one of
// targets.hh.
#include "targets.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ip2asn::fuzz::FUZZ_TARGET({data, size});
  return 0;
}
