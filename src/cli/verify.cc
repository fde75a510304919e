// ip2asn verify: whether a source or an index is fit for use.
#include <ctime>
#include <optional>

#include "cli/args.hh"
#include "cli/describe.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/verify_list.hh"
#include "serve/acceptance.hh"
#include "store/contents.hh"

namespace ip2asn::cli {
namespace {

enum : int { kMaxAge = 256, kAgainst, kMaxDrift, kStrict, kList, kSelect };

constexpr option kOptions[] = {
    {"max-age", required_argument, nullptr, kMaxAge},
    {"against", required_argument, nullptr, kAgainst},
    {"max-drift", required_argument, nullptr, kMaxDrift},
    {"strict", no_argument, nullptr, kStrict},
    {"list", no_argument, nullptr, kList},
    {"select", required_argument, nullptr, kSelect},
    {"quiet", no_argument, nullptr, 'q'},
};

struct Request {
  std::string file;
  std::optional<std::string> against;
  std::optional<std::int64_t> max_age;
  double max_drift = kDefaultMaxDrift;
  bool strict = false, quiet = false, list = false;
  std::vector<ListSelector> selectors;
};

std::string describe_data(const Request& request, const Database& database, const Findings& findings,
                          std::int64_t now) {
  const Image& image = database.image();
  std::string text = printable(request.file) + ": ";
  text += database.compiled() ? "source" : "compiled index, format " + std::to_string(kImageVersion);
  text += ", content " + content_id(image) + '\n';
  text += describe_families(image);
  text += "  data of " + utc_time(image.data_time());
  if (image.data_time() != 0) text += ", " + age(now - image.data_time()) + (now < image.data_time() ? "" : " old");
  text += "\n  " + counted(image.source_rows(), "row");
  if (database.compiled()) text += ", " + grouped(findings.skipped()) + " skipped";
  return text + '\n' + explain(findings);
}

// The words for data that is too old, or nullopt.
std::optional<std::string> stale(const Request& request, const Image& image, std::int64_t now) {
  if (!request.max_age) return std::nullopt;
  if (image.data_time() == 0) return request.file + ": stale: nothing tells how old its data is";
  if (now - image.data_time() <= *request.max_age) return std::nullopt;
  return request.file + ": stale: its data is " + age(now - image.data_time()) + " old, of " +
         utc_time(image.data_time()) + ", and may be " + age(*request.max_age) + " old";
}

// The words for a source that may have been cut.
std::optional<std::string> unfinished(const std::string& file) {
  const Result<FileContent> content = content_of(file);
  if (!content || (content->ended && content->last_row_full)) return std::nullopt;
  return file + ": its last line " + (content->ended ? "has too few fields" : "has no end (newline)") +
         ", as that of a file that was cut; fetch the file again";
}

int verify_file(const Arguments& arguments, const Request& request) {
  Output output;
  Findings findings;
  const Result<Database> database = open_database({request.file}, request.strict, findings);
  if (!database) {
    const Error& error = database.error();
    const Exit status = exit_status(error.code);
    if (!request.quiet) output.write(explain(findings));
    const int written = output.finish("ip2asn verify");
    arguments.complain((status == kUnreadable ? "unreadable: "
                        : status == kDamaged  ? "damaged: "
                                              : "") +
                       error.message);
    return written != kFine ? written : status;
  }
  const Image& image = database->image();
  const std::int64_t now = std::time(nullptr);
  if (!request.quiet) output.write(describe_data(request, *database, findings, now));

  int status = kFine;
  const auto complain = [&](const std::string& message, int code) {
    output.flush();
    arguments.complain(message);
    status = code;
  };
  if (const auto words = stale(request, image, now)) complain(*words, kStale);
  if (const auto words = unfinished(request.file)) complain("damaged: " + *words, kDamaged);
  if (request.against) {
    Findings old_findings;
    const Result<Database> old_database = open_database({*request.against}, false, old_findings);
    if (!old_database) {
      complain("nothing to compare with: " + old_database.error().message, exit_status(old_database.error().code));
    } else {
      const Profile before = profile_of(old_database->image()), after = profile_of(image);
      const Known known = {&before, same_samples(before, image)};
      if (const auto less = lost(known, after, request.max_drift)) {
        complain(request.file + ": drifted: against " + *request.against + ", " + *less, kDrifted);
      } else if (const auto more = grown(known, after); more && !request.quiet) {
        output.write("  against " + printable(*request.against) + ", " + *more +
                     "; a server takes it when it finds it twice\n");
      }
    }
  }
  if (status == kFine && !request.quiet) output.write("  fine\n");
  const int written = output.finish("ip2asn verify");
  return written != kFine ? written : status;
}

int verify_main(Arguments& arguments) {
  Request request;
  arguments.accept(kOptions);
  while (const int option = arguments.next()) {
    switch (option) {
      case kMaxAge:
        request.max_age = parse_duration(arguments.value());
        if (!request.max_age) {
          return arguments.bad_usage("--max-age '" + std::string(arguments.value()) +
                                     "' is no time such as 90m, 36h or 7d");
        }
        break;
      case kAgainst:
        request.against = arguments.value();
        break;
      case kMaxDrift: {
        const auto share = parse_percent(arguments.value());
        if (!share)
          return arguments.bad_usage("--max-drift '" + std::string(arguments.value()) + "' is no share from 0 to 100");
        request.max_drift = *share;
        break;
      }
      case kStrict:
        request.strict = true;
        break;
      case kList:
        request.list = true;
        break;
      case kSelect: {
        auto selector = parse_list_selector(arguments.value());
        if (!selector) return arguments.bad_usage("--select: " + selector.error().message);
        request.selectors.push_back(*std::move(selector));
        break;
      }
      case 'q':
        request.quiet = true;
        break;
    }
  }
  if (const auto status = arguments.status()) return *status;
  const std::vector<std::string> files = arguments.operands();
  if (files.size() != 1) return arguments.bad_usage(files.empty() ? "FILE is missing" : "one FILE at a time");
  request.file = files.front();
  if (!request.list && !request.selectors.empty()) return arguments.bad_usage("--select is for --list");
  if (request.list && (request.max_age || request.strict)) {
    return arguments.bad_usage("--max-age and --strict are not for --list");
  }
  if (request.list) {
    return verify_list(arguments, {request.file, request.selectors, request.against, request.max_drift, request.quiet});
  }
  return verify_file(arguments, request);
}

}  // namespace

const Command kVerifyCommand = {
    "verify",
    "whether a source or an index is fit for use",
    "Usage: ip2asn verify [OPTION]... FILE\n"
    "\n"
    "Checks FILE, an iptoasn.com file (plain or gzip) or a compiled index, as it is\n"
    "checked before it is used: structure, checksums, every row. Says on standard\n"
    "output what it holds and what is wrong with which rows (the first three of each\n"
    "kind), and on standard error why it is not fine. A text whose last line has no\n"
    "end (newline) is damaged: it was cut, or is being written.\n"
    "\n"
    "Options:\n"
    "      --max-age TIME   data older than this is stale: 90m, 36h, 7d, 2w; the age\n"
    "                       of a source is that of its file's modification\n"
    "      --against OLD    compare with OLD, a source or an index, as a server does:\n"
    "                       data has drifted that has fewer ranges, ASNs or covered\n"
    "                       addresses in a family, fewer ranges with a country or a\n"
    "                       name, or other ASes for a fifth of the addresses\n"
    "      --max-drift P    when they are fewer by more than P per cent (default: 5)\n"
    "      --strict         a single bad row is damage; otherwise only more than\n"
    "                       0.01 % of the rows (and more than 10) are\n"
    "      --list           FILE, and OLD, is a list as IP2ASNList reads it\n"
    "      --select MEMBER[=VALUE]\n"
    "                       of its JSON only this part, such as service=EC2\n"
    "  -q, --quiet          print nothing but errors\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 fine, 2 wrong usage, 3 damaged, 4 stale, 5 drifted, 6 FILE or OLD\n"
    "could not be read. Data that is stale and drifted is 5.\n"
    "\n"
    "Examples:\n"
    "  ip2asn verify ip2asn-combined.tsv.gz\n"
    "  ip2asn verify new.tsv.gz --against old.tsv.gz --max-age 36h && mv new.tsv.gz \\\n"
    "    old.tsv.gz\n",
    verify_main,
};

}  // namespace ip2asn::cli
