#include "base/unpack.hh"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/unpack_zip.hh"
#ifdef HAVE_LIBLZMA
#include <lzma.h>
#endif
#ifdef HAVE_LIBZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LIBBZ2
#include <bzlib.h>
#endif

namespace ip2asn {
namespace {

using namespace std::literals;

Error out_of_memory() { return {Errc::memory, "out of memory while unpacking"}; }
Error bad(std::string_view format, std::string_view reason) {
  return {Errc::damaged, "holds bad " + std::string(format) + " data (" + std::string(reason) + ")"};
}

class Gzip final : public Unpacker {
 public:
  ~Gzip() override {
    if (ready_) inflateEnd(&stream_);
  }

  Result<Step> step(std::span<const char> in, std::span<char> out) override {
    if (!inside_) {
      // 15 + 16: the largest window, and a gzip header and trailer that zlib checks itself.
      if ((ready_ ? inflateReset(&stream_) : inflateInit2(&stream_, 15 + 16)) != Z_OK) return out_of_memory();
      ready_ = inside_ = true;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(in.size(), std::numeric_limits<uInt>::max()));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max()));
    const uInt had = stream_.avail_in, room = stream_.avail_out;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) return out_of_memory();
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return bad("gzip", stream_.msg != nullptr ? stream_.msg : "corrupt");
    }
    inside_ = status != Z_STREAM_END;
    return Step{had - stream_.avail_in, room - stream_.avail_out, !inside_};
  }

 private:
  z_stream stream_{};
  bool ready_ = false, inside_ = false;
};

#ifdef HAVE_LIBLZMA
class Xz final : public Unpacker {
 public:
  ~Xz() override { lzma_end(&stream_); }

  Result<Step> step(std::span<const char> in, std::span<char> out) override {
    constexpr std::uint64_t kMemory = std::uint64_t{128} << 20;  // xz -9 takes 65 MiB
    if (!inside_ && lzma_stream_decoder(&stream_, kMemory, 0) != LZMA_OK) return out_of_memory();
    inside_ = true;
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret status = lzma_code(&stream_, LZMA_RUN);
    if (status == LZMA_MEM_ERROR) return out_of_memory();
    if (status == LZMA_MEMLIMIT_ERROR) return bad("xz", "it takes more than 128 MiB to unpack");
    if (status != LZMA_OK && status != LZMA_STREAM_END && status != LZMA_BUF_ERROR) return bad("xz", "corrupt");
    inside_ = status != LZMA_STREAM_END;
    return Step{in.size() - stream_.avail_in, out.size() - stream_.avail_out, !inside_};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool inside_ = false;
};
#endif

#ifdef HAVE_LIBZSTD
class Zstd final : public Unpacker {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    if (stream_ != nullptr) ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindow);
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }

  Result<Step> step(std::span<const char> in, std::span<char> out) override {
    if (stream_ == nullptr) return out_of_memory();
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t status = ZSTD_decompressStream(stream_, &to, &from);
    if (ZSTD_isError(status) != 0) return bad("Zstandard", ZSTD_getErrorName(status));
    return Step{from.pos, to.pos, status == 0};
  }

 private:
  static constexpr int kWindow = 27;  // 128 MiB: what the program zstd allows as well
  ZSTD_DStream* stream_;
};
#endif

#ifdef HAVE_LIBBZ2
class Bzip2 final : public Unpacker {
 public:
  ~Bzip2() override { end(); }

  Result<Step> step(std::span<const char> in, std::span<char> out) override {
    if (!inside_ && BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) return out_of_memory();
    inside_ = true;
    constexpr std::size_t kMost = std::numeric_limits<unsigned>::max();
    stream_.next_in = const_cast<char*>(in.data());
    stream_.avail_in = static_cast<unsigned>(std::min(in.size(), kMost));
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(std::min(out.size(), kMost));
    const unsigned had = stream_.avail_in, room = stream_.avail_out;
    const int status = BZ2_bzDecompress(&stream_);
    if (status == BZ_MEM_ERROR) return out_of_memory();
    if (status != BZ_OK && status != BZ_STREAM_END) return bad("bzip2", "corrupt");
    const Step step{had - stream_.avail_in, room - stream_.avail_out, status == BZ_STREAM_END};
    if (step.ended) end();
    return step;
  }

 private:
  void end() {
    if (std::exchange(inside_, false)) BZ2_bzDecompressEnd(&stream_);
  }

  bz_stream stream_{};
  bool inside_ = false;
};
#endif

[[maybe_unused]] Error not_built(std::string_view name, std::string_view command) {
  return {Errc::version, "is packed with " + std::string(name) + ", which this build cannot read; unpack it with " +
                             std::string(command)};
}

}  // namespace

Packing packing_of(std::string_view head) noexcept {
  if (head.starts_with("\x1f\x8b"sv)) return Packing::gzip;
  if (head.starts_with("\xFD"
                       "7zXZ\0"sv)) {
    return Packing::xz;
  }
  if (head.starts_with("\x28\xB5\x2F\xFD"sv)) return Packing::zstd;
  // "BZh" may begin a word of text; a block, or the end of a stream, comes behind it.
  if (head.starts_with("BZh"sv) && head.size() >= kPackingBytes &&
      (head.substr(4).starts_with("1AY&SY"sv) || head.substr(4).starts_with("\x17\x72\x45\x38\x50\x90"sv))) {
    return Packing::bzip2;
  }
  if (head.starts_with("PK\x03\x04"sv)) return Packing::zip;
  return Packing::none;
}

std::string_view name_of(Packing packing) noexcept {
  constexpr std::string_view kNames[] = {"no", "gzip", "xz", "Zstandard", "bzip2", "zip"};
  return kNames[static_cast<std::size_t>(packing)];
}

Result<std::unique_ptr<Unpacker>> make_unpacker(Packing packing) {
  switch (packing) {
    case Packing::gzip:
      return std::unique_ptr<Unpacker>(new Gzip);
    case Packing::xz:
#ifdef HAVE_LIBLZMA
      return std::unique_ptr<Unpacker>(new Xz);
#else
      return not_built("xz", "xz -d");
#endif
    case Packing::zstd:
#ifdef HAVE_LIBZSTD
      return std::unique_ptr<Unpacker>(new Zstd);
#else
      return not_built("Zstandard", "zstd -d");
#endif
    case Packing::bzip2:
#ifdef HAVE_LIBBZ2
      return std::unique_ptr<Unpacker>(new Bzip2);
#else
      return not_built("bzip2", "bzip2 -d");
#endif
    case Packing::zip:
      return make_zip_unpacker();
    case Packing::none:
      break;
  }
  return Error{Errc::argument, "is not packed"};
}

}  // namespace ip2asn
