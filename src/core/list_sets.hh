// Lists as an image holds them: which sets of lists there are, and which one each record and each network belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ip2asn/image.hh"
#include "ip2asn/list.hh"
#include "ip2asn/result.hh"

namespace ip2asn {

/// Sets stand once each, as ascending list ids; set 0 is the empty one.
struct ListSets {
  std::vector<std::uint32_t> groups = {0, 0};  ///< where each set's members begin, and the end of the last
  std::vector<ListId> members;
  std::vector<std::uint32_t> of_record;   ///< empty when no list holds an AS
  std::vector<std::uint64_t> space4;      ///< see list_space4(); empty with index4
  std::vector<std::byte> index4, index6;  ///< address → set; empty when no list holds a network of the family
};

/// A bit for each IPv4 /16 in which an address has a set other than 0, the lowest of the first number for 0.0.0.0/16.
/// Most addresses are in no list, and these 8 kB, which stay in a processor's caches, tell so of nearly all of them.
std::vector<std::uint64_t> list_space4(const Index4& index);

/// `lists` in the order of their ids; `asns` is the AS of each record.
Result<ListSets> make_list_sets(std::span<const NetworkList* const> lists, std::span<const std::uint32_t> asns);

}  // namespace ip2asn
