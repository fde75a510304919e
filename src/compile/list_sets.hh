// Lists as an image holds them: which sets of lists there are, and which one each record and each network belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hh"
#include "compile/list.hh"
#include "index/image.hh"
#include "index/list_format.hh"

namespace ip2asn {

/// Sets stand once each, as ascending list ids; set 0 is the empty one.
struct ListSets {
  std::vector<std::uint32_t> groups = {0, 0};  ///< where each set's members begin, and the end of the last
  std::vector<ListId> members;
  std::vector<std::uint32_t> of_record;   ///< empty when no list holds an AS
  std::vector<std::uint64_t> space4;      ///< see list_space4(); empty with index4
  std::vector<std::byte> index4, index6;  ///< address → set; empty when no list holds a network of the family
};

/// `lists` in the order of their ids; `asns` is the AS of each record.
Result<ListSets> make_list_sets(std::span<const NetworkList* const> lists, std::span<const std::uint32_t> asns);

}  // namespace ip2asn
