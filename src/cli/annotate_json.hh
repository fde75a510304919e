// Lines of logs that are JSON objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/annotate_place.hh"
#include "net/address.hh"

namespace ip2asn::cli {

struct JsonLine {
  std::optional<Address> client;
  std::optional<Address> forwarded;    ///< what a header says
  std::optional<std::uint64_t> bytes;  ///< of the response
  std::string_view text;               ///< a line of a log inside, as it is escaped
};

/// Reads a line that begins with an object. Of several members that may name the client, the one counts that servers
/// are most to be trusted with; members of what the client sent (headers, query, cookies) count as `forwarded` at most.
/// Forgives what is not quite JSON, as escapes of nginx and lines that are cut.
JsonLine read_json_line(std::string_view line, const Place& place);

struct JsonMember {
  std::string_view key;
  std::size_t begin, end;  ///< from the key's quotation mark to the value's last byte
};

/// The size of the object that `line` begins with, 0 when it does not end; `members` are its own ones.
std::size_t json_object(std::string_view line, std::vector<JsonMember>& members);

/// What a string of JSON stands for. Escapes that are not JSON's stay.
std::string json_unescaped(std::string_view raw);

}  // namespace ip2asn::cli
