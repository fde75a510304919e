// Networks and AS numbers in JSON of any form, found by what they look like.
//
// Taken are texts that are a prefix, an address or a range, wherever they stand, texts like "AS64500", and numbers
// under a member that is called asn or the like. So Amazon's, Google's, Microsoft's, Oracle's, Fastly's, GitHub's and
// Atlassian's files, MISP's warning lists and others are read without a word on their form. In one object
// - a network wins over AS numbers: {"ip":"192.0.2.1","asn":64500} lists the address, not all of its AS;
// - a prefix wins over addresses, which are its base or gateway there;
// - addresses called start and end are a range, an address and its length or mask are a prefix.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compile/list_entry.hh"
#include "compile/list_selector.hh"

namespace ip2asn {

/// The deepest nesting of arrays and objects that is read.
inline constexpr std::size_t kMaxListDepth = 64;

struct JsonFound {
  struct Bad {
    std::size_t offset;  ///< where its value ends
    std::string text, reason;
  };

  std::vector<std::uint32_t> asns;  ///< selected; 0 may be among them
  std::vector<Range> networks;      ///< selected
  std::size_t unselected = 0;       ///< entries that the selectors leave out
  std::vector<Bad> bad;             ///< what looks like an entry and is none
  /// Of an object with "type": "metadata" at the top, its "records".
  bool metadata = false;
  std::optional<std::uint64_t> records;
  /// The first few values of each selector's member, in the order of the selectors.
  std::vector<std::vector<std::string>> values;

  std::size_t entries() const noexcept { return asns.size() + networks.size() + bad.size(); }
};

/// Reads `text`, one JSON value (RFC 8259), into `found`. `is_line` says that it is one record of many, and not a
/// document. Memory and time are proportional to its length; there is no recursion. Returns what is wrong, and `found`
/// stays as it was; empty when nothing is.
std::string find_list_entries(std::string_view text, std::span<const ListSelector> selectors, bool is_line,
                              JsonFound& found);

}  // namespace ip2asn
