// Buffered output whose errors do not get lost.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>

namespace ip2asn::cli {

/// Collects text and writes it to a descriptor that it does not own. The first error is kept; what is written after it
/// goes nowhere, so a caller may look at good() now and then and need not look at every call.
class Output {
 public:
  explicit Output(int descriptor = STDOUT_FILENO) : descriptor_(descriptor) { buffer_.reserve(kBufferBytes + 4096); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kBufferBytes) flush();
  }
  /// The buffer itself, for those who format in place; call write("") after a while, so that it does not grow.
  std::string& buffer() noexcept { return buffer_; }

  void flush();
  bool good() const noexcept { return error_ == 0; }

  /// Flushes and closes the descriptor. When anything went wrong, says so as `title` and returns kUnreadable, otherwise
  /// kFine.
  int finish(std::string_view title);

 private:
  static constexpr std::size_t kBufferBytes = 64 * 1024;
  int descriptor_;
  int error_ = 0;
  std::string buffer_;
};

}  // namespace ip2asn::cli
