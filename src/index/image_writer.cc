#include "index/image_writer.hh"

#include <cstring>

#include "base/checksum.hh"
#include "index/image.hh"

namespace ip2asn {

Result<Done> BufferSink::begin(std::size_t size) {
  buffer_ = ImageBuffer(size);
  return Done{};
}

Result<Done> BufferSink::append(std::span<const std::byte> bytes) {
  if (!bytes.empty()) std::memcpy(buffer_.bytes().data() + at_, bytes.data(), bytes.size());
  at_ += bytes.size();
  return Done{};
}

Result<Done> BufferSink::finish(const ImageHeader& header) {
  std::memcpy(buffer_.bytes().data(), &header, sizeof header);
  return Done{};
}

Result<Done> ImageWriter::write(ImageHeader header, ImageSink& sink) {
  std::uint64_t at = aligned(sizeof(ImageHeader));
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    header.sections[i].offset = at;
    header.sections[i].size = parts_[i].bytes.size();
    at = aligned(at + parts_[i].bytes.size());
  }
  if (auto done = sink.begin(static_cast<std::size_t>(at)); !done) return done;
  static constexpr std::byte kZeros[kSectionAlignment] = {};
  std::uint64_t written = sizeof(ImageHeader);
  const auto pad = [&] {
    const std::uint64_t room = aligned(written) - written;
    written += room;
    return sink.append(std::span(kZeros).first(static_cast<std::size_t>(room)));
  };
  if (auto done = pad(); !done) return done;
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    header.sections[i].checksum = checksum(parts_[i].bytes);
    if (auto done = sink.append(parts_[i].bytes); !done) return done;
    written += parts_[i].bytes.size();
    parts_[i] = {};
    if (auto done = pad(); !done) return done;
  }
  std::memcpy(header.magic, kImageMagic, sizeof(kImageMagic));
  header.version = kImageVersion;
  header.section_count = kSectionCount;
  header.size = at;
  header.content_id = content_id_of(header);
  header.checksum = header_checksum(header);
  return sink.finish(header);
}

}  // namespace ip2asn
