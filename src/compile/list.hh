// Lists: named sets of ASes and networks.
//
//     # one a line; a comment begins with # or ;
//     AS64500 Example Ltd
//     192.0.2.0/24 ; SBL000000
//     198.51.100.1-198.51.100.9
//     2001:db8::/32,DE
//
// Three forms are read, told by content: text as above (see list_text.hh), JSON lines, an object a line, as Spamhaus
// publishes ASN-DROP and DROP, with one of type "metadata" that counts the others; and any other JSON (list_json.hh),
// of which selectors may choose a part.
//
// A line that is none is skipped and counted, up to 0.01 % of the lines, so that one bad line of a long feed does not
// freeze updates for ever. In a text of fewer than 10,000 lines, as people write them, that is not one: there a slip of
// the pen would be a hole in access control, and the list is rejected with line and reason. JSON is written by
// machines: ten entries may be bad in any case. AS 0, which announces nothing (RFC 7607), is skipped wherever it
// stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "compile/list_selector.hh"
#include "index/list_format.hh"
#include "net/address.hh"
#include "sources/findings.hh"

namespace ip2asn {

/// What a list holds.
struct NetworkList {
  std::string name;
  std::vector<std::uint32_t> asns;  ///< ascending, each once
  std::vector<Range> networks;      ///< ascending, disjoint and not adjacent; IPv4 first
  std::size_t entries = 0;          ///< that were read as an AS or a network
};

/// A list that is to be read: its name, where it is, and what of it is meant.
struct ListFile {
  std::string name;
  std::string path;
  std::vector<ListSelector> selectors = {};  ///< at most kMaxListSelectors; of a JSON file, none for all of it
};

inline constexpr std::size_t kMaxListFile = std::size_t{64} << 20;

/// Reads `text` as a list; `file` stands for the file in messages. Skipped lines are counted in `findings`. Errors name
/// the line and the reason: too many bad lines, bytes that are no text, a text that has another number of entries than
/// it says it has, JSON in which nothing is found or selected, and a text without a single byte (a list that is meant
/// to be empty has a comment).
Result<NetworkList> parse_list(std::string_view text, std::string_view name, std::string_view file, Findings& findings,
                               std::span<const ListSelector> selectors = {});

/// Reads a regular file of at most kMaxListFile bytes, plain or packed, and parses it.
Result<NetworkList> read_list(const ListFile& file, Findings& findings);

}  // namespace ip2asn
