// Finding and opening the databases and the hoster map that a command line names, or leaves to the defaults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/args.hh"
#include "ip2asn/database.hh"
#include "ip2asn/findings.hh"
#include "ip2asn/hoster_map.hh"
#include "ip2asn/source.hh"

namespace ip2asn::cli {

/// Which hoster map is used: --hosters FILE, --no-hosters, or the installed one when there is one.
struct HosterChoice {
  std::optional<std::string> path;
  bool none = false;
};

Result<HosterMap> read_hosters(const HosterChoice& choice);

/// Environment variable that names the database when the command line does not.
inline constexpr const char* kDatabaseVariable = "IP2ASN_DATABASE";

/// The database of a command without -d: from the environment, else the installed place. An error when there is no such
/// file says what to do.
Result<std::string> default_database();

/// Opens `paths` with progress on a terminal. `findings` may be looked at also after an error.
Result<Database> open_database(const std::vector<std::string>& paths, const HosterMap& hosters, bool strict,
                               Findings& findings);

/// "a.tsv" or "a.tsv and 2 more", for messages.
std::string name_files(const std::vector<std::string>& paths);

}  // namespace ip2asn::cli
