#include "cli/database_options.hh"

#include <utility>

namespace ip2asn::cli {
namespace {

enum : int { kHosters = kDatabaseOptionsFrom, kNoHosters };

constexpr option kOptions[] = {
    {"database", required_argument, nullptr, 'd'},
    {"hosters", required_argument, nullptr, kHosters},
    {"no-hosters", no_argument, nullptr, kNoHosters},
};

}  // namespace

std::span<const option> DatabaseOptions::table() noexcept { return kOptions; }

void DatabaseOptions::take(int option, const Arguments& arguments) {
  switch (option) {
    case 'd':
      paths.emplace_back(arguments.value());
      break;
    case kHosters:
      hosters.path = arguments.value();
      break;
    case kNoHosters:
      hosters.none = true;
      break;
  }
}

std::optional<std::string> DatabaseOptions::contradiction() const {
  if (hosters.path && hosters.none) return "--hosters and --no-hosters cannot both be";
  return std::nullopt;
}

Result<Done> DatabaseOptions::settle() {
  if (!paths.empty()) return Done{};
  Result<std::string> path = default_database();
  if (!path) return path.error();
  paths.push_back(*std::move(path));
  return Done{};
}

Result<Database> DatabaseOptions::open(const Arguments& arguments) const {
  Recipe recipe;
  recipe.sources = paths;
  recipe.hoster_map = hosters.map_path();
  Findings findings;
  Result<Database> database = open_database(std::move(recipe), findings);
  if (!database) return database;
  complain(arguments, findings);
  if (hosters.path && !database->compiled()) {
    arguments.complain("--hosters changes nothing here: " + name_files(paths) + " is compiled, with its hosters in it");
  }
  return database;
}

void DatabaseOptions::complain(const Arguments& arguments, const Findings& findings) const {
  if (findings.skipped() == 0) return;
  arguments.complain(name_files(paths) + ": " + findings.summary() + "; 'ip2asn verify' explains");
}

void DatabaseOptions::complain_of_no_hosters(const Arguments& arguments, const Image& image) const {
  if (hosters.none || image.hoster_count() != 0 || !hosters.map_path().empty()) return;
  arguments.complain("the default hoster map " IP2ASN_HOSTER_MAP
                     " is missing, so that no hoster is known; install it, or name one with --hosters");
}

}  // namespace ip2asn::cli
