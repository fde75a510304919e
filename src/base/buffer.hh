// Memory for what is laid out at multiples of a cache line.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ip2asn {

/// Owns bytes that begin at a multiple of 64, as Image::open wants them to. Moves, does not copy.
class ImageBuffer {
 public:
  ImageBuffer() = default;
  /// `size` bytes, all 0. Throws std::bad_alloc.
  explicit ImageBuffer(std::size_t size) : blocks_((size + sizeof(Block) - 1) / sizeof(Block)), size_(size) {}
  ImageBuffer(ImageBuffer&&) = default;
  ImageBuffer& operator=(ImageBuffer&&) = default;

  std::span<std::byte> bytes() noexcept { return {data(), size_}; }
  std::span<const std::byte> bytes() const noexcept { return {const_cast<ImageBuffer*>(this)->data(), size_}; }

 private:
  struct alignas(64) Block {
    std::byte bytes[64];
  };
  std::byte* data() noexcept { return reinterpret_cast<std::byte*>(blocks_.data()); }
  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace ip2asn
