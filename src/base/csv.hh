// One line of CSV (RFC 4180) into its fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ip2asn {

/// Splits lines of comma-separated values, or of another delimiter. A quoted field ends on its line: line breaks inside
/// quotes are not joined. Keeps its memory from line to line; not thread-safe.
class CsvLine {
 public:
  explicit CsvLine(char delimiter) : delimiter_(delimiter) {}

  /// Takes `line`, without its end, apart. False when a quote is not closed, or something follows the closing one.
  bool split(std::string_view line);

  /// The fields of the last line, without their quotes; valid until the next split() and as long as the line.
  const std::vector<std::string_view>& fields() const noexcept { return fields_; }

 private:
  std::string_view unquote(std::string_view text);

  char delimiter_;
  std::vector<std::string_view> fields_;
  std::vector<std::string> unquoted_;  // of fields in which quotes were doubled
  std::size_t unquoted_count_ = 0;
};

}  // namespace ip2asn
