#include "cli/gzip.hh"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace ip2asn::cli {

Result<std::vector<std::byte>> gzip(std::span<const std::byte> bytes) {
  constexpr int kGzipFormat = 16;
  constexpr int kMemoryLevel = 8;
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipFormat, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Error{Errc::memory, "out of memory while compressing"};
  }
  const auto end = [](z_stream* ended) { deflateEnd(ended); };
  const std::unique_ptr<z_stream, decltype(end)> ends(&stream, end);

  std::vector<std::byte> packed(deflateBound(&stream, bytes.size()));
  std::size_t read = 0, written = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t in = std::min(kMost, bytes.size() - read);
    const std::size_t out = std::min(kMost, packed.size() - written);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data() + read));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(packed.data() + written);
    stream.avail_out = static_cast<uInt>(out);
    state = deflate(&stream, read + in == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    read += in - stream.avail_in;
    written += out - stream.avail_out;
  }
  if (state != Z_STREAM_END) return Error{Errc::limit, "the output could not be compressed"};
  packed.resize(written);
  return packed;
}

}  // namespace ip2asn::cli
