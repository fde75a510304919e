#include "cli/open_database.hh"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "cli/progress.hh"

namespace ip2asn::cli {

std::string HosterChoice::map_path() const {
  if (none) return "";
  return hoster_map_path(path, IP2ASN_HOSTER_MAP);
}

Result<std::string> default_database() {
  const char* named = std::getenv(kDatabaseVariable);
  if (named != nullptr && *named != '\0') return std::string(named);
  std::string path = IP2ASN_DEFAULT_DATABASE;
  if (::access(path.c_str(), F_OK) == 0) return path;
  return Error{Errc::unreadable, "there is no database at " + path +
                                     ": name one with -d or in the environment variable " + kDatabaseVariable +
                                     ", or put iptoasn.com's ip2asn-combined.tsv.gz there"};
}

Result<Database> open_database(Recipe recipe, Findings& findings) {
  Progress progress("reading " + name_files(recipe.sources));
  recipe.options.progress = &Progress::report;
  recipe.options.progress_context = &progress;
  return build(recipe, findings);
}

Result<Database> open_database(const std::vector<std::string>& paths, bool strict, Findings& findings) {
  Recipe recipe;
  recipe.sources = paths;
  recipe.options.strict = strict;
  return open_database(std::move(recipe), findings);
}

std::string name_files(const std::vector<std::string>& paths) {
  if (paths.empty()) return "nothing";
  if (paths.size() == 1) return paths.front();
  return paths.front() + " and " + std::to_string(paths.size() - 1) + " more";
}

}  // namespace ip2asn::cli
