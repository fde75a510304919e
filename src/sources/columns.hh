// What the members and columns of other people's data mean, told by their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ip2asn {

enum class Column : std::uint8_t {
  network,  ///< a prefix or an address
  first,    ///< of a range
  last,
  asn,
  name,     ///< the AS's
  country,  ///< the AS's. Where a network is used (IPinfo's country_code) is not the AS's country, and not taken
  weight,   ///< how many peers see a route
  text,     ///< a class, or anything else that is known and not used
};
inline constexpr std::size_t kColumns = 8;

/// The column that `name` stands for, in any case and with blanks, '-' or '_' between words, or none.
std::optional<Column> column_of(std::string_view name);

/// An AS number as data has it: "13335" or "AS13335"; nothing, "-", "None" or "0" for "not announced", which is 0.
std::optional<std::uint32_t> parse_origin(std::string_view text) noexcept;

}  // namespace ip2asn
