#include "index/image.hh"

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "cunit_main.hh"
#include "image_sample.hh"
#include "image_walk.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::Bytes;
using ip2asn::test::compile_text;
using ip2asn::test::holds;
using ip2asn::test::listing_image;
using ip2asn::test::opens;
using ip2asn::test::small_image;
using ip2asn::test::walk;

void an_image_opens_and_all_that_it_holds_can_be_asked_for() {
  const Bytes bytes(listing_image().bytes());
  const auto image = Image::open(bytes.all());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  CU_ASSERT_NOT_EQUAL(walk(*image), 0);
  CU_ASSERT(holds(image->list_count() == 3, "lists"));
  CU_ASSERT(holds(image->index4().shape().slices > 2 && image->index6().shape().slices > 2, "all kinds of slices"));
  std::uint64_t sum = 0;
  for (const auto& section : image->sections()) sum += section.bytes;
  CU_ASSERT(holds(sum < bytes.size() && sum + 64 * kSectionCount + sizeof(ImageHeader) > bytes.size(), "sections"));
}

void a_trusted_image_answers_as_an_opened_one() {
  Bytes bytes(listing_image().bytes());
  const auto opened = Image::open(bytes.all());
  const auto trusted = Image::trust(bytes.all());
  CU_ASSERT_FATAL(opened && trusted);
  CU_ASSERT_EQUAL(walk(*trusted), walk(*opened));
  // Its header is looked at all the same.
  for (std::size_t at = 0; at < sizeof(ImageHeader); ++at) {
    bytes.data()[at] ^= std::byte{1};
    CU_ASSERT_FALSE(static_cast<bool>(Image::trust(bytes.all())));
    bytes.data()[at] ^= std::byte{1};
  }
  for (const std::size_t size : {std::size_t{0}, sizeof(ImageHeader), bytes.size() - 64}) {
    CU_ASSERT_FALSE(static_cast<bool>(Image::trust(bytes.all().first(size))));
  }
}

void bytes_behind_an_image_and_a_crooked_start_are_rejected() {
  const auto whole = small_image().bytes();
  std::vector<std::byte> more(whole.size() + 128);
  auto* start = reinterpret_cast<std::byte*>((reinterpret_cast<std::uintptr_t>(more.data()) + 63) / 64 * 64);
  std::memcpy(start, whole.data(), whole.size());
  CU_ASSERT_TRUE(opens({start, whole.size()}));
  CU_ASSERT_FALSE(opens({start, whole.size() + 1}));
  CU_ASSERT_FALSE(opens({start, whole.size() + 64}));
  std::memmove(start + 8, start, whole.size());
  const auto crooked = Image::open({start + 8, whole.size()});
  CU_ASSERT(holds(!crooked && crooked.error().code == Errc::argument, "not at a multiple of 64"));
}

// So large that two threads check it, a family each.
void a_large_image_opens_unless_either_family_is_damaged() {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    const std::string net =
        std::to_string(16 + i / 65536) + '.' + std::to_string(i / 256 % 256) + '.' + std::to_string(i % 256) + '.';
    const std::string number = std::to_string(1 + i % 60'000);
    text += net + "0\t" + net + "255\t" + number + "\tUS\tNETWORK " + number + '\n';
  }
  Findings findings;
  const auto buffer = compile_text(text + "2001:db8::\t2001:db8::ffff\t4\tDE\tDOC\n", findings);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  Bytes bytes(buffer->bytes());
  CU_ASSERT(holds(bytes.size() > 4u << 20, "large"));
  CU_ASSERT_TRUE(opens(bytes.all()));
  for (const SectionId section : {kSectionStarts4, kSectionStarts6, kSectionRecords}) {
    std::byte& first = bytes.data()[bytes.header().sections[section].offset];
    first ^= std::byte{1};
    bytes.seal(section);
    CU_ASSERT(holds(!opens(bytes.all()), kSectionNames[section]));
    first ^= std::byte{1};
    bytes.seal(section);
  }
  CU_ASSERT_TRUE(opens(bytes.all()));
}

void lists_are_found_by_name() {
  const auto image = Image::open(listing_image().bytes());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  CU_ASSERT(image->find_list("b") == ListId{1});
  for (const std::string_view name : {"", "0", "aa", "d", "bb"}) CU_ASSERT_FALSE(image->find_list(name).has_value());
}

// Indexes are kept over upgrades of the software, and believed by the format's number. When this fails, what an image
// is made of or how it is laid out has changed: raise kImageVersion (index/image.hh), and record here the new number
// with the digest that the failure prints.
void what_an_image_consists_of_changes_with_its_number_alone() {
  constexpr std::uint32_t kRecordedVersion = 4;
  constexpr std::uint64_t kRecordedDigest = 0x151dcecc0d485b91;
  const auto bytes = listing_image().bytes();
  const std::uint64_t digest = XXH3_64bits(bytes.data(), bytes.size());
  const bool recorded = kImageVersion == kRecordedVersion && digest == kRecordedDigest;
  if (!recorded) std::printf(" format %u has the digest 0x%016" PRIx64 " ", kImageVersion, digest);
  CU_ASSERT_TRUE(recorded);
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "image",
      {
          {"an image opens, and all that it holds can be asked for",
           an_image_opens_and_all_that_it_holds_can_be_asked_for},
          {"a trusted image answers as an opened one", a_trusted_image_answers_as_an_opened_one},
          {"bytes behind an image and a crooked start are rejected",
           bytes_behind_an_image_and_a_crooked_start_are_rejected},
          {"a large image opens unless either family is damaged", a_large_image_opens_unless_either_family_is_damaged},
          {"lists are found by name", lists_are_found_by_name},
          {"what an image consists of changes with its number alone",
           what_an_image_consists_of_changes_with_its_number_alone},
      });
}
