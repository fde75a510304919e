// Sets of addresses as ranges.
#pragma once

#include <vector>

#include "net/address.hh"

namespace ip2asn {

/// The same addresses as ranges that ascend and are neither overlapping nor adjacent; IPv4 first.
std::vector<Range> joined(std::vector<Range> ranges);

/// The addresses that are in both; each is as joined() gives it.
std::vector<Range> intersection(const std::vector<Range>& a, const std::vector<Range>& b);

}  // namespace ip2asn
