// The checksum: the same number, whatever the processor.
#include "base/checksum.hh"

#include <vector>

#include "base/hash.hh"
#include "cunit_main.hh"

using namespace ip2asn;

namespace {

void it_is_xxh3_for_every_length_and_place() {
  std::vector<std::byte> bytes(100'000);
  std::uint32_t state = 1;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
  const auto is_right = [&](std::size_t at, std::size_t size) {
    return checksum({bytes.data() + at, size}) == XXH3_64bits(bytes.data() + at, size);
  };
  std::size_t wrong = 0;
  for (std::size_t size = 0; size < 3000; ++size) {
    for (const std::size_t at : {0, 1, 7, 32}) wrong += !is_right(at, size);
  }
  for (std::size_t size = 3000; size < bytes.size() - 8; size += 991) wrong += !is_right(size % 8, size);
  CU_ASSERT_EQUAL(wrong, 0);
}

}  // namespace

int main() {
  return test::run("checksum", {{"it is XXH3 for every length and place", it_is_xxh3_for_every_length_and_place}});
}
