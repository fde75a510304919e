#include "index/image_reader.hh"

#include <cstdint>
#include <cstring>
#include <string>

#include "base/system_error.hh"

namespace ip2asn {

Error damaged_image(std::string_view reason) {
  return {Errc::damaged, "is a damaged index (" + std::string(reason) + "); compile it again"};
}

bool is_image(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= sizeof(kImageMagic) && std::memcmp(bytes.data(), kImageMagic, sizeof(kImageMagic)) == 0;
}

Result<Image> ImageReader::read(std::span<const std::byte> bytes) {
  ImageReader reader(bytes);
  if (auto error = reader.check_header()) return *std::move(error);
  if (auto error = reader.check_places()) return *std::move(error);
  Image image;
  image.bytes_ = bytes;
  if (!reader.take_all(image)) return damaged_image("size of a section");
  return image;
}

std::optional<Error> check_header(const ImageHeader& header, std::uint64_t size) {
  if (std::memcmp(header.magic, kImageMagic, sizeof(kImageMagic)) != 0) return damaged_image("wrong magic number");
  if (header.version != kImageVersion) {
    const bool newer = header.version > kImageVersion;
    return Error{Errc::version, "is an index of format version " + std::to_string(header.version) + ", of " +
                                    (newer ? "a newer" : "an older") + " ip2asn than this one, which reads version " +
                                    std::to_string(kImageVersion) +
                                    (newer ? "; upgrade this one, or compile the index again with the ip2asn beside it"
                                           : "; upgrade the ip2asn that made it, and compile it again")};
  }
  if (header_checksum(header) != header.checksum) return damaged_image("checksum of the header");
  if (header.size != size) return damaged_image("size");
  if (size > kMostImageBytes) return Error{Errc::limit, "is larger than any index"};
  if (header.section_count != kSectionCount) return damaged_image("number of sections");
  if (header.content_id != content_id_of(header)) return damaged_image("content id");
  if (header.data_time < kFirstDataTime || header.data_time > kLastDataTime) return damaged_image("time of the data");
  if (header.reserved != 0) return damaged_image("reserved bytes of the header");
  return std::nullopt;
}

std::optional<Error> ImageReader::check_header() {
  if (bytes_.size() < sizeof(ImageHeader)) return damaged_image("shorter than its header");
  if (reinterpret_cast<std::uintptr_t>(bytes_.data()) % kImageAlignment != 0) {
    return Error{Errc::argument, "an image must begin at a multiple of 64 bytes in memory"};
  }
  header_ = reinterpret_cast<const ImageHeader*>(bytes_.data());
  return ip2asn::check_header(*header_, bytes_.size());
}

std::optional<Error> ImageReader::check_places() const {
  std::uint64_t at = aligned(sizeof(ImageHeader));
  if (at > bytes_.size()) return damaged_image("shorter than its header");
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    const SectionEntry& section = header_->sections[i];
    if (section.offset != at || section.size > bytes_.size() - at) {
      return damaged_image("place of section " + std::string(kSectionNames[i]));
    }
    at = aligned(at + section.size);
    if (at > bytes_.size()) return damaged_image("end of section " + std::string(kSectionNames[i]));
  }
  if (at != bytes_.size()) return damaged_image("bytes after the last section");
  return std::nullopt;
}

bool ImageReader::take_all(Image& image) const {
  const auto take_family = [&](auto& family, SectionId index, SectionId starts, SectionId postings, SectionId groups) {
    return take_index(index, family.index) && take(starts, family.starts) && take(postings, family.postings) &&
           take(groups, family.groups);
  };
  const auto take_list_index = [&](SectionId id, auto& index) {
    return section(id).empty() || take_index(id, index.emplace());
  };
  std::span<const char> strings;
  if (!take(kSectionStrings, strings) || strings.empty()) return false;
  image.strings_ = strings.data();
  return take_family(image.v4_, kSectionIndex4, kSectionStarts4, kSectionPostings4, kSectionGroups4) &&
         take_family(image.v6_, kSectionIndex6, kSectionStarts6, kSectionPostings6, kSectionGroups6) &&
         take(kSectionAsns, image.asns_) && take(kSectionRecords, image.records_) &&
         take(kSectionByAsn, image.by_asn_) && take(kSectionHosters, image.hosters_) &&
         take(kSectionLists, image.lists_) && take(kSectionListGroups, image.list_groups_) &&
         take(kSectionListMembers, image.list_members_) && take(kSectionListSpace4, image.list_space4_) &&
         take_list_index(kSectionListIndex4, image.list_index4_) &&
         take_list_index(kSectionListIndex6, image.list_index6_);
}

Result<Image> Image::trust(std::span<const std::byte> bytes) {
  return guarded("opening an index", "", [&] { return ImageReader::read(bytes); });
}

}  // namespace ip2asn
