// The command line of 'ip2asn crawl'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "cli/registry_options.hh"

namespace ip2asn::cli {

struct CrawlChoices {
  enum class OrderKind { prior, gap, seed, input };

  std::vector<std::string> databases, priors, known, imports;
  RegistryOptions registries;
  std::string state, input, output, metrics, contact;
  OrderKind order = OrderKind::prior;
  std::optional<std::uint64_t> seed;
  bool v4 = true, v6 = false;
  bool live = false, replan = false, seed_list = false;
  double until = 0;  ///< per cent of the usable IPv4 space
  std::uint64_t max_queries = 0;
  std::int64_t max_time = 0;
  bool cover = false, inherit = false;
};

/// Reads the options; nullopt when `choices` says what to do, else the exit status.
std::optional<int> read_crawl_options(Arguments& arguments, CrawlChoices& choices);

extern const std::string_view kCrawlHelp;

}  // namespace ip2asn::cli
