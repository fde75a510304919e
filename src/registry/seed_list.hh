// The list of addresses that the first crawl of the whole IPv4 space asked for, and its shuffle.
#pragma once

#include <cstdint>
#include <vector>

namespace ip2asn {

/// Four addresses of every twelfth /24 of the space that could be routed in 2017, ascending: 4,706,768.
std::vector<std::uint32_t> seed_list();

/// A permutation by Fisher and Yates, with numbers of xoshiro256** that splitmix64 made of `seed`: the same everywhere.
void shuffle(std::vector<std::uint32_t>& list, std::uint64_t seed);

}  // namespace ip2asn
