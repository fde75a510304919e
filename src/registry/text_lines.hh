// Lines of a stream of bytes that may hold anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_source.hh"
#include "base/result.hh"

namespace ip2asn {

/// Not thread-safe. Memory: the longest line, at most kLongest; what a longer one has beyond that is left out.
class TextLines {
 public:
  static constexpr std::size_t kLongest = 64 << 10;

  explicit TextLines(ByteSource& bytes) : bytes_(bytes) { buffer_.resize(kChunk); }

  /// The next line without its end ("\n" or "\r\n"); valid until the next call. False at the end.
  Result<bool> next(std::string_view& line);
  std::uint64_t number() const noexcept { return number_; }
  /// The last line had no end.
  bool cut() const noexcept { return cut_; }

 private:
  static constexpr std::size_t kChunk = 1 << 18;

  ByteSource& bytes_;
  std::string buffer_;
  std::string line_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t number_ = 0;
  bool ended_ = false, cut_ = false;
};

}  // namespace ip2asn
