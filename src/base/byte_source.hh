// Where the bytes of a source come from: a file or memory, plain or packed, one pull interface for all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_stamp.hh"
#include "base/result.hh"
#include "base/unique_fd.hh"
#include "base/unpack.hh"

namespace ip2asn {

/// A stream of bytes, read once from start to end by one thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the front of `out` and returns how much; 0 at the end only.
  virtual Result<std::size_t> read(std::span<char> out) = 0;
};

/// A regular file, opened without waiting and never mapped. The end is reported only when the file is still as it was
/// at the start.
class FileSource final : public ByteSource {
 public:
  static Result<std::unique_ptr<FileSource>> open(const std::string& path);
  Result<std::size_t> read(std::span<char> out) override;
  const FileStamp& stamp() const noexcept { return stamp_; }
  /// How much has been read so far; may be asked by any thread.
  std::uint64_t bytes_read() const noexcept { return bytes_read_.load(std::memory_order_relaxed); }

 private:
  FileSource(UniqueFd fd, std::string path, const FileStamp& stamp)
      : fd_(std::move(fd)), path_(std::move(path)), stamp_(stamp) {}
  UniqueFd fd_;
  std::string path_;
  FileStamp stamp_;
  std::atomic<std::uint64_t> bytes_read_ = 0;
};

/// Bytes that somebody else owns.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : rest_(bytes) {}
  Result<std::size_t> read(std::span<char> out) override;

 private:
  std::string_view rest_;
};

/// How much text is taken from one source of bytes.
struct TextLimits {
  std::uint64_t max_bytes = 512ull << 20;  ///< most bytes, unpacked
  std::uint32_t max_ratio = 200;           ///< most bytes out for one packed byte in
};

/// The text of a source: its bytes as they are, or unpacked when they begin as a packing does (see unpack.hh). Any
/// number of complete members may follow each other (in zip, one file is all); anything else behind one, a cut member,
/// a wrong checksum, or more output than the limits allow is an error.
class TextSource final : public ByteSource {
 public:
  /// `raw` and `name` outlive this.
  TextSource(ByteSource& raw, std::string_view name, const TextLimits& limits);
  Result<std::size_t> read(std::span<char> out) override;

 private:
  enum class State { start, plain, member, between, end };

  Result<bool> refill();
  Result<std::size_t> start(std::span<char> out);
  Result<std::size_t> read_plain(std::span<char> out);
  Result<std::size_t> read_packed(std::span<char> out);
  Result<std::size_t> count(std::size_t produced);
  Error damaged(std::string_view reason) const;

  ByteSource& raw_;
  std::string_view name_;
  TextLimits limits_;
  State state_ = State::start;
  std::vector<char> input_;
  std::size_t input_at_ = 0;
  std::size_t input_size_ = 0;
  bool raw_ended_ = false;
  Packing packing_ = Packing::none;
  std::unique_ptr<Unpacker> unpacker_;
  std::uint64_t in_ = 0;
  std::uint64_t out_ = 0;
};

/// The whole text of the regular file at `path`, unpacked.
Result<std::string> read_text(const std::string& path, const TextLimits& limits);

}  // namespace ip2asn
