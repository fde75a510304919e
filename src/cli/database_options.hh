// The options about data that commands share: -d, --hosters, --no-hosters, --names, --max-drift, --select.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/args.hh"
#include "cli/open_database.hh"
#include "compile/list_selector.hh"

namespace ip2asn::cli {

struct DatabaseOptions {
  std::vector<std::string> paths;
  HosterChoice hosters;
  std::vector<std::string> names;    ///< --names
  Combine combine = Combine::merge;  ///< --combine

  /// All of them.
  void describe(Options& options);
  /// -d alone, for commands that know no hosters.
  void describe_database(Options& options);
  /// Without -d: takes the default database, or says what to do.
  Result<Done> settle();

  /// Opens the database, with progress on a terminal. Complains of what is odd about it.
  Result<Database> open(const Arguments& arguments) const;
  /// Complains of rows that were skipped.
  void complain(const Arguments& arguments, const Findings& findings) const;
  /// Complains when `image` has no hosters because the default hoster map is missing: for what is about hosters.
  void complain_of_no_hosters(const Arguments& arguments, const Image& image) const;
};

/// --names: names files for what the database leaves without.
void describe_names(Options& options, std::vector<std::string>& names);
/// --combine: what several sources are to each other.
void describe_combine(Options& options, Combine& combine);
/// --max-drift: the share in per cent that data may lose.
void describe_max_drift(Options& options, double& max_drift);
/// Takes the value of --select: which part of a list in JSON is meant.
std::string take_selector(std::vector<ListSelector>& to, std::string_view value);

}  // namespace ip2asn::cli
