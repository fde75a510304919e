// ip2asn telemetry: how crawls go, by their metrics.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <thread>

#include "base/json_read.hh"
#include "cli/args.hh"
#include "cli/crawl/files.hh"
#include "cli/output.hh"

namespace ip2asn::cli {
namespace {

// The states of what a crawl took from its list, then what is counted besides.
constexpr const char* kStates[] = {"Awaiting Registry", "Looking up Registry",    "Failed to find Registry",
                                   "Found Registry",    "Looking up WHOIS",       "Failed to lookup WHOIS",
                                   "Got WHOIS",         "Within Known CIDR Block"};
constexpr const char* kBesides[] = {"Limited", "None", "Joined", "Queries"};
constexpr std::size_t kNumbers = std::size(kStates) + std::size(kBesides);

struct Latest {
  std::string timestamp;
  std::uint64_t numbers[kNumbers] = {};
};

Result<std::map<std::string, Latest>> read_metrics(const std::vector<std::string>& paths) {
  std::map<std::string, Latest> hosts;
  for (const std::string& path : paths) {
    const Result<Done> read = read_lines(path, false, [&](std::string_view text) -> std::string {
      rapidjson::Document document;
      constexpr std::size_t kMaxDepth = 8;
      if (std::string wrong = read_json(text, kMaxDepth, document); !wrong.empty()) return wrong;
      const std::string host(json_string(document, "Host"));
      const std::string_view time = json_string(document, "Timestamp");
      if (host.empty() || time.empty()) return "has no Host or no Timestamp";
      Latest& latest = hosts[host];
      if (time < latest.timestamp) return {};
      latest.timestamp = time;
      std::size_t at = 0;
      const auto take = [&](const char* name) {
        const rapidjson::Value* const value = json_member(document, name);
        latest.numbers[at++] = value != nullptr && value->IsUint64() ? value->GetUint64() : 0;
      };
      for (const char* const name : kStates) take(name);
      for (const char* const name : kBesides) take(name);
      return {};
    });
    if (!read) return read.error();
  }
  return hosts;
}

void print(Output& output, const std::map<std::string, Latest>& hosts) {
  std::uint64_t sums[kNumbers] = {}, all = 0;
  std::string newest = "-";
  for (const auto& [host, latest] : hosts) {
    for (std::size_t i = 0; i < kNumbers; ++i) sums[i] += latest.numbers[i];
    newest = newest == "-" ? latest.timestamp : std::max(newest, latest.timestamp);
  }
  char line[128];
  const auto write = [&](const char* name, std::uint64_t number) {
    std::snprintf(line, sizeof line, "%-24s %12llu\n", name, static_cast<unsigned long long>(number));
    output.write(line);
  };
  for (std::size_t i = 0; i < std::size(kStates); ++i) {
    write(kStates[i], sums[i]);
    all += sums[i];
  }
  write("all", all);
  for (std::size_t i = 0; i < std::size(kBesides); ++i) write(kBesides[i], sums[std::size(kStates) + i]);
  output.write("of " + std::to_string(hosts.size()) + " hosts, latest at " + newest + "\n");
}

struct Choices {
  bool follow = false;
};

int telemetry(const Arguments& arguments, Choices& choices) {
  const std::vector<std::string>& paths = arguments.operands();
  if (paths.empty()) return arguments.bad_usage("a METRICS file is missing");
  Output output;
  while (true) {
    const auto hosts = read_metrics(paths);
    if (!hosts) return arguments.fail(hosts.error());
    print(output, *hosts);
    output.flush();
    if (!choices.follow || !output.good()) break;
    std::this_thread::sleep_for(std::chrono::minutes(1));
    output.write("\n");
  }
  return output.finish("ip2asn telemetry");
}

void describe(Options& options, Choices& choices) {
  options.add({"follow", 0, "", flag(choices.follow), "again every minute"});
}

}  // namespace

const Command kTelemetryCommand = {
    "telemetry",
    "how crawls go",
    "[--follow] METRICS...",
    R"(Sums the latest line of each host in the metrics of 'ip2asn crawl'
(metrics.jsonl). The first eight numbers are states of the ranges and addresses
that were taken up, and 'all' is their sum.)",
    R"(0 fine
2 wrong usage
3 a file is damaged
6 a file or standard output could not be read or written)",
    R"(ip2asn telemetry crawl/metrics.jsonl
)",
    [] { return invocation(describe, telemetry); },
};

}  // namespace ip2asn::cli
