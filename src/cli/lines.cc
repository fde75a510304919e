#include "cli/lines.hh"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ip2asn::cli {

LineReader::LineReader(int descriptor, void (*before_wait)(void*), void* context)
    : descriptor_(descriptor), before_wait_(before_wait), context_(context), buffer_(kLongestLine) {}

bool LineReader::next(std::string_view& line) {
  std::size_t searched = 0;
  for (;;) {
    const char* const from = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    if (const void* end = std::memchr(from + searched, '\n', size - searched)) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - from);
      begin_ += length + 1;
      searched = 0;
      if (skipping_) {
        skipping_ = false;
        continue;
      }
      line = {from, length};
      ++line_number_;
      cut_ = false;
      return true;
    }
    if (skipping_) begin_ = end_;
    searched = end_ - begin_;
    if (searched == buffer_.size()) {
      line = {from, size};
      begin_ = end_;
      ++line_number_;
      cut_ = skipping_ = true;
      return true;
    }
    if (fill()) continue;
    if (begin_ == end_) return false;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    ++line_number_;
    cut_ = false;
    return true;
  }
}

// Adds to the buffer what one read brings; false when there is no more.
bool LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  before_wait_(context_);
  for (;;) {
    const ssize_t size = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
    if (size > 0) {
      end_ += static_cast<std::size_t>(size);
      bytes_read_ += static_cast<std::uint64_t>(size);
      return true;
    }
    if (size == 0) return false;
    if (errno != EINTR) {
      error_ = errno;
      return false;
    }
  }
}

}  // namespace ip2asn::cli
