// ip2asn whois: who holds an address, a prefix or an AS number, by the registry's word.
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <limits>
#include <optional>

#include "base/text.hh"
#include "cli/crawl/files.hh"
#include "cli/database_options.hh"
#include "cli/lines.hh"
#include "cli/output.hh"
#include "cli/refreshers.hh"
#include "cli/registry_client.hh"
#include "cli/whois_cache.hh"
#include "net/asn.hh"
#include "net/prefix_text.hh"
#include "net/special.hh"

namespace ip2asn::cli {
namespace {

struct Choices {
  DatabaseOptions database;
  RegistryOptions registries;
  bool raw = false, json = false, no_cache = false;
  std::int64_t max_age = 30 * 86400, refresh_age = 7 * 86400;
  unsigned refreshers = 2;
};

std::string_view or_dash(std::string_view text) { return text.empty() ? "-" : text; }

class Whois {
 public:
  Whois(const Arguments& arguments, const Choices& choices, const std::optional<Database>& database,
        RegistryClient& client, Output& output)
      : arguments_(arguments),
        choices_(choices),
        database_(database),
        client_(client),
        output_(output),
        now_(std::time(nullptr)),
        cache_(choices.no_cache ? "" : whois_directory(), choices.max_age, now_),
        refreshers_(whois_directory(), choices.refreshers) {}

  // Answers one query; keeps the worst exit status.
  void ask(std::string_view text) {
    text = trimmed(text);
    Question question;
    if (const auto asn = text.find_first_of(".:/") == std::string_view::npos ? parse_asn(text) : std::nullopt) {
      question.asn = *asn;
    } else {
      const Result<Prefix> prefix = network_of(text);
      if (!prefix) return complain(kPartly, prefix.error().message);
      question.prefix = *prefix;
    }
    ResultLine line;
    line.host = host_name();
    line.query = text;
    line.time = std::time(nullptr);
    if (question.prefix) line.ip = question.prefix->address;
    if (question.prefix && database_) line.announced = announced_at(&database_->image(), line.ip);
    if (answer_special(question, line)) return print(line);
    if (answer_kept(question, line)) {
      print(line);
      if (now_ - line.time > choices_.refresh_age) renew(question, line);
      return;
    }
    const Result<Reading> reading = client_.ask(question);
    if (!reading) return complain(exit_status(reading.error().code), reading.error().message);
    if (choices_.raw && !client_.body().empty()) output_.write(client_.body());
    if (reading->outcome != Outcome::answer) {
      const bool silent = reading->outcome == Outcome::failed || reading->outcome == Outcome::limited;
      return complain(silent ? kUnreadable : kPartly,
                      std::string(text) + ": " + std::string(name_of(reading->outcome)) + ": " + reading->text);
    }
    line.block = reading->block;
    line.first_asn = reading->first_asn;
    line.last_asn = reading->last_asn;
    if (!choices_.no_cache) {
      if (const Result<Done> kept = cache_.add(line); !kept) arguments_.complain(kept.error().message);
    }
    if (!choices_.raw) print(line);
  }

  int status() const { return status_; }

 private:
  static std::string whois_directory() {
    const std::string cache = xdg_directory("XDG_CACHE_HOME", ".cache");
    return cache.empty() ? "" : cache + "/whois";
  }

  void complain(int status, std::string_view message) {
    arguments_.complain(message);
    status_ = std::max(status_, status);
  }

  // Space that no registry hands out is known without asking.
  bool answer_special(const Question& question, ResultLine& line) const {
    if (!question.prefix) return false;
    const auto special = special_block(question.prefix->address);
    if (!special || special->globally_reachable || special->prefix.length > question.prefix->length) return false;
    line.block.range = special->prefix.range();
    line.block.holder = line.block.name = special->name;
    line.block.registry = "iana";
    line.block.source = "special";
    return true;
  }

  // What is kept for long is still an answer; the next one finds it renewed.
  void renew(const Question& question, const ResultLine& kept) {
    output_.flush();
    const auto work = [&] {
      Result<RegistryClient> client = RegistryClient::open(choices_.registries, arguments_);
      if (!client) return;
      const Result<Reading> reading = client->ask(question);
      if (!reading || reading->outcome != Outcome::answer) return;
      ResultLine line = kept;
      line.time = std::time(nullptr);
      line.block = reading->block;
      line.first_asn = reading->first_asn;
      line.last_asn = reading->last_asn;
      (void)cache_.add(line);
    };
    const auto started = refreshers_.start(work);
    if (!started) return arguments_.complain(started.error().message);
    const std::string of = std::to_string(started->at_work) + " of " + std::to_string(refreshers_.limit());
    arguments_.complain(kept.query + ": kept since " + timestamp(kept.time) +
                        (started->started ? "; it is renewed in the background (" + of + " refreshers at work)"
                                          : "; it is not renewed now, as " + of + " refreshers are at work"));
  }

  bool answer_kept(const Question& question, ResultLine& line) const {
    if (choices_.raw) return false;
    const ResultLine* const kept = cache_.find(question);
    if (kept == nullptr) return false;
    line.time = kept->time;
    line.block = kept->block;
    line.first_asn = kept->first_asn;
    line.last_asn = kept->last_asn;
    return true;
  }

  void print(const ResultLine& line) {
    if (choices_.json) {
      JsonText json;
      write_result(json, line);
      output_.write(json.text());
      output_.write("\n");
      return;
    }
    const Block& block = line.block;
    const std::string range = line.last_asn == 0 ? range_text(block.range)
                              : line.first_asn == line.last_asn
                                  ? "AS" + std::to_string(line.first_asn)
                                  : "AS" + std::to_string(line.first_asn) + " - AS" + std::to_string(line.last_asn);
    const std::string asn = line.announced.asn != 0 ? "AS" + std::to_string(line.announced.asn) : "-";
    std::string text;
    for (const std::string_view part : {or_dash(block.holder), std::string_view(range), or_dash(block.registry),
                                        or_dash(block.handle), or_dash(block.country), std::string_view(asn)}) {
      text.append(text.empty() ? "" : " | ").append(part);
    }
    output_.write(text + "\n");
  }

  const Arguments& arguments_;
  const Choices& choices_;
  const std::optional<Database>& database_;
  RegistryClient& client_;
  Output& output_;
  std::int64_t now_;
  WhoisCache cache_;
  Refreshers refreshers_;
  int status_ = kFine;
};

// The database that is named, or the default one where there is one: only the last column needs it.
Result<std::optional<Database>> open_database(const Arguments& arguments, const Choices& choices) {
  DatabaseOptions options = choices.database;
  if (options.paths.empty() && !default_database()) return std::optional<Database>();
  if (const Result<Done> settled = options.settle(); !settled) return settled.error();
  Result<Database> database = options.open(arguments);
  if (!database) return database.error();
  return std::optional<Database>(*std::move(database));
}

void flush(void* output) { static_cast<Output*>(output)->flush(); }

int run(const Arguments& arguments, Choices& choices) {
  choices.registries.inquiry.national = true;
  if (const auto wrong = choices.registries.contradiction()) return arguments.bad_usage(*wrong);
  const std::vector<std::string>& queries = arguments.operands();
  if (queries.empty()) return arguments.bad_usage("a QUERY is missing: an address, a prefix, an AS number, or '-'");
  const Result<std::optional<Database>> database = open_database(arguments, choices);
  if (!database) return arguments.fail(database.error());
  Result<RegistryClient> client = RegistryClient::open(choices.registries, arguments);
  if (!client) return arguments.fail(client.error());
  Output output;
  Whois whois(arguments, choices, *database, *client, output);
  int status = kFine;
  for (const std::string& query : queries) {
    if (query != "-") {
      whois.ask(query);
      output.flush();
      continue;
    }
    LineReader lines(STDIN_FILENO, flush, &output);
    for (std::string_view line; output.good() && lines.next(line);) {
      if (const std::string_view text = trimmed(line); !text.empty() && text[0] != '#') whois.ask(text);
      output.flush();
    }
    if (lines.error() != 0) {
      arguments.complain("standard input could not be read");
      status = kUnreadable;
    }
  }
  return std::max({output.finish("ip2asn whois"), whois.status(), status});
}

void describe(Options& options, Choices& choices) {
  choices.database.describe_database(options);
  options.add(
      {"json", 0, "", flag(choices.json), "one JSON object a line",
       "Its members are named as by the Python library ipwhois: `Whois.holder`, `Whois.network.cidr` and so on. NA "
       "stands for what is not known."});
  options.add({"whois", 0, "",
               [&](std::string_view) {
                 choices.registries.inquiry.via = Via::whois;
                 return std::string();
               },
               "the same as --via whois"});
  options.add({"raw", 0, "", flag(choices.raw), "the registry's answer as it is", "It may hold control characters."});
  options.add({"no-cache", 0, "", flag(choices.no_cache), "neither use kept answers nor keep new ones"});
  options.add(
      {"max-age",
       0,
       "TIME",
       duration([&](std::int64_t seconds) { choices.max_age = seconds; }, 0, std::numeric_limits<std::int64_t>::max()),
       "use kept answers up to this age (default: 30d)",
       {},
       "1h|36h|7d"});
  options.add({"refresh-age", 0, "TIME",
               duration([&](std::int64_t seconds) { choices.refresh_age = seconds; }, 0,
                        std::numeric_limits<std::int64_t>::max()),
               "renew kept answers that are older, in the background (default: 7d)",
               "Such an answer is given at once; the registry is asked behind it, for the next time.", "1h|36h|7d"});
  options.add({"refreshers", 0, "N", number(choices.refreshers, 0, 16),
               "how many processes of the user may do that at a time (default: 2)"});
  options.exclude({"raw", "json"});
  choices.registries.describe(options);
  options.note(
      "Answers are kept in ip2asn/whois in $XDG_CACHE_HOME (default: ~/.cache), and the registries' paces in "
      "ip2asn/registries in $XDG_STATE_HOME (default: ~/.local/state).");
}

}  // namespace

const Command kWhoisCommand = {
    "whois",
    "who holds an address, a prefix or an AS number",
    "[OPTION]... QUERY...",
    R"(Asks the registry (ARIN, RIPE NCC, APNIC, LACNIC, AFRINIC) by RDAP who holds each
QUERY: an address, a prefix or an AS number (AS64500). '-' reads queries from
standard input, one a line. Prints for each

  holder | range | registry | handle | country | AS

where AS is the one that announces the address according to the database.
Questions go one at a time, and no registry is asked more often than it likes:
every second (AFRINIC 2 s, LACNIC and all others 12 s), by all processes of a
user together. Answers are kept, and what a kept range covers is not asked again.)",
    R"(0 all were answered
1 a query was not valid, or its registry knows no holder or refuses
2 wrong usage
3 a file is damaged
6 a file could not be read or written, or a registry does not answer)",
    R"(ip2asn whois 8.8.8.8
ip2asn whois --json 2001:4860::/32 AS15169 | jq -r .Whois.holder
cut -f1 hosts.txt | ip2asn whois -d ip2asn.idx -
)",
    [] { return invocation(describe, run); },
};

}  // namespace ip2asn::cli
