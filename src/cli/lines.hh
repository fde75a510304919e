// Lines from a descriptor, as they come.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ip2asn::cli {

/// Reads lines through one buffer of fixed size. Before it waits for more input it calls `before_wait`, so that answers
/// to what has been read so far can be sent on their way.
class LineReader {
 public:
  /// A longer line is given in part, and marked so.
  static constexpr std::size_t kLongestLine = 64 * 1024;

  LineReader(int descriptor, void (*before_wait)(void* context), void* context);

  /// The next line without its end, valid until the next call; false at the end of input and after an error.
  bool next(std::string_view& line);

  std::uint64_t line_number() const noexcept { return line_number_; }  ///< of the last line, from 1
  bool cut() const noexcept { return cut_; }                           ///< the last line is longer than kLongestLine
  std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  int error() const noexcept { return error_; }  ///< errno of the read that failed, or 0

 private:
  bool fill();

  int descriptor_;
  void (*before_wait_)(void*);
  void* context_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t line_number_ = 0, bytes_read_ = 0;
  bool cut_ = false, skipping_ = false;
  int error_ = 0;
};

}  // namespace ip2asn::cli
