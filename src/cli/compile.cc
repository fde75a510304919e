// ip2asn compile: from sources to a compiled index.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/files.hh"
#include "cli/args.hh"
#include "cli/describe.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/write_file.hh"
#include "serve/acceptance.hh"
#include "store/contents.hh"

namespace ip2asn::cli {
namespace {

enum : int { kNoHosters = 256, kHosters, kStrict, kForce, kMaxDrift, kList, kSelect, kOverride };

constexpr option kOptions[] = {
    {"output", required_argument, nullptr, 'o'},      {"hosters", required_argument, nullptr, kHosters},
    {"no-hosters", no_argument, nullptr, kNoHosters}, {"list", required_argument, nullptr, kList},
    {"select", required_argument, nullptr, kSelect},  {"override", required_argument, nullptr, kOverride},
    {"strict", no_argument, nullptr, kStrict},        {"max-drift", required_argument, nullptr, kMaxDrift},
    {"force", no_argument, nullptr, kForce},          {"quiet", no_argument, nullptr, 'q'},
};

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
                 request.output + ": is there already and no compiled index; --force replaces it all the same"};
  }
  for (const std::string& source : request.recipe.sources) {
    const Result<FileContent> content = content_of(source);
    if (!content) return content.error();
    if (content->ended && content->last_row_full) continue;
    return Error{Errc::damaged, request.output + ": kept as it was, because the last line of " + source + " has " +
                                    (content->ended ? "too few fields" : "no end (newline)") +
                                    ": it may have been cut; --force replaces it all the same"};
  }
  // An index that this build cannot use is no measure for the new one; replacing it is the repair.
  const Result<Image> old_image = Image::open(file->buffer.bytes());
  if (!old_image) return Done{};
  const Profile before = profile_of(*old_image), after = profile_of(image);
  if (const auto less = lost({&before, same_samples(before, image)}, after, request.max_drift)) {
    return Error{Errc::drift, request.output + ": kept as it was, because in the new data " + *less +
                                  "; --max-drift or --force replaces it all the same"};
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

int compile_main(Arguments& arguments) {
  Request request;
  bool output_named = false;
  arguments.accept(kOptions);
  while (const int option = arguments.next()) {
    switch (option) {
      case 'o':
        request.output = arguments.value();
        output_named = true;
        break;
      case kHosters:
        request.hosters.path = arguments.value();
        break;
      case kNoHosters:
        request.hosters.none = true;
        break;
      case kStrict:
        request.recipe.options.strict = true;
        break;
      case kMaxDrift: {
        const auto share = parse_percent(arguments.value());
        if (!share)
          return arguments.bad_usage("--max-drift '" + std::string(arguments.value()) + "' is no share from 0 to 100");
        request.max_drift = *share;
        break;
      }
      case kList: {
        const std::string_view value = arguments.value();
        const std::size_t equals = value.find('=');
        if (equals == std::string_view::npos || !is_list_name(value.substr(0, equals))) {
          return arguments.bad_usage("--list '" + std::string(value) +
                                     "' is not NAME=FILE with a name of letters, digits, '-', '.' and '_'");
        }
        request.recipe.lists.push_back({std::string(value.substr(0, equals)), std::string(value.substr(equals + 1))});
        break;
      }
      case kSelect: {
        if (request.recipe.lists.empty())
          return arguments.bad_usage("--select stands behind the --list that it is for");
        auto& selectors = request.recipe.lists.back().selectors;
        auto selector = parse_list_selector(arguments.value());
        if (!selector) return arguments.bad_usage("--select: " + selector.error().message);
        selectors.push_back(*std::move(selector));
        break;
      }
      case kOverride: {
        auto value = read_override(arguments.value());
        if (!value) return arguments.bad_usage("--override: " + value.error().message);
        request.recipe.overrides.push_back(*std::move(value));
        break;
      }
      case kForce:
        request.force = true;
        break;
      case 'q':
        request.quiet = true;
        break;
    }
  }
  if (const auto status = arguments.status()) return *status;
  request.recipe.sources = arguments.operands();
  if (request.recipe.sources.empty()) return arguments.bad_usage("a SOURCE is missing");
  if (!output_named || request.output.empty()) return arguments.bad_usage("-o FILE is missing");
  if (request.hosters.path && request.hosters.none)
    return arguments.bad_usage("--hosters and --no-hosters cannot both be");
  if (request.output == kStandardOutput && isatty(STDOUT_FILENO)) {
    return arguments.bad_usage("-o - would write binary data to a terminal; redirect it or name a file");
  }
  request.recipe.hoster_map = request.hosters.map_path();
  return compile_request(arguments, request);
}

}  // namespace

const Command kCompileCommand = {
    "compile",
    "make an index of sources, which opens faster",
    "Usage: ip2asn compile [OPTION]... SOURCE... -o FILE\n"
    "\n"
    "Makes one compiled index of iptoasn.com files, plain or gzip, IPv4, IPv6 or\n"
    "both. An index opens ten times as fast as its sources, and gives the same\n"
    "answers. FILE is replaced at once and whole, or, after an error, not at all.\n"
    "\n"
    "When FILE is an index already and the new data lost more than 5 % of its ranges,\n"
    "ASNs or covered addresses in a family, or the last line of a source has no end,\n"
    "FILE is kept: a download that went wrong is more likely than such a loss. A FILE\n"
    "that is something else is kept as well.\n"
    "\n"
    "Options:\n"
    "  -o, --output FILE    the index; - is standard output, unless it is a terminal\n"
    "      --hosters FILE   the hoster map, which is compiled in\n"
    "      --no-hosters     compile no hosters in\n"
    "      --list NAME=FILE compile in a list of ASNs and networks, text or JSON as\n"
    "                       it is published\n"
    "      --select MEMBER[=VALUE]\n"
    "                       only this part of the JSON of the --list before, such as\n"
    "                       service=EC2 or hooks; VALUE may end with *\n"
    "      --override O     \"NETWORK ASN [COUNTRY [NAME]]\": this answer wins over the\n"
    "                       sources; ASN 0 for a network that nobody announces\n"
    "      --strict         reject a source with a single bad row; otherwise up to\n"
    "                       0.01 % (but at least 10) bad rows are skipped\n"
    "      --max-drift P    the share in per cent that may be lost (default: 5)\n"
    "      --force          replace FILE whatever it is and was\n"
    "  -q, --quiet          print nothing but errors\n"
    "  -h, --help           this text\n"
    "\n"
    "Without --hosters the hoster map, if it is there, is\n"
    "  " IP2ASN_HOSTER_MAP
    "\n"
    "\n"
    "Exit status: 0 FILE was written, 2 wrong usage, 3 a source is damaged, 5 the\n"
    "data drifted, 6 a file could not be read or written.\n"
    "\n"
    "Examples:\n"
    "  ip2asn compile ip2asn-combined.tsv.gz -o ip2asn.idx\n"
    "  ip2asn compile ip2asn-v4.tsv.gz ip2asn-v6.tsv.gz --strict -o ip2asn.idx\n"
    "  ip2asn compile ip2asn-combined.tsv.gz --list drop=asndrop.json \\\n"
    "    --override \"10.0.0.0/8 64512 None Our own network\" -o ip2asn.idx\n",
    compile_main,
};

}  // namespace ip2asn::cli
