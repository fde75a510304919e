// The writer of images: from finished sections to bytes.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "base/buffer.hh"
#include "base/result.hh"
#include "index/image_format.hh"

namespace ip2asn {

/// Where an image goes while it is written, so that it need not stand in memory twice. Called in this order; an error
/// is final.
class ImageSink {
 public:
  ImageSink() = default;
  virtual ~ImageSink() = default;
  ImageSink(const ImageSink&) = delete;
  ImageSink& operator=(const ImageSink&) = delete;

  /// Room for an image of so many bytes, header included. May throw std::bad_alloc.
  virtual Result<Done> begin(std::size_t size) = 0;
  /// The next bytes of what is behind the header.
  virtual Result<Done> append(std::span<const std::byte> bytes) = 0;
  /// The header, when all else is there.
  virtual Result<Done> finish(const ImageHeader& header) = 0;
};

/// An image in memory of this process's own.
class BufferSink final : public ImageSink {
 public:
  Result<Done> begin(std::size_t size) override;
  Result<Done> append(std::span<const std::byte> bytes) override;
  Result<Done> finish(const ImageHeader& header) override;

  ImageBuffer& buffer() noexcept { return buffer_; }

 private:
  ImageBuffer buffer_;
  std::size_t at_ = sizeof(ImageHeader);
};

/// Lays sections out one behind the other.
class ImageWriter {
 public:
  /// Takes over the items of a section, a vector, and lets go of them when they are written.
  template <class Items>
  void set(SectionId id, Items items) {
    const auto owner = std::make_shared<Items>(std::move(items));
    parts_[id] = {std::as_bytes(std::span(*owner)), owner};
  }

  /// Writes the image, and is empty afterwards; of `header` the counts, rows and time are given. Throws std::bad_alloc.
  Result<Done> write(ImageHeader header, ImageSink& sink);

 private:
  struct Part {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
  };
  std::array<Part, kSectionCount> parts_;
};

}  // namespace ip2asn
