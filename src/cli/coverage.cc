// ip2asn coverage: how much of the space the results of crawls cover.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

#include "cli/args.hh"
#include "cli/crawl/files.hh"
#include "cli/crawl/import.hh"
#include "cli/crawl/report.hh"
#include "cli/crawl/shares.hh"
#include "cli/database_options.hh"
#include "cli/output.hh"
#include "registry/result_line.hh"

namespace ip2asn::cli {
namespace {

struct Group {
  std::uint64_t blocks = 0;
  double sum = 0;
};

struct CoverageChoices {
  bool of_network = false;
  Family family = Family::v4;
  std::string by;
  std::vector<std::string> databases, imports;
  bool json = false;
};

// What was counted, and shares of it.
struct Counted {
  Group all;
  double united = 0;
  std::map<std::string, Group> groups;
  std::optional<double> of_routed, of_delegated;  // per cent
};

bool before(const Range& a, const Range& b) { return a.first != b.first ? a.first < b.first : a.last < b.last; }

// The ranges that a line stands for.
std::vector<Range> ranges_of(const ResultLine& line, bool of_network) {
  if (of_network) return {line.block.range};
  std::vector<Range> ranges;
  std::string_view rest = line.announced.cidr;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    Range range;
    if (read_registry_range(rest.substr(0, end), range)) ranges.push_back(range);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return ranges;
}

std::string group_of(const ResultLine& line, const std::string& by) {
  const std::string& value = by == "registry"  ? line.block.registry
                             : by == "country" ? line.block.country
                                               : line.block.type;
  return value.empty() ? "-" : value;
}

std::string share_text(const CoverageChoices& choices, double sum) {
  if (choices.family == Family::v6) return {};
  char share[32];
  std::snprintf(share, sizeof share, "%.2f", 100 * sum / kUsableIpv4);
  return share;
}

std::string percent_text(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", share);
  return text;
}

void print_json(Output& output, const CoverageChoices& choices, const Counted& counted) {
  const auto& [all, united, groups, of_routed, of_delegated] = counted;
  JsonText json;
  const auto number = [&](std::string_view name, double value) {
    json.key(name);
    json.number(static_cast<std::uint64_t>(value));
  };
  json.begin_object();
  number("blocks", static_cast<double>(all.blocks));
  number("sum", all.sum);
  number("union", united);
  if (choices.family == Family::v4) {
    json.key("percent_of_usable");
    json.string(share_text(choices, all.sum));
  }
  const auto share = [&](std::string_view name, const std::optional<double>& value) {
    if (!value) return;
    json.key(name);
    json.string(percent_text(*value));
  };
  share("percent_of_routed", of_routed);
  share("percent_of_delegated", of_delegated);
  if (!choices.by.empty()) {
    json.key("by");
    json.begin_array();
    for (const auto& [name, group] : groups) {
      json.begin_object();
      json.key("name");
      json.string(name);
      number("blocks", static_cast<double>(group.blocks));
      number("sum", group.sum);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  output.write(json.text());
  output.write("\n");
}

void print_text(Output& output, const CoverageChoices& choices, const Counted& counted) {
  const auto& [all, united, groups, of_routed, of_delegated] = counted;
  const char* const unit = choices.family == Family::v4 ? "addresses" : "/48s";
  char line[256];
  std::snprintf(line, sizeof line, "%llu ranges, %.0f %s in sum, %.0f without overlap",
                static_cast<unsigned long long>(all.blocks), all.sum, unit, united);
  output.write(line);
  if (choices.family == Family::v4) output.write(", " + share_text(choices, all.sum) + " % of the usable space");
  if (of_routed) output.write(", " + percent_text(*of_routed) + " % of what is announced");
  if (of_delegated) output.write(", " + percent_text(*of_delegated) + " % of what is handed out");
  output.write("\n");
  for (const auto& [name, group] : groups) {
    std::snprintf(line, sizeof line, "%10llu %14.0f  ", static_cast<unsigned long long>(group.blocks), group.sum);
    output.write(line + name + "\n");
  }
}

int coverage(const Arguments& arguments, CoverageChoices& choices) {
  const std::vector<std::string>& paths = arguments.operands();
  if (paths.empty()) return arguments.bad_usage("a RESULTS file is missing");
  std::set<Range, decltype(&before)> ranges(&before);
  Counted counted;
  auto& [all, united, groups, of_routed, of_delegated] = counted;
  for (const std::string& path : paths) {
    const Result<Done> read = read_lines(path, false, [&](std::string_view text) -> std::string {
      const Result<ResultLine> line = read_result(text);
      if (!line) return line.error().message;
      if (line->last_asn != 0) return {};
      for (const Range& range : ranges_of(*line, choices.of_network)) {
        if (range.first.family != choices.family || !ranges.insert(range).second) continue;
        ++all.blocks;
        all.sum += size_of(range);
        if (choices.by.empty()) continue;
        Group& group = groups[group_of(*line, choices.by)];
        ++group.blocks;
        group.sum += size_of(range);
      }
      return {};
    });
    if (!read) return arguments.fail(read.error());
  }
  const Space known = space_of({ranges.begin(), ranges.end()});
  united = size_of(known);
  const auto share_of = [&](const Space& space) {
    return 100 * size_of_both(known, space) / std::max(size_of(space), 1.0);
  };
  if (!choices.databases.empty()) {
    DatabaseOptions options;
    options.paths = choices.databases;
    const Result<Database> database = options.open(arguments);
    if (!database) return arguments.fail(database.error());
    of_routed = share_of(routed_space(database->image(), choices.family));
  }
  if (!choices.imports.empty()) {
    KnownBlocks unused;
    const Result<Imports> imports = Imports::open(choices.imports, unused);
    if (!imports) return arguments.fail(imports.error());
    of_delegated = share_of(delegated_space(imports->delegated(), choices.family));
  }
  Output output;
  (choices.json ? print_json : print_text)(output, choices, counted);
  return output.finish("ip2asn coverage");
}

void describe(Options& options, CoverageChoices& choices) {
  options.add({"database", 'd', "DB", collect(choices.databases), "also the share of what DB says is announced"});
  options.add(
      {"import", 0, "FILE", collect(choices.imports),
       "also the share of what registries' statistics (delegated-*-extended, nro-delegated-stats) say is handed "
       "out"});
  options.add({"of", 0, "asn_cidr|network",
               one_of(choices.of_network, Words<bool>{{"asn_cidr", false}, {"network", true}}),
               "the announced ranges that were asked about (asn_cidr, the default), or the registries' ranges"});
  options.add({"family", 0, "4|6", one_of(choices.family, Words<Family>{{"4", Family::v4}, {"6", Family::v6}}),
               "IPv4 (default) or IPv6"});
  options.add(
      {"by", 0, "registry|country|class",
       one_of(choices.by, Words<std::string>{{"registry", "registry"}, {"country", "country"}, {"class", "class"}}),
       "also by registry, country, or class: the type of the range"});
  options.add({"json", 0, "", flag(choices.json), "a JSON object"});
}

}  // namespace

const Command kCoverageCommand = {
    "coverage",
    "how much of the space the results of crawls cover",
    "[OPTION]... RESULTS...",
    R"(Counts the distinct ranges in files of 'ip2asn crawl' (results.jsonl): how many,
the sum of their addresses, how many that is without overlap, and the share of
the usable IPv4 space (3,702,258,432 addresses). Of IPv6 it counts /48s.)",
    R"(0 fine
2 wrong usage
3 a file is damaged
6 a file or standard output could not be read or written)",
    R"(ip2asn coverage --of network --by country crawl/results.jsonl
)",
    [] { return invocation(describe, coverage); },
};

}  // namespace ip2asn::cli
