#include "index/image_format.hh"

#include "base/hash.hh"

namespace ip2asn {

std::uint64_t header_checksum(ImageHeader header) {
  header.checksum = 0;
  return XXH3_64bits(&header, sizeof(header));
}

std::uint64_t content_id_of(const ImageHeader& header) {
  std::uint64_t checksums[kSectionSources + 1] = {header.version};
  for (std::size_t i = 0; i < kSectionSources; ++i) checksums[i + 1] = header.sections[i].checksum;
  return XXH3_64bits(checksums, sizeof(checksums));
}

}  // namespace ip2asn
