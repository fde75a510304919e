// Words of a line of a log, for those who make out its shape.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace ip2asn::cli {

inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Behind the quoted string that begins at `at`; the end of the text where it does not end. Servers escape a quotation
/// mark inside by a backslash, or write it as \x22.
inline std::size_t end_of_quoted(std::string_view text, std::size_t at) noexcept {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

/// Cuts the next word off `text`: up to a blank, or a quoted string with its quotation marks. Empty at the end.
inline std::string_view take_word(std::string_view& text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  std::size_t end = text[begin] == '"' ? end_of_quoted(text, begin) : text.find_first_of(" \t", begin);
  if (end > text.size()) end = text.size();
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

/// A count of bytes as logs have it: "-" for none; the largest number for one that is larger.
inline std::optional<std::uint64_t> byte_count(std::string_view word) noexcept {
  if (word == "-") return 0;
  if (word.starts_with('+')) word.remove_prefix(1);
  std::uint64_t bytes = 0;
  const char* const end = word.data() + word.size();
  const auto [rest, problem] = std::from_chars(word.data(), end, bytes);
  if (problem == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return problem == std::errc() && rest == end ? std::optional(bytes) : std::nullopt;
}

}  // namespace ip2asn::cli
