// What a crawl says of itself: its plan, its progress, and lines of metrics.
#pragma once

#include <cstdint>
#include <string>

#include "cli/crawl/lanes.hh"
#include "registry/crawl.hh"
#include "registry/gate.hh"

namespace ip2asn::cli {

/// 2^32 without what can never be handed out.
inline constexpr double kUsableIpv4 = 3'702'258'432;

/// A table of registries: what is to be asked, how often, and how long that takes.
std::string plan_text(const Lanes& lanes, const LaneTotals& totals, const PaceWishes& wishes,
                      const CrawlChoices& choices);

/// "64.58 %, 12.3 queries/s, 1h 30m left".
std::string progress_text(const Crawl& crawl, double usable, std::int64_t elapsed_us);

/// A line of metrics.jsonl, with its end.
std::string metrics_line(const Crawl& crawl, const Lanes& lanes, const LaneTotals& totals, Gate& gate);

}  // namespace ip2asn::cli
