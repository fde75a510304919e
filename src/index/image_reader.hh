// The outside of an image: its header, and where its parts are. What the parts hold is not looked at here.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "index/image.hh"
#include "index/image_format.hh"

namespace ip2asn {

Error damaged_image(std::string_view reason);

/// What is wrong with a header of an image of `size` bytes, or nothing. Its sections are not looked at.
std::optional<Error> check_header(const ImageHeader& header, std::uint64_t size);

class ImageReader {
 public:
  /// A view of `bytes` whose header is good and whose sections lie inside; their checksums and contents may be wrong.
  static Result<Image> read(std::span<const std::byte> bytes);

 private:
  explicit ImageReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::optional<Error> check_header();
  std::optional<Error> check_places() const;
  bool take_all(Image& image) const;

  std::span<const std::byte> section(SectionId id) const { return section_of(bytes_, *header_, id); }

  template <class T>
  bool take(SectionId id, std::span<const T>& items) const {
    const auto bytes = section(id);
    items = {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
    return bytes.size() % sizeof(T) == 0;
  }

  template <class Index>
  bool take_index(SectionId id, Index& index) const {
    const auto bytes = section(id);
    if (bytes.size() < Index::kLeastBytes) return false;
    index = Index::trust(bytes);
    return true;
  }

  std::span<const std::byte> bytes_;
  const ImageHeader* header_ = nullptr;
};

}  // namespace ip2asn
