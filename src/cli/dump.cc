// ip2asn dump: what a database has, in the forms of others.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/args.hh"
#include "cli/database_options.hh"
#include "cli/export_format.hh"
#include "cli/gzip.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/progress.hh"
#include "cli/write_file.hh"
#include "compile/export/mmdb_writer.hh"
#include "net/asn.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kMmdb = "mmdb";

struct Choices {
  Recipe recipe;
  HosterChoice hosters;
  Selection selection;
  std::vector<ListFile> lists;
  std::vector<Family> families = {Family::v4, Family::v6};
  std::string path = "-";
  std::string format = "tsv";
  std::optional<std::string> type;
  std::string set_name;
  std::optional<ExportValue> value;

  bool selects() const { return !selection.empty() || !lists.empty(); }
};

const ExportFormat* find_format(std::string_view name) {
  for (const ExportFormat& format : export_formats()) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

std::string default_set_name(const Choices& choices) {
  const Selection& selection = choices.selection;
  if (!choices.lists.empty()) {
    const std::string& path = choices.lists[0].path;
    return path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  }
  if (!selection.hosters.empty()) return selection.hosters[0];
  if (!selection.classes.empty()) return selection.classes[0];
  if (!selection.asns.empty()) return "AS" + std::to_string(selection.asns[0]);
  return selection.countries.empty() ? "ip2asn" : selection.countries[0];
}

// Everything to a file at once, so that it is there whole or not at all.
int write_to_file(const Arguments& arguments, const std::string& path, std::string_view text) {
  std::span<const std::byte> bytes = std::as_bytes(std::span(text));
  std::vector<std::byte> packed;
  // A reader takes a plain text under a compressed file's name for a damaged file.
  if (path.ends_with(".gz")) {
    Result<std::vector<std::byte>> compressed = gzip(bytes);
    if (!compressed) return arguments.fail(compressed.error());
    packed = *std::move(compressed);
    bytes = packed;
  }
  const auto written = write_file(path, bytes);
  return written ? static_cast<int>(kFine) : arguments.fail(written.error());
}

int dump(const Arguments& arguments, const Choices& choices, const Image& image, const Selected& selected) {
  const ExportFormat* const format = find_format(choices.format);
  std::string text;
  if (format == nullptr) {
    auto mmdb = write_mmdb(image, selected, choices.type ? std::string_view(*choices.type) : kMmdbType);
    if (!mmdb) return arguments.fail(mmdb.error());
    text = *std::move(mmdb);
  }
  const std::string set_name = choices.set_name.empty() ? default_set_name(choices) : choices.set_name;
  const ExportRequest request{&image, &selected, choices.families, set_name_of(set_name),
                              choices.value.value_or(ExportValue::asn)};
  if (choices.path != "-") {
    Progress progress("writing " + choices.path);
    if (format != nullptr) format->write(request, text, [] { return true; });
    return write_to_file(arguments, choices.path, text);
  }
  Output output;
  output.write(text);
  if (format != nullptr) {
    format->write(request, output.buffer(), [&output] {
      output.write("");
      return output.good();
    });
  }
  return output.finish("ip2asn dump");
}

// What is wrong with the choices all in all; empty when nothing is.
std::string contradiction(const Choices& choices) {
  const ExportFormat* const format = find_format(choices.format);
  if (format == nullptr) {
    return choices.families.size() == 2 ? "" : "--family is for texts; an MMDB file has both families";
  }
  if (choices.type) return "--type is for --format mmdb";
  if (choices.value && !format->has_values) return "--value is for --format nginx-geo and haproxy-map";
  if (!format->of_set || choices.selects()) return "";
  return "--format " + choices.format +
         " is for a part of the database; say which with --asn, --hoster, --class, --country or --list";
}

int dump_main(const Arguments& arguments, Choices& choices) {
  Recipe& recipe = choices.recipe;
  recipe.sources = arguments.operands();
  if (recipe.sources.empty()) return arguments.bad_usage("DB is missing");
  if (const std::string wrong = contradiction(choices); !wrong.empty()) return arguments.bad_usage(wrong);
  // Rows alone have no hosters in them.
  if (choices.format != "tsv" || choices.selects()) recipe.hoster_map = choices.hosters.map_path();
  Findings findings;
  for (const ListFile& file : choices.lists) {
    auto list = read_list(file, findings);
    if (!list) return arguments.fail(list.error());
    choices.selection.lists.push_back(*std::move(list));
  }
  const Result<Database> database = open_database(recipe, findings);
  if (!database) return arguments.fail(database.error());
  const auto selected = Selected::make(database->image(), choices.selection);
  if (!selected) return arguments.fail(selected.error());
  return dump(arguments, choices, database->image(), *selected);
}

std::string take_format(std::string& to, std::string_view value) {
  if (value != kMmdb && find_format(value) == nullptr) {
    std::string names;
    for (const ExportFormat& format : export_formats()) names += std::string(format.name) + ", ";
    return "is not one of " + names + std::string(kMmdb);
  }
  to = value;
  return {};
}

void describe_part(Options& options, Choices& choices) {
  Selection& selection = choices.selection;
  options.group("Which part; of options of one kind either fits, of different kinds all must");
  options.add({"asn", 0, "N",
               [&](std::string_view value) -> std::string {
                 const auto asn = parse_asn(value);
                 if (!asn || *asn == 0) return "is not an AS number";
                 selection.asns.push_back(*asn);
                 return {};
               },
               "only this AS"});
  options.add({"hoster", 0, "H", collect(selection.hosters), "only this hoster; any for those of hosting classes"});
  options.add({"class", 0, "C", collect(selection.classes), "only hosters of this class"});
  options.add({"country", 0, "CC",
               [&](std::string_view value) -> std::string {
                 const auto country = parse_country(value);
                 if (!country) return "is not a country code of two letters";
                 selection.countries.emplace_back(std::string_view(*country));
                 return {};
               },
               "only ASes registered in this country"});
  options.add({"list", 0, "FILE",
               [&](std::string_view value) -> std::string {
                 choices.lists.push_back({"list", std::string(value)});
                 return {};
               },
               "only what is on this list, as IP2ASNList reads it"});
  options.add({"select", 0, "MEMBER[=VALUE]",
               [&](std::string_view value) -> std::string {
                 if (choices.lists.empty()) return "must follow the --list that it belongs to";
                 return take_selector(choices.lists.back().selectors, value);
               },
               "only this part of the JSON of the preceding --list"});
  options.add({"family", 0, "4|6",
               one_of(choices.families, Words<std::vector<Family>>{{"4", {Family::v4}}, {"6", {Family::v6}}}),
               "one family only (default: both)"});
}

void describe(Options& options, Choices& choices) {
  options.add(
      {"format", 0, "FORMAT", [&](std::string_view value) { return take_format(choices.format, value); },
       "tsv (default), csv, mmdb, prefixes, nftables, ipset, require, nginx-geo or haproxy-map",
       "`tsv` is iptoasn.com's: range_start, range_end, AS_number, country_code and AS_description, divided by "
       "tabs; compiling it gives an index with the same content. `csv` has columns that its first line names, "
       "hoster and class among them. `mmdb` is a MaxMind DB file with the members of GeoLite2-ASN, and "
       "as_country_code, hoster and hoster_class.\n\n"
       "The others join neighbouring networks to the least number of CIDR prefixes. `prefixes` has one a line. "
       "`nftables` is for `nft -f`: it makes and fills the sets NAME_v4 and NAME_v6 of the table `inet ip2asn` in one "
       "transaction. `ipset` is for `ipset restore`: it fills NAME_v4 and NAME_v6 and swaps them in. `require` has "
       "`Require ip` lines. `nginx-geo` is for an include in nginx's geo block, `haproxy-map` for HAProxy's map_ip.",
       "tsv csv mmdb prefixes nftables ipset require nginx-geo haproxy-map"});
  options.add({"value",
               0,
               "VALUE",
               [&](std::string_view value) -> std::string {
                 choices.value = find_export_value(value);
                 return choices.value ? "" : "is not asn, name, country, hoster, class or 1";
               },
               "what a map says of a network: asn (default), name, country, hoster, class or 1",
               {},
               "asn name country hoster class 1"});
  options.add({"name", 0, "NAME", text(choices.set_name),
               "name of the sets of nftables and ipset (default: what was asked for)"});
  options.add(
      {"type", 0, "TYPE", text(choices.type), "database type of an MMDB file",
       "Readers look at it: GoAccess wants ASN in it, Python's geoip2 wants GeoLite2-ASN in it, and programs in "
       "Go, such as CrowdSec, often want just GeoLite2-ASN and nothing around it. The default is `ip2asn-ASN "
       "(compat=GeoLite2-ASN)`."});
  options.add({"output", 'o', "FILE", text(choices.path),
               "where to write instead of standard output, whole or, after an error, not at all; a name that ends in "
               ".gz is compressed"});
  describe_part(options, choices);
  options.group("The database");
  choices.hosters.describe(options);
  describe_names(options, choices.recipe.names);
  describe_combine(options, choices.recipe.options.combine);
}

}  // namespace

const Command kDumpCommand = {
    "dump",
    "a database, or a part of it, for other programs",
    "[OPTION]... DB...",
    R"(Writes DB, a compiled index or sources, or the part of it that is asked for, in a
form that other programs read: rows, MaxMind DB, sets of firewalls, maps of web
servers. Ranges that nobody announces are left out. Of a source, this is its
clean form: sorted, without overlaps, text repaired.)",
    R"(0 all was written
2 wrong usage
3 DB is damaged
6 a file or standard output could not be read or written)",
    R"(ip2asn dump ip2asn.idx -o ip2asn-combined.tsv.gz
ip2asn dump --format mmdb ip2asn.idx -o /usr/share/GeoIP/ip2asn.mmdb
ip2asn dump --format nftables --hoster any ip2asn.idx | nft -f -
)",
    [] { return invocation(describe, dump_main); },
};

}  // namespace ip2asn::cli
