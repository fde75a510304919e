#include "cli/database_options.hh"

#include <utility>

namespace ip2asn::cli {

void DatabaseOptions::describe_database(Options& options) {
  options.add({"database", 'd', "DB", collect(paths),
               "source, plain or packed, or compiled index; may be given again for further sources"});
  options.note(
      "Without -d the database is the one that the environment variable IP2ASN_DATABASE names, else\n"
      "  @default_database@");
}

void DatabaseOptions::describe(Options& options) {
  describe_database(options);
  hosters.describe(options);
  describe_names(options, names);
  describe_combine(options, combine);
}

void HosterChoice::describe(Options& options) {
  options.add({"hosters", 0, "FILE", text(path), "the hoster map to use with sources",
               "A compiled index has its hosters in it."});
  options.add({"no-hosters", 0, "", flag(none), "use no hoster map"});
  options.exclude({"hosters", "no-hosters"});
  options.note(
      "Without --hosters the hoster map is this file, if it exists:\n"
      "  @default_hoster_map@");
}

void describe_names(Options& options, std::vector<std::string>& names) {
  options.add(
      {"names", 0, "FILE", collect(names), "AS names, countries and classes for what the sources lack",
       "FILE has the columns asn, name, class and cc, lines such as \"13335 CLOUDFLARENET, US\", or is a source; "
       "sources.md, installed with this manual, names the forms. May be given more than once; the first file "
       "that knows something of an AS wins."});
}

void describe_combine(Options& options, Combine& combine) {
  options.add(
      {"combine", 0, "merge|fill|replace",
       one_of(combine,
              Words<Combine>{{"merge", Combine::merge}, {"fill", Combine::fill}, {"replace", Combine::replace}}),
       "what several sources are to each other: equals (default), or the earlier or the later ones win",
       "With merge the most specific range wins, whichever source has it, as for the files of two families. With "
       "fill, later sources say what earlier ones leave unannounced; with replace, later ones win wherever they "
       "announce something."});
}

void describe_max_drift(Options& options, double& max_drift) {
  options.add({"max-drift", 0, "P", percent(max_drift), "the share in per cent that may be lost (default: 5)"});
}

std::string take_selector(std::vector<ListSelector>& to, std::string_view value) {
  auto selector = parse_list_selector(value);
  if (!selector) return "is not a selector: " + selector.error().message;
  to.push_back(*std::move(selector));
  return {};
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
  recipe.names = names;
  recipe.options.combine = combine;
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
