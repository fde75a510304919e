#include "index/image.hh"

#include <cstring>

#include "base.hh"
#include "base/hash.hh"
#include "compile/compile.hh"
#include "index/image_format.hh"
#include "targets.hh"
#include "unit/image_walk.hh"

namespace ip2asn::fuzz {
namespace {

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
  const std::span<const std::byte> base = base_image().bytes();
  static ImageBuffer changed(base.size());
  const std::span<std::byte> bytes = changed.bytes();
  std::memcpy(bytes.data(), base.data(), bytes.size());
  const auto sections = reinterpret_cast<const ImageHeader*>(base.data())->sections;
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
