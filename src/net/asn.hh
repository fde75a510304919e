// AS numbers in text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ip2asn {

/// Reads the whole of `text` as an AS number in asplain (RFC 5396), 0 to 4294967295, with or without "AS" (in any case)
/// before it: "AS64500" or "64500". No sign, no leading zeros, no blanks. Any thread.
std::optional<std::uint32_t> parse_asn(std::string_view text) noexcept;

/// Two ASCII letters as two capitals, or nullopt. That a country of this code exists is not asked.
struct CountryCode {
  char letters[3] = {};
  constexpr operator std::string_view() const noexcept { return {letters, 2}; }
};
std::optional<CountryCode> parse_country(std::string_view text) noexcept;

}  // namespace ip2asn
