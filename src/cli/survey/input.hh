// Lists of hosts to survey.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "cli/survey/host_name.hh"

namespace ip2asn::cli {

struct SurveyHost {
  std::string name;  ///< as host_of() has it; or what the list has instead of a name
  std::uint64_t users = 0, active_users = 0, statuses = 0, connections = 0;
  std::optional<bool> ipv6;  ///< what the list says
};

enum class HostFormat { json, csv, list };

/// What `text` is: JSON, a table (CSV, TSV and the like, with a header or without), or a host a line.
HostFormat tell_host_format(std::string_view text);

/// The hosts of a list, the largest by users first, each name once (its first entry). `name` stands for the list in
/// messages. A list of which not one entry is the name of a host is an error.
Result<std::vector<SurveyHost>> parse_hosts(std::string_view text, HostFormat format, std::string_view name);

// The readers for each of them. Names may be none, and may come twice.
Result<std::vector<SurveyHost>> hosts_of_json(std::string_view text, std::string_view name);
Result<std::vector<SurveyHost>> hosts_of_table(std::string_view text, std::string_view name);
std::vector<SurveyHost> hosts_of_lines(std::string_view text);

/// What divides the columns of `text`; nothing when it is no table.
std::optional<char> table_delimiter(std::string_view text);

/// The figures that lists tell of a host.
enum class HostFigure { users, active_users, statuses, connections };
/// By the name of a column or member, whatever its case and the signs between words.
std::optional<HostFigure> figure_of(std::string_view name);
std::uint64_t& figure(SurveyHost& host, HostFigure which);
std::uint64_t count_of(std::string_view text);
std::optional<bool> yes_or_no(std::string_view text);

/// `text` without capitals and anything but letters and digits.
std::string plain_name(std::string_view text);

/// How well a column or member of this name is known to hold hosts; 0 for others, the least for the best.
std::size_t host_name_rank(std::string_view name);

}  // namespace ip2asn::cli
