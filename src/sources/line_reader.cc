#include <algorithm>
#include <cstring>
#include <utility>

#include "sources/reader.hh"

namespace ip2asn {
namespace {

// As much of an overlong line as a finding tells.
constexpr std::size_t kTold = 256;

}  // namespace

Result<Done> LineReader::feed(std::string_view block) {
  if (const std::size_t nul = block.find('\0'); nul != std::string_view::npos) {
    const auto lines =
        static_cast<std::uint64_t>(std::count(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(nul), '\n'));
    return sink_.damaged("line " + std::to_string(sink_.line() + lines + 1) + ": holds a NUL byte; this is not text");
  }
  if (auto error = sink_.too_large()) return *std::move(error);
  if (carry_.empty() && !over_long_) {
    whole_lines(block);
    return Done{};
  }

  // Complete the line that the last block left unfinished.
  const std::size_t newline = block.find('\n');
  const std::string_view rest = block.substr(0, newline);
  if (!over_long_) {
    if (carry_.size() + rest.size() > sink_.options().max_line_bytes) {
      over_long_ = true;
      carry_.resize(std::min<std::size_t>(carry_.size(), kTold));
    } else {
      carry_ += rest;
    }
  }
  if (newline == std::string_view::npos) return Done{};
  finish_line();
  whole_lines(block.substr(newline + 1));
  return Done{};
}

void LineReader::whole_lines(std::string_view text) {
  while (true) {
    const auto* end = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
    if (text.empty() || end == nullptr) break;
    const auto size = static_cast<std::size_t>(end - text.data());
    add_line(text.substr(0, size));
    text.remove_prefix(size + 1);
  }
  flush();
  if (text.size() > sink_.options().max_line_bytes) {
    over_long_ = true;
    text = text.substr(0, kTold);
  }
  carry_ = text;
}

void LineReader::add_line(std::string_view line) {
  if (line.size() > sink_.options().max_line_bytes) {
    flush();
    too_long(line.substr(0, kTold));
    return;
  }
  batch_[count_] = line;
  if (++count_ == kBatch) flush();
}

void LineReader::flush() {
  if (count_ != 0) take(std::span(batch_).first(std::exchange(count_, 0)));
}

void LineReader::too_long(std::string_view beginning) {
  sink_.next_row();
  sink_.add(Finding::line_too_long, beginning);
}

void LineReader::finish_line() {
  const std::string last = std::exchange(carry_, {});
  if (std::exchange(over_long_, false)) return too_long(last);
  add_line(last);
  flush();
}

Result<Done> LineReader::finish() {
  if (!carry_.empty() || over_long_) finish_line();
  return Done{};
}

}  // namespace ip2asn
