#include "ip2asn/image.hh"

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hh"
#include "core/image_format.hh"
#include "cunit_main.hh"
#include "image_walk.hh"
#include "support.hh"

namespace {

using namespace ip2asn;
using ip2asn::test::compile_text;
using ip2asn::test::holds;
using ip2asn::test::name_of;
using ip2asn::test::Random;
using ip2asn::test::same;
using ip2asn::test::walk;

// Bytes at the start of a block that ends where they do, so that a sanitizer sees each byte that is read behind them.
class Bytes {
 public:
  explicit Bytes(std::span<const std::byte> bytes) : size_(bytes.size()) {
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(kImageAlignment, (size_ + 63) / 64 * 64)));
    std::memcpy(data_.get(), bytes.data(), size_);
  }
  std::span<const std::byte> all() const { return {data_.get(), size_}; }
  std::byte* data() { return data_.get(); }
  std::size_t size() const { return size_; }
  ImageHeader& header() { return *reinterpret_cast<ImageHeader*>(data_.get()); }
  // As if a hostile writer had made the image: `section`'s checksum, and with it the header's.
  void seal(std::size_t section) {
    if (section < kSectionCount) {
      SectionEntry& entry = header().sections[section];
      if (entry.offset <= size_ && entry.size <= size_ - entry.offset) {
        entry.checksum = XXH3_64bits(data_.get() + entry.offset, entry.size);
      }
    }
    header().content_id = content_id_of(header());
    header().checksum = header_checksum(header());
  }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_;
};

// Small, with every kind of slice in both indexes: inline and pooled leaves, fine and deep slices, nodes.
std::string small_source() {
  std::string text =
      "0.0.0.0\t0.0.0.0\t1\tUS\tFIRST\n"
      "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n"
      "1.0.4.0\t1.0.7.255\t38803\tAU\tf\xC3\xBCr\n"
      "255.255.255.255\t255.255.255.255\t2\tNone\tLAST\n"
      "2001:db8::\t2001:db8:ffff:ffff:ffff:ffff:ffff:ffff\t4\tDE\tDOC\n"
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t6\tUS\tLAST6\n";
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i), net = "9.1." + n + ".";
    text += net + "0\t" + net + "127\t" + std::to_string(i % 5 + 100) + "\tUS\tNET " + std::to_string(i % 5) + '\n';
    text += "2001:db8:" + n + "::\t2001:db8:" + n + ":7::\t" + std::to_string(i % 5 + 100) + "\tUS\tNET " +
            std::to_string(i % 5) + '\n';
    text += "2001:db8:0:0:1:" + n + "::\t2001:db8:0:0:1:" + n + "::" + n + "\t7\tUS\tDEEP\n";
    text += "10.0.0." + std::to_string(i * 3) + "\t10.0.0." + std::to_string(i * 3 + 1) + "\t8\tUS\tFINE\n";
  }
  return text;
}

ImageBuffer make_image(std::initializer_list<std::string_view> lists) {
  Findings findings;
  const auto hosters = HosterMap::parse("example cloud AS13335 \"net 3\"\nother cdn AS4\n", "m");
  LocalData local;
  for (const std::string_view list : lists) {
    const std::string name(1, static_cast<char>('a' + local.lists.size()));
    auto parsed = parse_list(list, name, name, findings);
    if (!parsed) std::abort();
    local.lists.push_back(*std::move(parsed));
  }
  const auto table = read_source_bytes(small_source(), "s", {}, findings);
  if (!table) std::abort();
  auto compiled = compile(*table, *hosters, {}, findings, local);
  if (!compiled) std::abort();
  return *std::move(compiled);
}

// With lists of ASes, which add little to its size.
const ImageBuffer& small_image() {
  static const ImageBuffer buffer = make_image({"AS4\nAS100\n", "AS100\n", "# none\n"});
  return buffer;
}

// Twice as large: networks have indexes of their own.
const ImageBuffer& listing_image() {
  static const ImageBuffer buffer =
      make_image({"AS4\nAS100\n9.1.0.0/23\n2001:db8::/44\n", "AS100\n9.1.1.0/25\n::1\n", "# none\n"});
  return buffer;
}

bool opens(std::span<const std::byte> bytes) { return static_cast<bool>(Image::open(bytes)); }

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

// Whether the cache line at `at` is the same as the one before: an entry of a directory among many that are alike.
bool is_repeated(std::span<const std::byte> image, std::size_t at) {
  const std::byte* line = image.data() + at / 64 * 64;
  return at >= 64 && std::memcmp(line, line - 64, 64) == 0;
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

void with_checksums_made_again_a_flipped_bit_leads_nowhere_outside() {
  Bytes bytes(small_image().bytes());
  const ImageHeader original = bytes.header();
  std::size_t accepted = 0;
  const std::size_t tried = each_bit(thorough() ? 1 : 2, thorough() ? 1024 : 4096, [&](std::size_t at, std::byte mask) {
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
      {"a description outside", kSectionRecords, 12, 4, 0xFFFFFFF0},
      {"a description that wraps", kSectionRecords, 12, 4, 0xFFFFFFFF},
      {"a description that ends elsewhere", kSectionRecords, 12 + 6, 1, 2},
      {"a hoster outside", kSectionRecords, 12 + 4, 2, 0xFFFF},
      {"a country of one letter", kSectionRecords, 12 + 8, 1, 0},
      {"a country in lower case", kSectionRecords, 12 + 7, 1, 'u'},
      {"a country without an end", kSectionRecords, 12 + 9, 1, 'X'},
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
      {"a record in a set outside", kSectionRecordLists, 4, 4, 0x7FFFFFFF},
      {"an index of networks with a set outside", kSectionListIndex4, 0, 4, 0xFFFFFFFF},
      {"an index of IPv6 networks with a set outside", kSectionListIndex6, 0, 4, 0xFFFFFFFF},
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
      // Sources are for people; what nobody points at may be more, or, as list c, less; and lists of records and
      // networks there need not be.
      const bool free =
          i == kSectionSources || (i == kSectionStrings && by > 0) || (i == kSectionHosters && by > 0 && by % 8 == 0) ||
          (i == kSectionLists && by == -4) ||
          (resized.empty() && (i == kSectionRecordLists || i == kSectionListIndex4 || i == kSectionListIndex6));
      if (image) walk(*image, 509);
      CU_ASSERT(holds(static_cast<bool>(image) == free, std::string(kSectionNames[i]) + ' ' + std::to_string(by)));
    }
  }
}

void lists_are_found_by_name() {
  const auto image = Image::open(listing_image().bytes());
  CU_ASSERT_FATAL(static_cast<bool>(image));
  CU_ASSERT(image->find_list("b") == ListId{1});
  for (const std::string_view name : {"", "0", "aa", "d", "bb"}) CU_ASSERT_FALSE(image->find_list(name).has_value());
}

}  // namespace

int main() {
  return ip2asn::test::run("image",
                           {
                               {"an image opens, and all that it holds can be asked for",
                                an_image_opens_and_all_that_it_holds_can_be_asked_for},
                               {"a trusted image answers as an opened one", a_trusted_image_answers_as_an_opened_one},
                               {"every flipped bit is rejected", every_flipped_bit_is_rejected},
                               {"every truncation is rejected", every_truncation_is_rejected},
                               {"bytes behind an image and a crooked start are rejected",
                                bytes_behind_an_image_and_a_crooked_start_are_rejected},
                               {"with checksums made again, a flipped bit leads nowhere outside",
                                with_checksums_made_again_a_flipped_bit_leads_nowhere_outside},
                               {"with checksums made again, garbage leads nowhere outside",
                                with_checksums_made_again_garbage_leads_nowhere_outside},
                               {"a header that lies is rejected", a_header_that_lies_is_rejected},
                               {"a section that lies is rejected", a_section_that_lies_is_rejected},
                               {"a section of another size is rejected", a_section_of_another_size_is_rejected},
                               {"lists are found by name", lists_are_found_by_name},
                           });
}
