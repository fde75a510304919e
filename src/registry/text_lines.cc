#include "registry/text_lines.hh"

#include <algorithm>
#include <cstring>
#include <span>

namespace ip2asn {

Result<bool> TextLines::next(std::string_view& line) {
  line_.clear();
  bool any = false;
  while (true) {
    if (begin_ == end_) {
      if (!ended_) {
        const Result<std::size_t> size = bytes_.read(std::span(buffer_.data(), buffer_.size()));
        if (!size) return size.error();
        ended_ = *size == 0;
        begin_ = 0;
        end_ = *size;
      }
      if (ended_) {
        if (!any) return false;
        cut_ = true;
        break;
      }
    }
    if (!any) ++number_;
    any = true;
    const char* const from = buffer_.data() + begin_;
    const void* const newline = std::memchr(from, '\n', end_ - begin_);
    const std::size_t size =
        newline != nullptr ? static_cast<std::size_t>(static_cast<const char*>(newline) - from) : end_ - begin_;
    const std::size_t kept = std::min(size, kLongest - line_.size());
    begin_ += size + (newline != nullptr ? 1 : 0);
    if (newline != nullptr && line_.empty()) {
      line = {from, kept};
      if (line.ends_with('\r')) line.remove_suffix(1);
      return true;
    }
    line_.append(from, kept);
    if (newline != nullptr) break;
  }
  line = line_;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

}  // namespace ip2asn
