#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "cunit_main.hh"
#include "image_sample.hh"
#include "image_walk.hh"
#include "index/image.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::Bytes;
using ip2asn::test::holds;
using ip2asn::test::listing_image;
using ip2asn::test::name_of;
using ip2asn::test::opens;
using ip2asn::test::same;
using ip2asn::test::walk;

// What a hostile writer could put into a header, each with a checksum that fits.
void a_header_that_lies_is_rejected() {
  struct {
    const char* name;
    void (*lie)(ImageHeader& header);
    Errc code;
  } const table[] = {
      {"magic", [](ImageHeader& h) { h.magic[0] = 'X'; }, Errc::damaged},
      {"an older version", [](ImageHeader& h) { h.version = 0; }, Errc::version},
      {"a newer version", [](ImageHeader& h) { h.version = kImageVersion + 1; }, Errc::version},
      {"fewer sections", [](ImageHeader& h) { --h.section_count; }, Errc::damaged},
      {"more sections", [](ImageHeader& h) { h.section_count = 1u << 31; }, Errc::damaged},
      {"smaller", [](ImageHeader& h) { h.size -= 64; }, Errc::damaged},
      {"larger", [](ImageHeader& h) { h.size += 64; }, Errc::damaged},
      {"a section before the start", [](ImageHeader& h) { h.sections[3].offset -= 64; }, Errc::damaged},
      {"a section behind the end", [](ImageHeader& h) { h.sections[3].offset = h.size; }, Errc::damaged},
      {"a section with a wrapping offset", [](ImageHeader& h) { h.sections[3].offset = ~0ull - 63; }, Errc::damaged},
      {"a section longer than all", [](ImageHeader& h) { h.sections[3].size = h.size; }, Errc::damaged},
      {"a section of a wrapping size", [](ImageHeader& h) { h.sections[3].size = ~0ull; }, Errc::damaged},
      {"a last section beyond the end", [](ImageHeader& h) { h.sections[kSectionCount - 1].size += 64; },
       Errc::damaged},
      {"an empty section", [](ImageHeader& h) { h.sections[kSectionAsns].size = 0; }, Errc::damaged},
      {"a section cut by a byte", [](ImageHeader& h) { --h.sections[kSectionRecords].size; }, Errc::damaged},
      {"time before the calendar", [](ImageHeader& h) { h.data_time = INT64_MIN; }, Errc::damaged},
      {"time behind the calendar", [](ImageHeader& h) { h.data_time = INT64_MAX; }, Errc::damaged},
      {"more ranges", [](ImageHeader& h) { ++h.v4.ranges; }, Errc::damaged},
      {"more ASes than ranges", [](ImageHeader& h) { h.v6.asns = h.v6.ranges + 1; }, Errc::damaged},
      {"addresses that are no number", [](ImageHeader& h) { h.v4.addresses = __builtin_nan(""); }, Errc::damaged},
      {"addresses below none", [](ImageHeader& h) { h.v4.addresses = -1; }, Errc::damaged},
      {"more addresses than there are", [](ImageHeader& h) { h.v6.addresses = 1e300; }, Errc::damaged},
      {"reserved bytes", [](ImageHeader& h) { h.reserved = 1; }, Errc::damaged},
  };
  for (const auto& row : table) {
    Bytes bytes(listing_image().bytes());
    row.lie(bytes.header());
    for (std::size_t i = 0; i < kSectionCount; ++i) bytes.seal(i);
    const auto image = Image::open(bytes.all());
    CU_ASSERT(holds(!image, row.name));
    if (!image) CU_ASSERT(same(name_of(image.error().code), name_of(row.code), row.name));
  }
}

// One wrong number in a section, with checksums that fit.
void a_section_that_lies_is_rejected() {
  struct {
    const char* name;
    SectionId section;
    std::size_t at, width;
    std::uint64_t value;
  } const table[] = {
      {"record 0 has an AS", kSectionAsns, 0, 4, 5},
      {"a record with another AS", kSectionRecords, 16, 4, 5},
      {"a description outside", kSectionRecords, 16 + 4, 4, 0xFFFFFFF0},
      {"a description that wraps", kSectionRecords, 16 + 4, 4, 0xFFFFFFFF},
      {"a description that ends elsewhere", kSectionRecords, 16 + 8, 1, 2},
      {"a record in a set outside", kSectionRecords, 16 + 9, 3, 0x7FFFFF},
      {"a record in a set just outside", kSectionRecords, 16 + 9, 3, 4},
      {"a hoster outside", kSectionRecords, 16 + 12, 2, 0xFFFF},
      {"a country in lower case", kSectionRecords, 16 + 14, 1, 'u'},
      {"a country of one letter", kSectionRecords, 16 + 15, 1, 0},
      {"a record outside", kSectionByAsn, 0, 4, 0x7FFFFFFF},
      {"records out of order", kSectionByAsn, 0, 4, 1},
      {"a hoster's name outside", kSectionHosters, 8, 4, 0x7FFFFFFF},
      {"a hoster's class outside", kSectionHosters, 12, 4, 0x7FFFFFFF},
      {"a first string that is not empty", kSectionStrings, 0, 1, 'X'},
      {"a newline in a string", kSectionStrings, 1, 1, '\n'},
      {"an escape in a string", kSectionStrings, 1, 1, 0x1B},
      {"a DEL in a string", kSectionStrings, 1, 1, 0x7F},
      {"half a character in a string", kSectionStrings, 1, 1, 0xC3},
      {"a byte that is no UTF-8", kSectionStrings, 1, 1, 0xFF},
      {"a bidi control in a string", kSectionStrings, 1, 3, 0xAE80E2},
      {"a first range that starts late", kSectionStarts4, 0, 4, 1},
      {"ranges out of order", kSectionStarts4, 4, 4, 0xFFFFFFFF},
      {"a range twice", kSectionStarts4, 4, 4, 0},
      {"a first IPv6 range that starts late", kSectionStarts6, 8, 8, 1},
      {"IPv6 ranges out of order", kSectionStarts6, 16, 8, ~0ull},
      {"a list's name outside", kSectionLists, 0, 4, 0x7FFFFFFF},
      {"a list without a name", kSectionLists, 0, 4, 0},
      {"a first set of lists that is not empty", kSectionListGroups, 4, 4, 1},
      {"sets of lists behind the end", kSectionListGroups, 8, 4, 0x7FFFFFFF},
      {"an empty set of lists", kSectionListGroups, 8, 4, 0},
      {"a set with a list outside", kSectionListMembers, 0, 2, 3},
      {"an index of networks with a set outside", kSectionListIndex4, 0, 4, 0xFFFFFFFF},
      {"an index of IPv6 networks with a set outside", kSectionListIndex6, 0, 4, 0xFFFFFFFF},
      {"a space of lists without one of their networks", kSectionListSpace4, 0x0901 / 64 * 8, 8, 0},
      {"a space of lists with what is in none", kSectionListSpace4, 0, 8, 1},
      {"a posting outside", kSectionPostings4, 0, 4, 0x7FFFFFFF},
      {"a posting just outside", kSectionPostings6, 0, 4, 0xFFFFFFFF},
      {"a first group that starts late", kSectionGroups4, 0, 4, 1},
      {"a group behind the end", kSectionGroups4, 8, 4, 0x7FFFFFFF},
      {"groups that fall", kSectionGroups6, 8, 4, 0xFFFFFFFF},
  };
  for (const auto& row : table) {
    Bytes bytes(listing_image().bytes());
    const SectionEntry& entry = bytes.header().sections[row.section];
    CU_ASSERT_FATAL(row.at + row.width <= entry.size);
    std::memcpy(bytes.data() + entry.offset + row.at, &row.value, row.width);
    bytes.seal(row.section);
    const auto image = Image::open(bytes.all());
    CU_ASSERT(holds(!image && image.error().code == Errc::damaged, row.name));
  }
  Bytes bytes(listing_image().bytes());
  const SectionEntry& strings = bytes.header().sections[kSectionStrings];
  bytes.data()[strings.offset + strings.size - 1] = std::byte{'X'};
  bytes.seal(kSectionStrings);
  CU_ASSERT_FALSE(opens(bytes.all()));
}

// The listing image with another content of one section, and everything else to fit.
ImageBuffer with_section(std::size_t changed, std::string_view content) {
  const auto whole = listing_image().bytes();
  ImageHeader header = *reinterpret_cast<const ImageHeader*>(whole.data());
  std::string bytes(aligned(sizeof header), '\0');
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    SectionEntry& entry = header.sections[i];
    const std::string_view old(reinterpret_cast<const char*>(whole.data()) + entry.offset, entry.size);
    const std::string_view now = i == changed ? content : old;
    entry = {bytes.size(), now.size(), XXH3_64bits(now.data(), now.size())};
    bytes += now;
    bytes.resize(aligned(bytes.size()));
  }
  header.size = bytes.size();
  header.content_id = content_id_of(header);
  header.checksum = header_checksum(header);
  std::memcpy(bytes.data(), &header, sizeof header);
  ImageBuffer buffer(bytes.size());
  std::memcpy(buffer.bytes().data(), bytes.data(), bytes.size());
  return buffer;
}

void a_section_of_another_size_is_rejected() {
  const auto whole = listing_image().bytes();
  const ImageHeader header = *reinterpret_cast<const ImageHeader*>(whole.data());
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    const SectionEntry& entry = header.sections[i];
    const std::string content(reinterpret_cast<const char*>(whole.data()) + entry.offset, entry.size);
    CU_ASSERT(holds(opens(with_section(i, content).bytes()), "made again as it was"));
    for (const int by : {-1'000'000, -64, -16, -12, -8, -4, -2, -1, 1, 2, 4, 8, 12, 16, 64}) {
      std::string resized = content;
      resized.resize(by < 0 ? resized.size() - std::min<std::size_t>(resized.size(), static_cast<std::size_t>(-by))
                            : resized.size() + static_cast<std::size_t>(by));
      const ImageBuffer buffer = with_section(i, resized);
      const auto image = Image::open(buffer.bytes());
      // Sources are for people; what nobody points at may be more, or, as list c, less; and IPv6 networks in lists
      // there need not be.
      const bool free = i == kSectionSources || (i == kSectionStrings && by > 0) ||
                        (i == kSectionHosters && by > 0 && by % 8 == 0) || (i == kSectionLists && by == -4) ||
                        (resized.empty() && i == kSectionListIndex6);
      if (image) walk(*image, 509);
      CU_ASSERT(holds(static_cast<bool>(image) == free, std::string(kSectionNames[i]) + ' ' + std::to_string(by)));
    }
  }
}

}  // namespace

int main() {
  return ip2asn::test::run("image, lying",
                           {
                               {"a header that lies is rejected", a_header_that_lies_is_rejected},
                               {"a section that lies is rejected", a_section_that_lies_is_rejected},
                               {"a section of another size is rejected", a_section_of_another_size_is_rejected},
                           });
}
