#include "ip2asn/image.hh"

#include <cstring>
#include <string>
#include <vector>

#include "core/hash.hh"
#include "core/image_format.hh"
#include "ip2asn/compile.hh"
#include "ip2asn/source.hh"
#include "targets.hh"
#include "unit/image_walk.hh"

namespace ip2asn::fuzz {
namespace {

// Every kind of slice in both families.
ImageBuffer make_base() {
  std::string text =
      "0.0.0.0\t0.0.0.0\t1\tUS\tFIRST\n255.255.255.255\t255.255.255.255\t2\tNone\tLAST\n"
      "::\t::\t3\tUS\tFIRST\nffff::\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t4\tUS\tLAST\n";
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i), asn = std::to_string(i % 7 + 10);
    text += "9.1." + n + ".0\t9.1." + n + ".127\t" + asn + "\tUS\tNET\n";
    text += "10.0.0." + std::to_string(i * 3) + "\t10.0.0." + std::to_string(i * 3 + 1) + '\t' + asn + "\tUS\tNET\n";
    text += "2001:db8:" + n + "::\t2001:db8:" + n + ":7::\t" + asn + "\tUS\tNET\n";
    text += "2001:db8:0:0:1:" + n + "::\t2001:db8:0:0:1:" + n + "::" + n + '\t' + asn + "\tUS\tNET\n";
  }
  Findings findings;
  const auto table = read_source_bytes(text, "s", {}, findings);
  require(static_cast<bool>(table), "the base's source");
  auto hosters = HosterMap::parse("example cloud AS10\nother cdn \"net\"\n", "m");
  auto buffer = compile(*table, *hosters, {}, findings);
  require(static_cast<bool>(buffer), "the base");
  return *std::move(buffer);
}

void seal(std::span<std::byte> bytes) {
  auto& header = *reinterpret_cast<ImageHeader*>(bytes.data());
  for (SectionEntry& entry : header.sections) {
    if (entry.offset > bytes.size() || entry.size > bytes.size() - entry.offset) continue;
    entry.checksum = XXH3_64bits(bytes.data() + entry.offset, entry.size);
  }
  header.content_id = content_id_of(header);
  header.checksum = header_checksum(header);
}

void ask(std::span<const std::byte> bytes) {
  const auto image = Image::open(bytes);
  if (image) test::walk(*image, 2053);
  if (!image) require(!image.error().message.empty(), "an error says why");
}

}  // namespace

// Changes of twelve bytes each: section (or header), where in it, width, value. Then the checksums are made to fit.
void image(Input input) {
  static const ImageBuffer base = make_base();
  static ImageBuffer changed(base.bytes().size());
  const std::span<std::byte> bytes = changed.bytes();
  std::memcpy(bytes.data(), base.bytes().data(), bytes.size());
  const auto sections = reinterpret_cast<const ImageHeader*>(base.bytes().data())->sections;
  for (Input rest = input; rest.size() >= 12; rest = rest.subspan(12)) {
    const std::size_t section = rest[0] % (kSectionCount + 1);
    const std::uint64_t begin = section < kSectionCount ? sections[section].offset : 0;
    const std::uint64_t size = section < kSectionCount ? sections[section].size : sizeof(ImageHeader);
    std::uint32_t at = 0;
    std::memcpy(&at, rest.data() + 1, 3);
    const std::size_t width = std::size_t{1} << rest[4] % 4;
    if (size < width) continue;
    // The upper half counts from the end, where the slices lie.
    const std::uint64_t place =
        (at & 0x800000) != 0 ? size - width - (at & 0x7FFFFF) % (size - width + 1) : at % (size - width + 1);
    std::memcpy(bytes.data() + begin + place, rest.data() + 4, width);
  }
  seal(bytes);
  ask(bytes);
  // As it is, whole and behind a header that fits.
  ImageBuffer raw(input.size());
  if (!input.empty()) std::memcpy(raw.bytes().data(), input.data(), input.size());
  ask(raw.bytes());
  if (input.size() < sizeof(ImageHeader)) return;
  seal(raw.bytes());
  ask(raw.bytes());
}

}  // namespace ip2asn::fuzz
