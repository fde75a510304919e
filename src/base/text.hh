// Text from registries, made safe to keep.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ip2asn {

/// Longest description that is kept, in bytes.
inline constexpr std::size_t kMaxDescription = 255;

struct RepairedText {
  std::string text;
  bool repaired = false;   ///< something was replaced
  bool shortened = false;  ///< something was cut
};

/// Replaces what must not reach a log, a terminal or a page by U+FFFD: bytes that are not UTF-8 (one mark for each
/// maximal subpart, as Unicode 3.9 recommends), control characters (C0, DEL, C1) and bidi controls (U+061C, U+200E,
/// U+200F, U+202A–U+202E, U+2066–U+2069); then cuts to `max_bytes` at a character boundary. Everything else stays: each
/// output encodes for itself.
RepairedText repair_text(std::string_view text, std::size_t max_bytes = kMaxDescription);

/// repair_text() without a limit: for what goes into files and pages, whose texts come from anywhere.
inline std::string clean_text(std::string_view text) { return repair_text(text, std::string_view::npos).text; }

/// Whether repair_text would return `text` as it is. Fast: for the common case of clean ASCII.
bool is_clean(std::string_view text, std::size_t max_bytes = kMaxDescription) noexcept;

/// Whether all of `texts`, a NUL between them, are clean, however long they are. For megabytes of mostly ASCII.
bool are_clean(std::string_view texts) noexcept;

/// Without blanks, tabs and line ends at either end.
std::string_view trimmed(std::string_view text) noexcept;

/// `text` between quotation marks for a message: repaired, and at most 60 bytes of it.
std::string quoted(std::string_view text);

}  // namespace ip2asn
