// ip2asn compile: from sources to a compiled index.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/files.hh"
#include "cli/args.hh"
#include "cli/database_options.hh"
#include "cli/describe.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/write_file.hh"
#include "serve/acceptance.hh"
#include "store/contents.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kStandardOutput = "-";
constexpr std::uint64_t kMaxImageBytes = std::uint64_t{4} << 30;

struct Request {
  Recipe recipe;
  std::string output;
  HosterChoice hosters;
  double max_drift = kDefaultMaxDrift;
  bool force = false, quiet = false;
};

// "NETWORK ASN [COUNTRY [NAME]]": the name is all that is left.
Result<Override> read_override(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::size_t end = words.size() == 3 ? text.find_last_not_of(" \t") + 1 : text.find_first_of(" \t");
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
    if (words.size() == 4) break;
  }
  return parse_override(words);
}

bool is_compiled(const std::string& path) {
  const Result<bool> compiled = is_index_file(path);
  return compiled && *compiled;
}

// What stands at the place of the output: whether it may be replaced by `image`.
Result<Done> may_replace(const Request& request, const Image& image) {
  struct stat place {};
  if (stat(request.output.c_str(), &place) != 0 || !S_ISREG(place.st_mode)) return Done{};
  for (const std::string& source : request.recipe.sources) {
    struct stat status {};
    if (stat(source.c_str(), &status) == 0 && status.st_dev == place.st_dev && status.st_ino == place.st_ino) {
      return Error{Errc::argument, request.output + ": is one of the sources; name another file for the index"};
    }
  }
  if (request.force || place.st_size == 0) return Done{};
  const Result<FileBytes> file = read_file(request.output, kMaxImageBytes);
  if (!file) return file.error();
  if (!is_image(file->buffer.bytes())) {
    return Error{Errc::argument,
                 request.output + ": exists already and is not a compiled index; --force replaces it anyway"};
  }
  for (const std::string& source : request.recipe.sources) {
    const Result<FileContent> content = content_of(source);
    if (!content) return content.error();
    if (content->ended && content->last_row_full) continue;
    return Error{Errc::damaged, request.output + ": kept as it was, because the last line of " + source + " has " +
                                    (content->ended ? "too few fields" : "no end (newline)") +
                                    ": it may have been cut; --force replaces it anyway"};
  }
  // An index that this build cannot use is no measure for the new one; replacing it is the repair.
  const Result<Image> old_image = Image::open(file->buffer.bytes());
  if (!old_image) return Done{};
  const Profile before = profile_of(*old_image), after = profile_of(image);
  if (const auto less = lost({&before, same_samples(before, image)}, after, request.max_drift)) {
    return Error{Errc::drift, request.output + ": kept as it was, because in the new data " + *less +
                                  "; --max-drift or --force replaces it anyway"};
  }
  return Done{};
}

std::string report(const Request& request, const Image& image, const Findings& findings, double seconds) {
  char time[32];
  std::snprintf(time, sizeof time, "%.2f", seconds);
  std::string text = (request.output == kStandardOutput ? "index" : printable(request.output)) + ": " +
                     counted(image.bytes().size(), "byte") + " in " + time + " s, content ";
  text += content_id(image) + '\n';
  text += describe_families(image);
  text += "  " + counted(image.source_rows(), "row") + " read, " + grouped(findings.skipped()) + " skipped\n";
  return text + explain(findings);
}

int compile_request(const Arguments& arguments, const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string>& sources = request.recipe.sources;
  if (std::any_of(sources.begin(), sources.end(), is_compiled)) {
    return arguments.bad_usage(name_files(sources) +
                               ": compile reads sources, not compiled indexes; 'ip2asn dump' makes a source of one");
  }
  Findings findings;
  const Result<Database> database = open_database(request.recipe, findings);
  if (!database) {
    Output errors(STDERR_FILENO);
    errors.write(explain(findings));
    errors.flush();
    return arguments.fail(database.error());
  }
  const Image& image = database->image();
  const auto bytes = image.bytes();

  Output output;
  if (request.output == kStandardOutput) {
    output.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return output.finish("ip2asn compile");
  }
  if (const auto allowed = may_replace(request, image); !allowed) return arguments.fail(allowed.error());
  if (const auto written = write_file(request.output, bytes); !written) return arguments.fail(written.error());
  if (request.quiet) return kFine;
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  output.write(report(request, image, findings, taken.count()));
  return output.finish("ip2asn compile");
}

int compile_main(const Arguments& arguments, Request& request) {
  request.recipe.sources = arguments.operands();
  if (request.recipe.sources.empty()) return arguments.bad_usage("a SOURCE is missing");
  if (request.output.empty()) return arguments.bad_usage("-o FILE is missing");
  if (request.output == kStandardOutput && isatty(STDOUT_FILENO)) {
    return arguments.bad_usage("-o - would write binary data to a terminal; redirect it or name a file");
  }
  request.recipe.hoster_map = request.hosters.map_path();
  return compile_request(arguments, request);
}

std::string take_list(Recipe& recipe, std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || !is_list_name(value.substr(0, equals)))
    return "is not NAME=FILE with a name of letters, digits, '-', '.' and '_'";
  recipe.lists.push_back({std::string(value.substr(0, equals)), std::string(value.substr(equals + 1)), {}});
  return {};
}

std::string take_select(Recipe& recipe, std::string_view value) {
  if (recipe.lists.empty()) return "must follow the --list that it belongs to";
  return take_selector(recipe.lists.back().selectors, value);
}

std::string take_override(Recipe& recipe, std::string_view value) {
  auto parsed = read_override(value);
  if (!parsed) return "is not an override: " + parsed.error().message;
  recipe.overrides.push_back(*std::move(parsed));
  return {};
}

void describe(Options& options, Request& request) {
  Recipe& recipe = request.recipe;
  options.add(
      {"output", 'o', "FILE", text(request.output), "the index; - is standard output, unless it is a terminal"});
  request.hosters.describe(options);
  describe_names(options, recipe.names);
  describe_combine(options, recipe.options.combine);
  options.add(
      {"list", 0, "NAME=FILE", [&](std::string_view value) { return take_list(recipe, value); },
       "compile in a list of ASes and networks, as text or JSON",
       "The module's `Require asn-list` knows it by NAME. A list in text has an AS number, an address or a CIDR "
       "prefix a line, and comments that begin with # or ;. Lists are read as they are published; lists.md, "
       "installed with this manual, names the forms. More than 0.01 % of bad lines, or ten of JSON, reject the "
       "list."});
  options.add({"select", 0, "MEMBER[=VALUE]", [&](std::string_view value) { return take_select(recipe, value); },
               "only this part of the JSON of the preceding --list, such as service=EC2 or hooks",
               "The part is what stands in an object whose MEMBER is VALUE (which may end with *), or under MEMBER. "
               "Several for one member are alternatives; different members must all match."});
  options.add(
      {"override", 0, "TEXT", [&](std::string_view value) { return take_override(recipe, value); },
       "\"NETWORK ASN [COUNTRY [NAME]]\": an answer that wins over the sources",
       "AS number 0 makes a network that nobody announces; COUNTRY may be None. Of overrides that nest, the most "
       "specific wins. What is left out is as the sources have it for this AS."});
  options.add({"strict", 0, "", flag(recipe.options.strict),
               "reject a source with a single bad row; otherwise up to 0.01 % (but at least 10) bad rows are skipped"});
  describe_max_drift(options, request.max_drift);
  options.add({"force", 0, "", flag(request.force), "replace FILE whatever it is and was"});
  options.add({"quiet", 'q', "", flag(request.quiet), "print nothing but errors"});
}

}  // namespace

const Command kCompileCommand = {
    "compile",
    "make an index of sources, which opens faster",
    "[OPTION]... SOURCE... -o FILE",
    R"(Makes one compiled index of source files, plain or gzip, IPv4, IPv6 or both. An
index opens ten times as fast as its sources, and gives the same answers. FILE is
replaced as a whole, or, after an error, not at all.

When FILE is an index already and the new data lost more than 5 % of its ranges,
ASNs or covered addresses in a family, or the last line of a source has no
newline, FILE is kept: a failed download is more likely than such a loss. A FILE
that is something else is kept as well.)",
    R"(0 FILE was written
2 wrong usage
3 a source is damaged
5 the data drifted
6 a file could not be read or written)",
    R"(ip2asn compile ip2asn-combined.tsv.gz -o ip2asn.idx
ip2asn compile ip2asn-v4.tsv.gz ip2asn-v6.tsv.gz --strict -o ip2asn.idx
ip2asn compile ip2asn-combined.tsv.gz --list drop=asndrop.json \
    --override "10.0.0.0/8 64512 None Our own network" -o ip2asn.idx
)",
    [] { return invocation(describe, compile_main); },
};

}  // namespace ip2asn::cli
