// What of a JSON document belongs to a list: the words behind the file in IP2ASNList.
//
//     service=EC2 region=eu-*     networks in an object (or in an object around it) whose members say so
//     hooks actions               networks under one of these members
//
// Words for the same member, and words without a value, are alternatives; different members must all fit. A member
// whose value is an array fits when one of its elements does. Case does not count; a "*" at the end of a value stands
// for any rest.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace ip2asn {

struct ListSelector {
  std::string member;
  std::optional<std::string> value;  ///< not given: what stands under the member

  bool operator==(const ListSelector&) const = default;
};

/// The most selectors of one list.
inline constexpr std::size_t kMaxListSelectors = 32;

/// Reads "member=value" or "member". The error's message names the word and what to write.
Result<ListSelector> parse_list_selector(std::string_view word);

/// The word that `selector` was read from.
std::string to_string(const ListSelector& selector);

/// Whether two names of members are the same; ASCII case does not count.
bool same_member(std::string_view a, std::string_view b) noexcept;

/// Whether a member's value is what `selector`, which has a value, asks for.
bool value_fits(const ListSelector& selector, std::string_view value) noexcept;

}  // namespace ip2asn
