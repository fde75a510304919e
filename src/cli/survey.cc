// ip2asn survey: where a list of hosts lives.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <filesystem>
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

enum : int {
  kInput = 256,
  kFormat,
  kLimit,
  kExclude,
  kServers,
  kTimeout,
  kConcurrency,
  kCacheDir,
  kNoCache,
  kAddressAge,
  kFailureAge,
  kAnswerAge,
  kFallbackName,
  kReport,
  kCsv,
  kMarkdown,
  kJson,
  kJsonLines,
  kHtml,
  kVerbose
};

constexpr option kOptions[] = {
    {"input", required_argument, nullptr, kInput},
    {"format", required_argument, nullptr, kFormat},
    {"limit", required_argument, nullptr, kLimit},
    {"exclude", required_argument, nullptr, kExclude},
    {"servers", required_argument, nullptr, kServers},
    {"timeout", required_argument, nullptr, kTimeout},
    {"concurrency", required_argument, nullptr, kConcurrency},
    {"cache-dir", required_argument, nullptr, kCacheDir},
    {"no-cache", no_argument, nullptr, kNoCache},
    {"address-age", required_argument, nullptr, kAddressAge},
    {"failure-age", required_argument, nullptr, kFailureAge},
    {"answer-age", required_argument, nullptr, kAnswerAge},
    {"fallback-name", no_argument, nullptr, kFallbackName},
    {"report", required_argument, nullptr, kReport},
    {"csv", required_argument, nullptr, kCsv},
    {"markdown", required_argument, nullptr, kMarkdown},
    {"json", required_argument, nullptr, kJson},
    {"jsonl", required_argument, nullptr, kJsonLines},
    {"html", required_argument, nullptr, kHtml},
    {"verbose", no_argument, nullptr, kVerbose},
};

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

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

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

std::optional<int> read_options(Arguments& arguments, Choices& choices) {
  std::string wrong;
  const auto ages = [&](CacheAges& to, std::string_view name) {
    const std::optional<CacheAges> parsed = parse_ages(arguments.value());
    if (parsed) to = *parsed;
    if (!parsed) wrong = std::string(name) + " takes AGE or REFRESH/EXPIRE, as 45m/1h";
  };
  const auto file = [&](std::string (*make)(const Survey&)) { choices.files.emplace_back(arguments.value(), make); };
  arguments.accept(kOptions, DatabaseOptions::table());
  while (const int option = arguments.next()) {
    switch (option) {
      case kInput:
        choices.input = arguments.value();
        break;
      case kFormat:
        choices.format = arguments.value() == "json"  ? HostFormat::json
                         : arguments.value() == "csv" ? HostFormat::csv
                                                      : HostFormat::list;
        if (choices.format == HostFormat::list && arguments.value() != "list") wrong = "--format is json, csv or list";
        break;
      case kLimit: {
        const auto limit = parse_number(arguments.value());
        if (!limit) wrong = "--limit takes a number, 0 for all";
        choices.limit = limit.value_or(0);
        break;
      }
      case kExclude:
        choices.excluded.emplace_back(arguments.value());
        break;
      case kServers:
        choices.resolver.servers = arguments.value();
        break;
      case kTimeout: {
        const auto timeout = parse_duration(arguments.value());
        if (!timeout || *timeout < 1 || *timeout > 3600) wrong = "--timeout takes 1s to 1h";
        choices.resolver.timeout = std::chrono::seconds(timeout.value_or(0));
        break;
      }
      case kConcurrency: {
        const auto names = parse_number(arguments.value());
        if (!names || *names < 1 || *names > 10'000) wrong = "--concurrency takes a number from 1 to 10000";
        choices.resolver.concurrency = names.value_or(1);
        break;
      }
      case kCacheDir:
        choices.cache.directory = arguments.value();
        break;
      case kNoCache:
        choices.no_cache = true;
        break;
      case kAddressAge:
        ages(choices.cache.addresses, "--address-age");
        break;
      case kFailureAge:
        ages(choices.cache.failures, "--failure-age");
        break;
      case kAnswerAge:
        ages(choices.cache.answers, "--answer-age");
        break;
      case kFallbackName:
        choices.fallback = true;
        break;
      case kReport:
        choices.report = arguments.value();
        break;
      case kCsv:
        file(hosts_csv);
        break;
      case kMarkdown:
        file(hosters_markdown);
        break;
      case kJson:
        file(results_json);
        break;
      case kJsonLines:
        file(results_jsonl);
        break;
      case kHtml:
        file(report_html);
        break;
      case kVerbose:
        choices.verbose = true;
        break;
      default:
        choices.database.take(option, arguments);
    }
  }
  if (const auto status = arguments.status()) return *status;
  if (!wrong.empty()) return arguments.bad_usage(wrong);
  if (choices.input.empty()) return arguments.bad_usage("--input FILE is missing ('-' for standard input)");
  if (!arguments.operands().empty()) return arguments.bad_usage("there is '" + arguments.operands()[0] + "' too much");
  if (const auto contradiction = choices.database.contradiction()) return arguments.bad_usage(*contradiction);
  choices.cache.servers = choices.resolver.servers;
  return std::nullopt;
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
  if (!choices.no_cache) request.store.directory = choices.cache.directory + "/index";
  Progress progress("reading " + name_files(choices.database.paths));
  request.recipe.options.progress = &Progress::report;
  request.recipe.options.progress_context = &progress;
  return load_cached(request, file_clock_ns(), findings);
}

int survey_main(Arguments& arguments) {
  Choices choices;
  if (const std::optional<int> status = read_options(arguments, choices)) return *status;
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

}  // namespace

const Command kSurveyCommand = {
    "survey",
    "where a list of hosts lives: resolve, map, report",
    "Usage: ip2asn survey --input FILE [OPTION]...\n"
    "\n"
    "Resolves every host of a list, maps every address to its AS and hoster, and\n"
    "tells who hosts how much. What was found out is kept, so that a second run\n"
    "within the hour asks nothing, and one that was interrupted goes on.\n"
    "\n"
    "The list:\n"
    "      --input FILE   JSON (dumps, answers of APIs), a table (CSV, TSV) with or\n"
    "                     without a header, a hosts file, or one host, URL or\n"
    "                     address a line; '-' is standard input\n"
    "      --format F     json, csv or list, where the content does not tell\n"
    "      --limit N      the N largest by users; 0 for all (default: 30)\n"
    "      --exclude P    leave out hosts whose name begins with P; repeatable\n"
    "\n"
    "Names:\n"
    "      --servers LIST name servers, as 127.0.0.1:5353,[::1]:53 (default: the\n"
    "                     system's)\n"
    "      --timeout T    for a name, all in all (default: 10s)\n"
    "      --concurrency N\n"
    "                     names asked for at a time (default: 256)\n"
    "      --cache-dir D  where results are kept (default: ip2asn in $XDG_CACHE_HOME,\n"
    "                     else ~/.cache/ip2asn)\n"
    "      --no-cache     keep nothing\n"
    "      --address-age R/E\n"
    "                     addresses are asked for again in passing after R, and not\n"
    "                     used after E (default: 45m/1h)\n"
    "      --failure-age R/E\n"
    "                     the same for hosts without address (default: 135m/3h)\n"
    "      --answer-age R/E\n"
    "                     and for who announces an address (default: 270m/6h)\n"
    "\n"
    "Networks:\n"
    "  -d, --database DB  source (.tsv, .tsv.gz) or compiled index; may be given\n"
    "                     again for further sources\n"
    "      --hosters FILE the hoster map to use with sources; an index has its own\n"
    "      --no-hosters   use no hoster map\n"
    "      --fallback-name\n"
    "                     where the map is silent, the first word of the AS\n"
    "                     description, when it is all capitals\n"
    "\n"
    "Results:\n"
    "      --report DIR   everything: hosts.csv, hosters.md, results.jsonl,\n"
    "                     results.json, report.html, three charts as .svg and .png\n"
    "      --csv FILE     hosts.csv alone; likewise:\n"
    "      --markdown FILE\n"
    "      --jsonl FILE\n"
    "      --json FILE\n"
    "      --html FILE\n"
    "      --verbose      name the hosts that were left out\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit status: 0 fine, 1 interrupted: the report is partial, 2 wrong usage, 3 the\n"
    "list or the database is damaged, 6 a file could not be read or written, or there\n"
    "is no name server.\n"
    "\n"
    "Examples:\n"
    "  ip2asn survey -d ip2asn.idx --input instances.json --limit 0 --report out\n"
    "  ip2asn survey -d ip2asn.idx --input hosts.txt --servers 127.0.0.1:53\n",
    survey_main,
};

}  // namespace ip2asn::cli
