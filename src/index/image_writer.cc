#include "index/image_writer.hh"

#include <cstring>

#include "base/checksum.hh"
#include "index/image.hh"

namespace ip2asn {

ImageBuffer ImageWriter::write(ImageHeader header) const {
  std::uint64_t at = aligned(sizeof(ImageHeader));
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    header.sections[i].offset = at;
    header.sections[i].size = parts_[i].size();
    header.sections[i].checksum = checksum(parts_[i]);
    at = aligned(at + parts_[i].size());
  }
  std::memcpy(header.magic, kImageMagic, sizeof(kImageMagic));
  header.version = kImageVersion;
  header.section_count = kSectionCount;
  header.size = at;
  header.content_id = content_id_of(header);
  header.checksum = header_checksum(header);
  ImageBuffer buffer(static_cast<std::size_t>(at));
  std::byte* out = buffer.bytes().data();
  std::memcpy(out, &header, sizeof(header));
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    if (!parts_[i].empty()) std::memcpy(out + header.sections[i].offset, parts_[i].data(), parts_[i].size());
  }
  return buffer;
}

}  // namespace ip2asn
