#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "cunit_main.hh"
#include "image_sample.hh"
#include "image_walk.hh"
#include "index/image.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::Bytes;
using ip2asn::test::is_repeated;
using ip2asn::test::listing_image;
using ip2asn::test::opens;
using ip2asn::test::Random;
using ip2asn::test::small_image;
using ip2asn::test::walk;

// Whether to spend minutes, or half an hour with sanitizers. In any case the directories of the indexes, which are most
// of a small image and all alike, are sampled, but then closer.
bool thorough() { return std::getenv("IP2ASN_TEST_THOROUGH") != nullptr; }

// The section that byte `at` lies in, or kSectionCount for the header and what pads the sections.
std::size_t section_of(const ImageHeader& header, std::size_t at) {
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    if (at >= header.sections[i].offset && at < header.sections[i].offset + header.sections[i].size) return i;
  }
  return kSectionCount;
}

// Calls f(byte, mask) for one bit in `share`, of what repeats for those of four bytes in `span`; returns how many they
// were.
template <class F>
std::size_t each_bit(std::size_t share, std::size_t span, F&& f) {
  std::size_t count = 0;
  const auto image = small_image().bytes();
  for (std::size_t at = 0; at < image.size(); ++at) {
    if (at % span > 3 && is_repeated(image, at)) continue;
    for (std::size_t bit = 0; bit < 8; ++bit) {
      if ((at * 8 + bit) % share != at % share) continue;
      f(at, std::byte{1} << bit);
      ++count;
    }
  }
  return count;
}

void every_flipped_bit_is_rejected() {
  Bytes bytes(small_image().bytes());
  std::size_t accepted = 0;
  const std::size_t tried = each_bit(1, thorough() ? 512 : 4096, [&](std::size_t at, std::byte mask) {
    bytes.data()[at] ^= mask;
    accepted += opens(bytes.all());
    bytes.data()[at] ^= mask;
  });
  std::printf("(%zu bits) ", tried);
  CU_ASSERT_EQUAL(accepted, 0);
  CU_ASSERT(tried >= 32'768);
  CU_ASSERT_TRUE(opens(bytes.all()));
}

void every_truncation_is_rejected() {
  const auto whole = small_image().bytes();
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) accepted += opens(whole.first(size));
  std::printf("(%zu lengths) ", whole.size());
  CU_ASSERT_EQUAL(accepted, 0);
  CU_ASSERT(whole.size() >= 32'768);
  // In a block of its own, so that a byte read too far is seen.
  for (const std::size_t size :
       {0ul, 1ul, 7ul, 8ul, 12ul, sizeof(ImageHeader) - 1, sizeof(ImageHeader), whole.size() - 1}) {
    const std::unique_ptr<std::byte[]> place(new (std::align_val_t{64}) std::byte[size]);
    std::memcpy(place.get(), whole.data(), size);
    CU_ASSERT_FALSE(opens({place.get(), size}));
    ::operator delete[](const_cast<std::unique_ptr<std::byte[]>&>(place).release(), std::align_val_t{64});
  }
}

void with_checksums_made_again_a_flipped_bit_leads_nowhere_outside() {
  Bytes bytes(small_image().bytes());
  const ImageHeader original = bytes.header();
  std::size_t accepted = 0;
  const std::size_t tried = each_bit(thorough() ? 1 : 2, thorough() ? 1024 : 2048, [&](std::size_t at, std::byte mask) {
    bytes.data()[at] ^= mask;
    bytes.seal(section_of(original, at));
    if (const auto image = Image::open(bytes.all())) {
      ++accepted;
      walk(*image, 509);
    }
    bytes.data()[at] ^= mask;
    bytes.header() = original;
  });
  std::printf("(%zu bits, %zu accepted) ", tried, accepted);
  CU_ASSERT(accepted > 0 && accepted < tried);
  CU_ASSERT(tried >= 32'768);
  CU_ASSERT_TRUE(opens(bytes.all()));
}

void with_checksums_made_again_garbage_leads_nowhere_outside() {
  Random random(17);
  Bytes bytes(listing_image().bytes());
  const std::string original(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t accepted = 0;
  const int rounds = thorough() ? 20'000 : 2000;
  for (int round = 0; round < rounds; ++round) {
    // One to four numbers of 1 to 8 bytes, in one section, become small, huge or another's.
    const std::size_t section = random.below(kSectionCount);
    const SectionEntry entry = bytes.header().sections[section];
    const auto size = static_cast<std::uint32_t>(entry.size);
    for (std::uint32_t n = random.below(4) + 1; n > 0 && size >= 8; --n) {
      const std::size_t width = std::size_t{1} << random.below(4);
      std::size_t at = random.below(size - 7) / width * width;
      // Of what is alike there is much; the rest is more telling.
      while (random.below(8) != 0 && is_repeated(listing_image().bytes(), entry.offset + at))
        at = random.below(size - 7) / width * width;
      std::uint64_t value = random.bits64();
      switch (random.below(4)) {
        case 0:
          value %= 16;
          break;
        case 1:
          value = ~(value % 16);
          break;
        case 2:
          std::memcpy(&value, original.data() + entry.offset + random.below(size - 7), 8);
          break;
        default:
          break;
      }
      std::memcpy(bytes.data() + entry.offset + at, &value, width);
    }
    bytes.seal(section);
    if (const auto image = Image::open(bytes.all())) {
      ++accepted;
      walk(*image, 509);
    }
    std::memcpy(bytes.data() + entry.offset, original.data() + entry.offset, entry.size);
    std::memcpy(bytes.data(), original.data(), sizeof(ImageHeader));
  }
  std::printf("(%d images, %zu accepted) ", rounds, accepted);
  CU_ASSERT(accepted > 0);
  CU_ASSERT_TRUE(opens(bytes.all()));
}

}  // namespace

int main() {
  return ip2asn::test::run("image, damaged", {
                                                 {"every flipped bit is rejected", every_flipped_bit_is_rejected},
                                                 {"every truncation is rejected", every_truncation_is_rejected},
                                                 {"with checksums made again, a flipped bit leads nowhere outside",
                                                  with_checksums_made_again_a_flipped_bit_leads_nowhere_outside},
                                                 {"with checksums made again, garbage leads nowhere outside",
                                                  with_checksums_made_again_garbage_leads_nowhere_outside},
                                             });
}
