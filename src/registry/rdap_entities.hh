// The entities of an RDAP answer: which of them holds the range.
#pragma once

#include <rapidjson/document.h>

#include <string>
#include <vector>

namespace ip2asn {

struct RdapHolder {
  std::string name;     ///< empty when no entity is one that could hold a range, by name
  std::string handle;   ///< of the entity that `name` is from
  std::string country;  ///< of its postal address; two capitals, or empty
  std::vector<std::string> handles;
};

/// Looks at the entities of `object`, and at theirs, three levels deep. A holder is the registrant that is an
/// organisation; where entities have no roles (AFRINIC), any organisation; a group (the maintainer) when there is
/// nothing better; never a person. Entities without a vCard have a handle only.
RdapHolder find_holder(const rapidjson::Value& object, bool with_contacts);

/// `name`, unless it is the handle of an organisation ("ORG-…") that has a better name: then that.
std::string better_name(std::string_view name, const rapidjson::Value& object);

}  // namespace ip2asn
