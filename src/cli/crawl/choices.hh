// The command line of 'ip2asn crawl'.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "cli/database_options.hh"
#include "cli/registry_options.hh"

namespace ip2asn::cli {

struct CrawlChoices {
  enum class OrderKind { prior, gap, seed, input };

  DatabaseOptions database;
  std::vector<std::string> priors, known, imports, popular;
  RegistryOptions registries;
  std::string state, input, output, metrics, contact;
  OrderKind order = OrderKind::prior;
  std::optional<std::uint64_t> seed;
  bool v4 = true, v6 = false;
  bool live = false, replan = false, seed_list = false;
  double until = 0;  ///< per cent of the usable IPv4 space
  std::uint64_t max_queries = 0;
  std::int64_t max_time = 0;
  std::int64_t refresh_age = 0;  ///< seconds; 0: answers are never asked for again
  bool cover = false, inherit = false;
};

void describe(Options& options, CrawlChoices& choices);

/// What is wrong with the choices all in all; empty when nothing is.
std::string contradiction(const CrawlChoices& choices, const Arguments& arguments);

}  // namespace ip2asn::cli
