// What an image and its makers agree on about lists.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "index/index4.hh"

namespace ip2asn {

/// Whether `name` can be a list's: at most 64 letters, digits, '-', '.' and '_', the first a letter or a digit.
bool is_list_name(std::string_view name) noexcept;

/// A bit for each IPv4 /16 in which an address has a set other than 0, the lowest of the first number for 0.0.0.0/16.
/// Most addresses are in no list, and these 8 kB, which stay in a processor's caches, tell so of nearly all of them.
std::vector<std::uint64_t> list_space4(const Index4& index);

}  // namespace ip2asn
