// One entry of a list, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "net/address.hh"

namespace ip2asn {

/// An AS (0 for what nobody announces), a network, or the reason why a word is neither.
using ListEntry = std::variant<std::uint32_t, Range, std::string>;

/// Reads the whole of `word`: an AS number, an address, a prefix, or a range "first-last". IPv4-mapped networks become
/// IPv4.
ListEntry parse_list_entry(std::string_view word);

/// The range of two addresses, or why they are none.
ListEntry list_range(const Address& first, const Address& last, std::string_view word);

/// The two addresses of "first-last"; nothing when `word` is not of that shape.
std::optional<Range> split_range(std::string_view word);

/// The length of a network mask such as 255.255.255.0.
std::optional<int> mask_length(const Address& mask) noexcept;

}  // namespace ip2asn
