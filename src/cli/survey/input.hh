// Lists of hosts to survey.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace ip2asn::cli {

struct SurveyHost {
  std::string name;  ///< lower case, without a final dot; or an address
  std::uint64_t users = 0, active_users = 0, statuses = 0, connections = 0;
  std::optional<bool> ipv6;  ///< what the list says
};

enum class HostFormat { json, csv, list };

/// What `text` is: an instances.social dump, CSV with a header, or one host a line.
HostFormat tell_host_format(std::string_view text);

/// The hosts of a list, the largest by users first, each name once (its first entry). `name` stands for the list in
/// messages.
Result<std::vector<SurveyHost>> parse_hosts(std::string_view text, HostFormat format, std::string_view name);

/// ASCII letters in lower case, as names have them.
std::string lower_case(std::string_view text);

/// Whether it can be asked for: labels of letters, digits, '-' and '_', of 63 bytes at most, 253 in all.
bool is_host_name(std::string_view name);

}  // namespace ip2asn::cli
