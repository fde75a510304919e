// What the name of a member, or of a column, says of its value.
#pragma once

#include <string>
#include <string_view>

namespace ip2asn {

enum class MemberRole {
  none,
  asn,      ///< an AS number
  start,    ///< the first address of a range
  end,      ///< the last
  length,   ///< of a prefix, in bits
  mask,     ///< of a network, as 255.255.255.0
  version,  ///< of software or of the data, which may look like an address
};

MemberRole member_role(std::string_view name);

/// Letters and digits of `name` alone, in lower case: "AS Number" becomes "asnumber".
std::string plain_member_name(std::string_view name);

}  // namespace ip2asn
