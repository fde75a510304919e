// What a log is by its first bytes.
#pragma once

#include <string>
#include <string_view>

namespace ip2asn::cli {

/// Whether more bytes are needed to tell: there is not a line yet, or there are bytes that text seldom has.
bool kind_is_open(std::string_view start) noexcept;

bool is_gzip(std::string_view start) noexcept;

/// Why what begins with `start` cannot be read as a log, and what to do about it; empty for text and gzip. Everything
/// that is there should be given: text is told from other data by its first kilobytes.
std::string refusal(std::string_view start);

}  // namespace ip2asn::cli
