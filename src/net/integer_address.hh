// Addresses written as whole numbers in decimal, as in ip2asn-v4-u32.tsv and many CSV files.
#pragma once

#include <optional>
#include <string_view>

#include "net/address.hh"

namespace ip2asn {

/// Whether `text` is made of decimal digits, up to the 39 that an IPv6 address takes.
bool is_integer(std::string_view text) noexcept;

/// The range from `first` to `last`, numbers from 0 to 2^128 - 1. Of IPv4 when both are below 2^32, else of IPv6.
std::optional<Range> parse_integer_range(std::string_view first, std::string_view last) noexcept;

}  // namespace ip2asn
