// ip2asn verify: whether a source or an index is fit for use.
#include <ctime>
#include <limits>
#include <optional>

#include "cli/args.hh"
#include "cli/database_options.hh"
#include "cli/describe.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/verify_list.hh"
#include "serve/acceptance.hh"
#include "store/contents.hh"

namespace ip2asn::cli {
namespace {

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

int verify(const Arguments& arguments, Request& request) {
  const std::vector<std::string>& files = arguments.operands();
  if (files.size() != 1) return arguments.bad_usage(files.empty() ? "FILE is missing" : "one FILE at a time");
  request.file = files.front();
  if (request.list) {
    return verify_list(arguments, {request.file, request.selectors, request.against, request.max_drift, request.quiet});
  }
  return verify_file(arguments, request);
}

void describe(Options& options, Request& request) {
  options.add(
      {"max-age", 0, "TIME",
       duration([&](std::int64_t seconds) { request.max_age = seconds; }, 0, std::numeric_limits<std::int64_t>::max()),
       "data older than this is stale: 90m, 36h, 7d, 2w",
       "A source is as old as its file's last modification, an index as the newest of the sources that it was "
       "made of.",
       "1h|36h|7d"});
  options.add({"against", 0, "OLD", text(request.against),
               "compare with OLD, a source or an index, as a server does before it takes new data",
               "Data has drifted that has fewer ranges, ASNs or covered addresses in a family, a lower share of ranges "
               "with a country or a name, less than half as many names, or another AS for a fifth of the addresses."});
  describe_max_drift(options, request.max_drift);
  options.add({"strict", 0, "", flag(request.strict),
               "a single bad row is damage; otherwise only more than 0.01 % of the rows (and more than 10) are"});
  options.add({"list", 0, "", flag(request.list), "FILE, and OLD, is a list as IP2ASNList reads it",
               "A list has drifted that lost more than the share of its entries or addresses, or comes to hold a large "
               "part of all addresses."});
  options.add({"select", 0, "MEMBER[=VALUE]",
               [&](std::string_view value) { return take_selector(request.selectors, value); },
               "only this part of the list's JSON, such as service=EC2",
               "The part is what stands in an object whose MEMBER is VALUE, or under MEMBER."});
  options.add({"quiet", 'q', "", flag(request.quiet), "print nothing but errors"});
  options.exclude({"list", "max-age"});
  options.exclude({"list", "strict"});
  options.require("select", {"list"});
}

}  // namespace

const Command kVerifyCommand = {
    "verify",
    "whether a source or an index is fit for use",
    "[OPTION]... FILE",
    R"(Checks FILE, a source (plain or gzip) or a compiled index, as it is checked
before it is used: structure, checksums, every row. Prints on standard output
what it holds and what is wrong with which rows (the first three of each kind),
and on standard error why it is not fit for use. A text whose last line has no
newline is damaged: it was cut, or is being written.)",
    R"(0 fine
2 wrong usage
3 damaged
4 stale
5 drifted, whether stale as well or not
6 FILE or OLD could not be read)",
    R"(ip2asn verify ip2asn-combined.tsv.gz
ip2asn verify new.tsv.gz --against old.tsv.gz --max-age 36h && mv new.tsv.gz \
    old.tsv.gz
)",
    [] { return invocation(describe, verify); },
};

}  // namespace ip2asn::cli
