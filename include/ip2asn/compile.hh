// The compiler: from the rows of sources to the bytes of an image.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ip2asn/findings.hh"
#include "ip2asn/hoster_map.hh"
#include "ip2asn/local_data.hh"
#include "ip2asn/result.hh"
#include "ip2asn/source.hh"

namespace ip2asn {

/// Owns bytes that begin where Image::open wants them to. Moves, does not copy.
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

/// Compiles `table` to an image. Rows may come in any order, and the result depends on it only where one range is given
/// to different ASes. Where ranges nest, the most specific wins; of exact duplicates one is kept. What cannot be kept
/// is skipped and counted in `findings`: of ranges that overlap without nesting the one that starts later, of the same
/// range with different ASes the row that is later in the sources. Then the share of skipped rows is judged as for
/// sources (see source.hh), and a table without an announced row is an error (Errc::empty). What `local` adds goes into
/// the same image; two lists of one name, or two overrides of one network that differ, are an error.
Result<ImageBuffer> compile(const Table& table, const HosterMap& hosters, const SourceOptions& options,
                            Findings& findings, const LocalData& local = {});

class Image;

/// What compile() would have made of the sources of `image` with `local` added. The hosters are those of the image. An
/// image that has lists already is an error.
Result<ImageBuffer> recompile(const Image& image, const LocalData& local);

}  // namespace ip2asn
