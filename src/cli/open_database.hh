// Finding and opening the databases and the hoster map that a command line names, or leaves to the defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "compile/database.hh"
#include "sources/findings.hh"
#include "store/recipe.hh"

namespace ip2asn::cli {

/// Which hoster map is used: --hosters FILE, --no-hosters, or the installed one when there is one.
struct HosterChoice {
  std::optional<std::string> path;
  bool none = false;

  /// Its two options.
  void describe(Options& options);
  /// The map's path; empty for none.
  std::string map_path() const;
};

/// Environment variable that names the database when the command line does not.
inline constexpr const char* kDatabaseVariable = "IP2ASN_DATABASE";

/// The database of a command without -d: from the environment, else the installed place. An error when there is no such
/// file says what to do.
Result<std::string> default_database();

/// Builds `recipe` with progress on a terminal. `findings` may be looked at also after an error.
Result<Database> open_database(Recipe recipe, Findings& findings);

/// The same for databases alone, without a hoster map.
Result<Database> open_database(const std::vector<std::string>& paths, bool strict, Findings& findings);

/// "a.tsv" or "a.tsv and 2 more", for messages.
std::string name_files(const std::vector<std::string>& paths);

}  // namespace ip2asn::cli
