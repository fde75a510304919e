// ip2asn survey: where a list of hosts lives.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>

#include "cli/args.hh"
#include "cli/database_options.hh"
#include "cli/describe.hh"
#include "cli/output.hh"
#include "cli/progress.hh"
#include "cli/survey/reports.hh"
#include "cli/survey/surveyor.hh"
#include "cli/write_file.hh"
#include "store/cache.hh"

namespace ip2asn::cli {
namespace {

struct Choices {
  DatabaseOptions database;
  std::vector<std::string> excluded;
  std::string input;
  std::optional<HostFormat> format;
  std::size_t limit = 30;
  ResolverOptions resolver;
  SurveyCache::Options cache;
  bool no_cache = false, fallback = false, verbose = false;
  std::string report;
  std::vector<std::pair<std::string, std::string (*)(const Survey&)>> files;
};

// "45m/1h": refresh and expiry; one age alone is both.
std::optional<CacheAges> parse_ages(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<std::int64_t> refresh = parse_duration(text.substr(0, slash));
  const std::optional<std::int64_t> expire =
      slash == std::string_view::npos ? refresh : parse_duration(text.substr(slash + 1));
  if (!refresh || !expire || *refresh > *expire) return std::nullopt;
  return CacheAges{*refresh, *expire};
}

std::string default_cache_directory() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/ip2asn";
  const char* const home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.cache/ip2asn" : "";
}

Result<std::string> read_input(const std::string& path) {
  constexpr std::size_t kMost = std::size_t{256} << 20;
  const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string text;
  ssize_t got = descriptor < 0 ? -1 : 1;
  while (got > 0 && text.size() <= kMost) {
    char bytes[65536];
    got = ::read(descriptor, bytes, sizeof bytes);
    if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
  }
  const int problem = errno;
  if (descriptor > STDIN_FILENO) ::close(descriptor);
  if (got < 0) return Error{Errc::unreadable, path + ": " + std::generic_category().message(problem)};
  if (text.size() > kMost) return Error{Errc::limit, path + ": is larger than 256 MiB"};
  return text;
}

Result<std::vector<SurveyHost>> read_hosts(const Choices& choices) {
  const Result<std::string> text = read_input(choices.input);
  if (!text) return text.error();
  const HostFormat format = choices.format.value_or(tell_host_format(*text));
  Result<std::vector<SurveyHost>> hosts =
      parse_hosts(*text, format, choices.input == "-" ? "standard input" : choices.input);
  if (!hosts) return hosts;
  std::erase_if(*hosts, [&](const SurveyHost& host) {
    return std::any_of(choices.excluded.begin(), choices.excluded.end(),
                       [&](const std::string& prefix) { return host.name.starts_with(lower_case(prefix)); });
  });
  if (choices.limit > 0 && hosts->size() > choices.limit) hosts->resize(choices.limit);
  return hosts;
}

std::string text_summary(const Survey& survey, bool verbose) {
  const SurveyTotals& totals = survey.totals;
  std::string text = hosters_markdown(survey) + '\n';
  constexpr std::string_view kWhat[kOutcomes] = {"at one hoster", "at several hosters", "without address",
                                                 "not announced", "at no known hoster"};
  text += counted(totals.all.instances, "host") + ", " + counted(totals.all.users, "user") + '\n';
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const HostCounts& counts = totals.by_outcome[i];
    text += "  " + grouped(counts.instances) + ' ' + std::string(kWhat[i]) + " (" +
            percent(counts.instances, totals.all.instances) + " %)\n";
    if (!verbose || i == 0) continue;
    for (const SurveyedHost& host : survey.hosts) {
      if (static_cast<std::size_t>(host.outcome) != i) continue;
      text += "    " + printable(host.host.name) + (host.failure.empty() ? "" : ": " + host.failure) + '\n';
    }
  }
  return text;
}

Survey make_survey(const std::vector<SurveyHost>& hosts, const Surveyor& surveyor, const Image& image,
                   SurveyCache& cache, const Choices& choices, std::int64_t now) {
  Survey survey;
  SurveyMapper mapper(image, cache, choices.fallback);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (surveyor.resolutions()[i]) survey.hosts.push_back(mapper.map(hosts[i], *surveyor.resolutions()[i]));
  }
  survey.totals = total(survey.hosts, hosts.size());
  for (const std::string& path : choices.database.paths) {
    survey.source += (survey.source.empty() ? "" : ", ") + std::filesystem::path(path).filename().string();
  }
  survey.data_time = image.data_time();
  survey.now = now;
  survey.generation = content_id(image);
  return survey;
}

Result<Done> write_files(const Survey& survey, const Choices& choices) {
  if (!choices.report.empty()) {
    const Result<Done> written = write_report(survey, choices.report);
    if (!written) return written;
  }
  for (const auto& [path, make] : choices.files) {
    const std::string content = make(survey);
    const Result<Done> written = write_file(path, std::as_bytes(std::span(content)));
    if (!written) return written;
  }
  return Done{};
}

// The image, compiled once for all runs when there is a cache.
Result<CacheResult> load_image(const Choices& choices, Findings& findings) {
  CacheRequest request;
  request.recipe.sources = choices.database.paths;
  request.recipe.hoster_map = choices.database.hosters.map_path();
  request.recipe.names = choices.database.names;
  request.recipe.options.combine = choices.database.combine;
  if (!choices.no_cache) request.store.directory = choices.cache.directory + "/index";
  Progress progress("reading " + name_files(choices.database.paths));
  request.recipe.options.progress = &Progress::report;
  request.recipe.options.progress_context = &progress;
  return load_cached(request, file_clock_ns(), findings);
}

int survey(const Arguments& arguments, Choices& choices) {
  if (choices.input.empty()) return arguments.bad_usage("--input FILE is missing ('-' for standard input)");
  if (!arguments.operands().empty())
    return arguments.bad_usage("unexpected argument '" + arguments.operands()[0] + "'; the list is named by --input");
  choices.cache.servers = choices.resolver.servers;
  if (choices.cache.directory.empty()) choices.cache.directory = default_cache_directory();
  choices.no_cache = choices.no_cache || choices.cache.directory.empty();
  if (choices.no_cache) choices.cache.directory.clear();
  if (const Result<Done> settled = choices.database.settle(); !settled) return arguments.fail(settled.error());
  const Result<std::vector<SurveyHost>> hosts = read_hosts(choices);
  if (!hosts) return arguments.fail(hosts.error());
  if (!choices.no_cache) {
    std::error_code problem;
    std::filesystem::create_directories(choices.cache.directory, problem);
    if (problem) {
      return arguments.fail({Errc::unreadable, choices.cache.directory + ": cannot be made: " + problem.message() +
                                                   "; name another one with --cache-dir"});
    }
  }
  Findings findings;
  const Result<CacheResult> database = load_image(choices, findings);
  if (!database) return arguments.fail(database.error());
  choices.database.complain(arguments, findings);
  choices.database.complain_of_no_hosters(arguments, database->image);
  if (!database->warning.empty() && !choices.no_cache) arguments.complain(database->warning);

  StopSignals stop;
  const std::int64_t now = std::time(nullptr);
  SurveyCache cache(choices.cache, now);
  for (const std::string& warning : cache.warnings()) arguments.complain(warning);
  Output output;
  if (!choices.no_cache) output.write(cache.cleanup() + '\n');

  Surveyor surveyor(*hosts, choices.resolver, cache, stop);
  const Result<Done> asked = surveyor.ask();
  if (!asked) return arguments.fail(asked.error());
  if (surveyor.unreached() > 0) {
    arguments.complain("no name server could be reached for " + counted(surveyor.unreached(), "host") +
                       "; the next run asks again");
  }
  const Survey survey = make_survey(*hosts, surveyor, database->image, cache, choices, now);
  if (const Result<Done> saved = cache.save(); !saved) return arguments.fail(saved.error());
  if (const Result<Done> written = write_files(survey, choices); !written) return arguments.fail(written.error());
  output.write(text_summary(survey, choices.verbose));
  output.flush();
  if (const Result<Done> renewed = surveyor.renew(); !renewed) return arguments.fail(renewed.error());
  if (const Result<Done> saved = cache.save(); !saved) return arguments.fail(saved.error());
  if (survey.totals.partial()) {
    arguments.complain("interrupted after " + grouped(survey.totals.all.instances) + " of " +
                       counted(survey.totals.wanted, "host") + ": the report is partial; run it again to go on");
  }
  const int status = output.finish("ip2asn survey");
  return status == kFine && survey.totals.partial() ? kPartly : status;
}

Take ages(CacheAges& to) {
  return [&to](std::string_view value) -> std::string {
    const std::optional<CacheAges> parsed = parse_ages(value);
    if (!parsed) return "is not AGE or REFRESH/EXPIRE, such as 45m/1h";
    to = *parsed;
    return {};
  };
}

void describe_list(Options& options, Choices& choices) {
  using Format = std::optional<HostFormat>;
  options.group("The list");
  options.add(
      {"input", 0, "FILE", text(choices.input),
       "JSON, a table (CSV, TSV) with or without a header, a hosts file, or one host, URL or address a line; '-' is "
       "standard input",
       "JSON is a dump of instances.social (`instances` with `name`, `users`, `active_users`, `statuses`, "
       "`connections` and `ipv6`), or any other, of which the first array of names, or of objects with a member "
       "`domain`, `host`, `baseurl`, `url` or the like, is read. A table is divided by commas, tabs or semicolons; "
       "without a header the hosts are in the column that has the most. Names in Unicode are taken by IDNA. A list "
       "in which no entry is the name of a host is an error."});
  options.add({"format", 0, "json|csv|list",
               one_of(choices.format,
                      Words<Format>{{"json", HostFormat::json}, {"csv", HostFormat::csv}, {"list", HostFormat::list}}),
               "what the list is, where its content does not show it"});
  options.add({"limit", 0, "N", number(choices.limit, 0, std::numeric_limits<std::size_t>::max()),
               "the N largest by users; 0 for all (default: 30)"});
  options.add(
      {"exclude", 0, "P", collect(choices.excluded), "leave out hosts whose name begins with P; may be given again"});
}

void describe_names(Options& options, Choices& choices) {
  options.group("Names");
  options.add({"servers", 0, "LIST", text(choices.resolver.servers),
               "name servers, such as 127.0.0.1:5353,[::1]:53 (default: the system's)"});
  options.add(
      {"timeout", 0, "TIME",
       duration([&](std::int64_t seconds) { choices.resolver.timeout = std::chrono::seconds(seconds); }, 1, 3600),
       "time for one name, all in all (default: 10s)"});
  options.add({"concurrency", 0, "N", number(choices.resolver.concurrency, 1, 10'000),
               "names asked for at a time (default: 256)",
               "There are fewer as long as questions get lost on the way to the server."});
  options.add(
      {"cache-dir", 0, "DIR", text(choices.cache.directory),
       "where results and the compiled index are kept (default: ip2asn in $XDG_CACHE_HOME, else ~/.cache/ip2asn)"});
  options.add({"no-cache", 0, "", flag(choices.no_cache), "keep nothing"});
  options.add(
      {"address-age", 0, "R/E", ages(choices.cache.addresses),
       "addresses older than R are used, and asked for again after the report is written; those older than E are "
       "dropped (default: 45m/1h)"});
  options.add({"failure-age", 0, "R/E", ages(choices.cache.failures),
               "the same for hosts without an address (default: 135m/3h)"});
  options.add({"answer-age", 0, "R/E", ages(choices.cache.answers),
               "the same for who announces an address (default: 270m/6h)"});
}

void describe_results(Options& options, Choices& choices) {
  const auto file = [&choices](std::string (*make)(const Survey&)) -> Take {
    return [&choices, make](std::string_view path) {
      choices.files.emplace_back(path, make);
      return std::string();
    };
  };
  options.group("Results");
  options.add(
      {"report", 0, "DIR", text(choices.report),
       "everything: hosts.csv, hosters.md, results.jsonl, results.json, report.html, three charts as .svg and .png"});
  options.add({"csv", 0, "FILE", file(hosts_csv), "what is in hosts.csv, alone"});
  options.add({"markdown", 0, "FILE", file(hosters_markdown), "what is in hosters.md"});
  options.add({"jsonl", 0, "FILE", file(results_jsonl), "what is in results.jsonl"});
  options.add({"json", 0, "FILE", file(results_json), "what is in results.json"});
  options.add({"html", 0, "FILE", file(report_html), "what is in report.html"});
  options.add({"verbose", 0, "", flag(choices.verbose), "name the hosts that were left out"});
}

void describe(Options& options, Choices& choices) {
  describe_list(options, choices);
  describe_names(options, choices);
  options.group("Networks");
  choices.database.describe(options);
  options.add({"fallback-name", 0, "", flag(choices.fallback),
               "where the hoster map has no entry, the first word of the AS description in lower case, when it is all "
               "capitals"});
  describe_results(options, choices);
}

}  // namespace

const Command kSurveyCommand = {
    "survey",
    "where a list of hosts lives: resolve, map, report",
    "--input FILE [OPTION]...",
    R"(Resolves every host of a list, maps every address to its AS and hoster, and
reports who hosts how much. What was found out is kept, so that a second run
within the hour asks nothing, and one that was interrupted goes on.)",
    R"(0 fine
1 interrupted: the report is partial
2 wrong usage
3 the list or the database is damaged
6 a file could not be read or written, or there is no name server)",
    R"(ip2asn survey -d ip2asn.idx --input instances.json --limit 0 --report out
ip2asn survey -d ip2asn.idx --input hosts.txt --servers 127.0.0.1:53
)",
    [] { return invocation(describe, survey); },
};

}  // namespace ip2asn::cli
