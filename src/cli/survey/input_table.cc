// Tables of hosts: CSV and the like, with a header or without.
#include <algorithm>

#include "base/text.hh"
#include "cli/survey/csv.hh"
#include "cli/survey/input.hh"

namespace ip2asn::cli {
namespace {

using Row = std::vector<std::string>;
using Rows = std::vector<Row>;

constexpr std::size_t kSample = 100;

std::string_view cell(const Row& row, std::size_t column) {
  return column < row.size() ? std::string_view(row[column]) : std::string_view();
}

bool names_columns(const Row& row) {
  const bool known =
      std::any_of(row.begin(), row.end(), [](const std::string& each) { return host_name_rank(each) > 0; });
  return known &&
         std::none_of(row.begin(), row.end(), [](const std::string& each) { return looks_like_host(host_of(each)); });
}

// How many of the first rows have a host there.
std::size_t hosts_in(const Rows& rows, std::size_t from, std::size_t column) {
  std::size_t hosts = 0;
  for (std::size_t i = from; i < std::min(rows.size(), from + kSample); ++i) {
    hosts += looks_like_host(host_of(cell(rows[i], column))) ? 1 : 0;
  }
  return hosts;
}

// The column that holds the hosts: of those that are called so the one that has the most, else any.
std::size_t host_column(const Rows& rows, bool header) {
  const std::size_t columns = rows.front().size(), none = columns;
  std::size_t best = none, best_hosts = 0;
  for (std::size_t i = 0; header && i < columns; ++i) {
    const std::size_t rank = host_name_rank(rows.front()[i]);
    if (rank == 0) continue;
    const std::size_t hosts = hosts_in(rows, 1, i);
    if (best == none || hosts > best_hosts || (hosts == best_hosts && rank < host_name_rank(rows.front()[best]))) {
      best = i;
      best_hosts = hosts;
    }
  }
  if (best_hosts > 0) return best;
  for (std::size_t i = 0; i < columns; ++i) {
    const std::size_t hosts = hosts_in(rows, header ? 1 : 0, i);
    if (hosts <= best_hosts) continue;
    best = i;
    best_hosts = hosts;
  }
  return best;
}

bool is_number(std::string_view text) {
  text = trimmed(text);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<char> table_delimiter(std::string_view text) {
  std::string_view line = trimmed(text.substr(0, text.find('\n')));
  // A comment may come first; a header may look like one ("#domain,#severity").
  while (line.starts_with("# ") || line.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
    line = trimmed(text.substr(0, text.find('\n')));
  }
  for (const char delimiter : {'\t', ',', ';'}) {
    if (line.find(delimiter) != std::string_view::npos) return delimiter;
  }
  const std::size_t blank = line.find(' ');
  if (blank != std::string_view::npos && is_number(line.substr(0, blank)) &&
      looks_like_host(host_of(line.substr(blank)))) {
    return ' ';
  }
  // A single column with a header.
  return host_name_rank(line) > 0 && !line.starts_with('[') ? std::optional(',') : std::nullopt;
}

Result<std::vector<SurveyHost>> hosts_of_table(std::string_view text, std::string_view name) {
  while (text.starts_with("# ")) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  Result<Rows> rows = read_csv(text, name, table_delimiter(text).value_or(','));
  if (!rows) return rows.error();
  std::vector<SurveyHost> hosts;
  if (rows->empty()) return hosts;
  const bool header = names_columns(rows->front());
  const std::size_t column = host_column(*rows, header);
  const Row& first = rows->front();
  if (column == first.size()) return hosts;
  std::vector<std::pair<std::size_t, HostFigure>> figures;
  std::size_t ipv6 = first.size();
  for (std::size_t i = 0; header && i < first.size(); ++i) {
    if (const std::optional<HostFigure> which = figure_of(first[i])) figures.emplace_back(i, *which);
    if (plain_name(first[i]) == "ipv6") ipv6 = i;
  }
  // "host,users"; a number before the host is its rank.
  if (!header && first.size() == 2 && column == 0 && is_number(first[1])) figures.emplace_back(1, HostFigure::users);
  for (std::size_t i = header ? 1 : 0; i < rows->size(); ++i) {
    const Row& row = (*rows)[i];
    SurveyHost host{host_of(cell(row, column)), 0, 0, 0, 0, yes_or_no(cell(row, ipv6))};
    for (const auto& [at, which] : figures) {
      if (figure(host, which) == 0) figure(host, which) = count_of(cell(row, at));
    }
    hosts.push_back(std::move(host));
  }
  return hosts;
}

}  // namespace ip2asn::cli
