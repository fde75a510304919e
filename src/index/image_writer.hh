// The writer of images: from finished sections to bytes.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "base/buffer.hh"
#include "index/image_format.hh"

namespace ip2asn {

/// Lays sections out one behind the other.
class ImageWriter {
 public:
  /// `items` outlive write().
  template <class T>
  void set(SectionId id, const std::vector<T>& items) {
    parts_[id] = std::as_bytes(std::span(items));
  }

  /// The image; of `header` the counts, rows and time are given. Throws std::bad_alloc.
  ImageBuffer write(ImageHeader header) const;

 private:
  std::array<std::span<const std::byte>, kSectionCount> parts_;
};

}  // namespace ip2asn
