// The options of ip2asn annotate.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <thread>

#include "cli/annotate_format.hh"
#include "cli/annotate_place.hh"
#include "cli/annotate_summary.hh"
#include "cli/args.hh"
#include "cli/database_options.hh"

namespace ip2asn::cli {

/// The command line of annotate.
struct AnnotateChoices {
  DatabaseOptions database;
  Place place;
  LogFormat format;
  std::optional<SummaryForm> summary;
  std::size_t top = 20;
  std::size_t threads = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  bool header = false, follow = false;
};

void describe(Options& options, AnnotateChoices& choices);

}  // namespace ip2asn::cli
