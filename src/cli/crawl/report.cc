#include "cli/crawl/report.hh"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "cli/crawl/files.hh"
#include "registry/registries.hh"

namespace ip2asn::cli {
namespace {

std::string duration_text(double seconds) {
  char text[64];
  if (seconds >= 2 * 86400) {
    std::snprintf(text, sizeof text, "%.1f days", seconds / 86400);
  } else if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%.1f h", seconds / 3600);
  } else if (seconds >= 60) {
    std::snprintf(text, sizeof text, "%.0f min", seconds / 60);
  } else {
    std::snprintf(text, sizeof text, "%.0f s", seconds);
  }
  return text;
}

}  // namespace

std::string plan_text(const Lanes& lanes, const LaneTotals& totals, const PaceWishes& wishes,
                      const CrawlChoices& choices) {
  std::string text;
  char line[256];
  std::snprintf(line, sizeof line, "%-24s %12s %12s %14s  %s\n", "registry", "ranges", "questions", "a query every",
                "time");
  text += line;
  double longest = 0;
  std::uint64_t all = 0;
  const bool streamed = choices.order == CrawlChoices::OrderKind::input;
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    const std::string& name = lanes.names()[lane];
    const Pace pace = wishes.pace_of(name);
    const std::uint64_t ranges = totals.ranges[lane];
    const double seconds = static_cast<double>(ranges) * static_cast<double>(pace.interval_us) / 1e6;
    longest = std::max(longest, seconds);
    all += ranges;
    const std::string count = streamed ? "as listed" : std::to_string(ranges);
    char every[32];
    std::snprintf(every, sizeof every, "%g s", static_cast<double>(pace.interval_us) / 1e6);
    std::snprintf(line, sizeof line, "%-24s %12s %12s %14s  %s\n", name.c_str(), count.c_str(),
                  streamed ? "at most" : ("<= " + count).c_str(), every,
                  streamed ? "" : ("<= " + duration_text(seconds)).c_str());
    text += line;
  }
  if (!streamed) {
    text += "all: at most " + std::to_string(all) + " questions in " + duration_text(longest) +
            ", as registries are asked side by side; a range that an answer covers is not asked\n";
  }
  if (totals.unrouted != 0) {
    text += std::to_string(totals.unrouted) + " ranges have no registry, or one that is not asked\n";
  }
  for (const std::string& name : lanes.names()) {
    const RegistryEntry* const entry = find_registry(name);
    text += "terms of " + name + ": " + (entry != nullptr ? std::string(entry->terms) : "not known; ask it") + "\n";
  }
  return text + "nothing was asked; --live asks\n";
}

std::string progress_text(const Crawl& crawl, double usable, std::int64_t elapsed_us) {
  const CrawlCounts& counts = crawl.counts();
  const double seconds = std::max(1e-6, static_cast<double>(elapsed_us) / 1e6);
  char text[128];
  std::snprintf(text, sizeof text, "%.2f %% known, %llu questions, %.1f/s", 100 * counts.covered / usable,
                static_cast<unsigned long long>(counts.queries), static_cast<double>(counts.queries) / seconds);
  return text;
}

std::string metrics_line(const Crawl& crawl, const Lanes& lanes, const LaneTotals& totals, Gate& gate) {
  const CrawlCounts& counts = crawl.counts();
  JsonText json;
  const auto number = [&](std::string_view name, std::uint64_t value) {
    json.key(name);
    json.number(value);
  };
  std::uint64_t waiting = 0;
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) waiting += crawl.waiting(lane);
  const Moment now = Moment::now();
  json.begin_object();
  number("Awaiting Registry", counts.awaiting);
  number("Looking up Registry", std::uint64_t{0});
  number("Failed to find Registry", totals.unrouted);
  number("Found Registry", waiting);
  number("Looking up WHOIS", counts.asking);
  number("Failed to lookup WHOIS", counts.failed);
  number("Got WHOIS", counts.answered);
  number("Within Known CIDR Block", counts.known);
  number("Limited", counts.limited);
  number("None", counts.none);
  number("Joined", counts.joined);
  number("Queries", counts.queries);
  json.key("Host");
  json.string(host_name());
  json.key("Timestamp");
  json.string(timestamp(now.wall_s));
  json.key("Registries");
  json.begin_object();
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    const std::string& name = lanes.names()[lane];
    json.key(name);
    json.begin_object();
    const Result<PaceFile*> pace = gate.of(name);
    if (pace) {
      const PaceState& state = (*pace)->state();
      const double rate = 1e6 / static_cast<double>(interval_of(state, (*pace)->pace()));
      char text[32];
      std::snprintf(text, sizeof text, "%.4g/s", rate);
      json.key("rate");
      json.string(text);
      const auto until = [&](std::int64_t at_us) {
        return at_us > now.boot_us ? timestamp(now.wall_s + (at_us - now.boot_us) / kSecondUs) : std::string();
      };
      json.key("paused_until");
      json.string(until(std::max(state.paused_until_us, state.refused_until_us)));
      json.key("breaker");
      json.string(state.failures >= kBreakerFailures ? "open" : "closed");
    }
    const auto latencies = crawl.latencies_ms(lane);
    number("p50_ms", static_cast<std::uint64_t>(latencies[0]));
    number("p99_ms", static_cast<std::uint64_t>(latencies[1]));
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return std::string(json.text()) + "\n";
}

}  // namespace ip2asn::cli
