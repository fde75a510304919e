// ip2asn crawl: who holds the ranges of a list or of the whole space.
#include <fcntl.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <memory>

#include "base/digest.hh"
#include "base/files.hh"
#include "base/json.hh"
#include "base/system_error.hh"
#include "cli/crawl/choices.hh"
#include "cli/crawl/files.hh"
#include "cli/crawl/import.hh"
#include "cli/crawl/lanes.hh"
#include "cli/crawl/report.hh"
#include "cli/crawl/world.hh"
#include "cli/database_options.hh"
#include "cli/output.hh"
#include "cli/progress.hh"
#include "cli/write_file.hh"
#include "net/special.hh"
#include "registry/seed_list.hh"

namespace ip2asn::cli {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;

int print_seed_list(const Arguments& arguments, const CrawlChoices& choices) {
  std::string text;
  std::vector<std::uint32_t> list = seed_list();
  if (choices.seed) shuffle(list, *choices.seed);
  text.reserve(list.size() * (kMaxAddressText / 3));
  char address[kMaxAddressText];
  for (const std::uint32_t each : list) {
    text.append(address, format_address(Address::v4(each), address));
    text += '\n';
  }
  if (!choices.output.empty() && choices.output != "-") {
    const Result<Done> written = write_file(choices.output, std::as_bytes(std::span(text.data(), text.size())));
    return written ? kFine : arguments.fail(written.error());
  }
  Output output;
  output.write(text);
  return output.finish("ip2asn crawl");
}

// The database that is named, or the default one where there is one.
Result<std::optional<Database>> open_crawl_database(const Arguments& arguments, const CrawlChoices& choices) {
  DatabaseOptions options = choices.database;
  const bool needed =
      choices.order == CrawlChoices::OrderKind::prior && choices.priors.empty() && choices.output.empty();
  if (options.paths.empty() && !needed && !default_database()) return std::optional<Database>();
  if (const Result<Done> settled = options.settle(); !settled) return settled.error();
  Result<Database> database = options.open(arguments);
  if (!database) return database.error();
  return std::optional<Database>(*std::move(database));
}

Result<std::string> file_digest(const std::string& path) {
  constexpr std::uint64_t kMaxBytes = 1 << 30;
  // What is streamed cannot be read twice.
  std::error_code ignored;
  if (path == "-" || !std::filesystem::is_regular_file(path, ignored)) return path;
  const Result<FileBytes> file = read_file(path, kMaxBytes);
  if (!file) return file.error();
  const auto bytes = file->buffer.bytes();
  Sha256 digest;
  digest.update({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return to_hex(digest.finish());
}

// What must be the same for a crawl to go on: what is asked for, of what data, in which order.
Result<std::string> plan_json(const CrawlChoices& choices, const Image* database) {
  JsonText json;
  const auto member = [&](std::string_view name, std::string_view value) {
    json.key(name);
    json.string(value);
  };
  constexpr std::string_view kOrders[] = {"prior", "gap", "seed", "input"};
  json.begin_object();
  member("order", kOrders[static_cast<std::size_t>(choices.order)]);
  member("seed", choices.seed ? std::to_string(*choices.seed) : "");
  member("family", choices.v4 && choices.v6 ? "both" : choices.v4 ? "4" : "6");
  member("cover", choices.cover ? "yes" : "no");
  member("database", database != nullptr ? std::to_string(database->content_id()) : "");
  json.key("files");
  json.begin_array();
  std::vector<std::string> files = choices.priors;
  files.insert(files.end(), choices.imports.begin(), choices.imports.end());
  if (!choices.input.empty()) files.push_back(choices.input);
  for (const std::string& path : files) {
    const Result<std::string> digest = file_digest(path);
    if (!digest) return digest.error();
    json.string(*digest);
  }
  json.end_array();
  json.end_object();
  return std::string(json.text()) + "\n";
}

// Progress and metrics beside the results.
class CrawlDesk : public CrawlLog {
 public:
  CrawlDesk(CrawlFiles& files, const std::function<void(bool)>& tick) : files_(files), tick_(tick) {}

  void answer(const Prefix& asked, const Reading& reading) override { files_.answer(asked, reading); }
  void miss(const Prefix& asked, std::size_t lane, const Reading& reading, unsigned tries) override {
    files_.miss(asked, lane, reading, tries);
  }
  void turn() override {
    files_.turn();
    tick_(false);
  }

 private:
  CrawlFiles& files_;
  const std::function<void(bool)>& tick_;
};

int finish(const Arguments& arguments, const Crawl& crawl, Crawl::End end, const Lanes& lanes,
           const std::string& error) {
  const CrawlCounts& counts = crawl.counts();
  bool any_refused = false;
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    if (!crawl.refused(lane)) continue;
    any_refused = true;
    arguments.complain(lanes.names()[lane] +
                       " refused to answer, and was left out: " + std::string(crawl.refusal(lane)));
  }
  char share[32];
  std::snprintf(share, sizeof share, "%.2f", 100 * counts.covered / kUsableIpv4);
  arguments.complain(std::to_string(counts.queries) + " questions, " + std::to_string(counts.answered) + " answers, " +
                     std::to_string(counts.blocks) + " ranges, " + std::to_string(counts.none) + " without holder, " +
                     share + " % of the usable IPv4 space");
  if (!error.empty()) {
    arguments.complain(error);
    return kUnreadable;
  }
  if (end == Crawl::End::stopped || end == Crawl::End::queries || end == Crawl::End::time) return kPartly;
  if (counts.queries > 0 && counts.answered == 0 && counts.none == 0) {
    arguments.complain("no registry answered; misses.jsonl tells why");
    return kUnreadable;
  }
  return any_refused ? kPartly : kFine;
}

int print_import(const Arguments& arguments, const CrawlChoices& choices, const Imports& imports,
                 const Image* database) {
  if (!imports.has_dumps()) return arguments.bad_usage("--output takes a dump of a registry's database to --import");
  const Result<RpslCounts> counts = imports.write(choices.output, database);
  if (!counts) return arguments.fail(counts.error());
  arguments.complain(std::to_string(counts->networks) + " networks, and " + std::to_string(counts->own) +
                     " of registries themselves; " + std::to_string(counts->odd) + " with an odd range were left out");
  return kFine;
}

int crawl(const Arguments& arguments, const CrawlChoices& choices) {
  const Result<std::optional<Database>> opened = open_crawl_database(arguments, choices);
  if (!opened) return arguments.fail(opened.error());
  const Image* const database = *opened ? &(*opened)->image() : nullptr;
  KnownBlocks known;
  // Space that no registry hands out is not searched.
  for (const SpecialBlock& block : special_blocks(Family::v4)) {
    if (!block.globally_reachable) known.add(block.prefix.range(), {0, KnownBlocks::Kind::imported});
  }
  const Result<Imports> imports = Imports::open(choices.imports, known);
  if (!imports) return arguments.fail(imports.error());
  if (!choices.output.empty()) return print_import(arguments, choices, *imports, database);
  const Result<Bootstrap> tables = Bootstrap::open(choices.registries.bootstrap);
  if (!tables) return arguments.fail(tables.error());
  const Result<std::string> paces = registry_state_directory();
  if (!paces) return arguments.fail(paces.error());
  if (const Result<RpslCounts> marked = imports->mark(known); !marked) return arguments.fail(marked.error());
  const Lanes lanes(*tables, choices.registries, imports->delegated());
  if (lanes.size() == 0) return arguments.bad_usage("--registry names no registry of the tables");

  LaneTotals totals;
  Gate gate(*paces, choices.registries.wishes);
  if (!choices.live) {
    Result<std::unique_ptr<Order>> order = make_order(choices, database, *tables, lanes, known, totals, arguments);
    if (!order) return arguments.fail(order.error());
    if (choices.until > 0 && choices.order == CrawlChoices::OrderKind::prior) {
      count_until(**order, choices.until / 100 * kUsableIpv4, totals);
    }
    Output output;
    output.write(plan_text(lanes, totals, choices.registries.wishes, choices));
    return output.finish("ip2asn crawl");
  }

  Result<CrawlFiles> files = CrawlFiles::open(choices.state, database, lanes.names());
  if (!files) return arguments.fail(files.error());
  const Result<std::string> plan = plan_json(choices, database);
  if (!plan) return arguments.fail(plan.error());
  if (const Result<Done> settled = files->settle_plan(*plan, choices.replan); !settled) {
    return arguments.fail(settled.error());
  }
  Result<std::unique_ptr<Order>> order = make_order(choices, database, *tables, lanes, known, totals, arguments);
  if (!order) return arguments.fail(order.error());

  StopSignals stop;
  FetchOptions fetch;
  fetch.user_agent = "ip2asn/" PACKAGE_VERSION " (+" + choices.contact + ")";
  fetch.plain_http = fetch.loopback_hosts = choices.registries.insecure_test_hosts;
  HttpClient client(std::move(fetch));
  const HostPolicy policy = choices.registries.policy(*tables);
  LiveWorld world(lanes, policy, gate, client, stop, choices.registries.inquiry);
  world.stop_when([&] { return !files->error().empty(); });

  const std::string metrics = choices.metrics.empty() ? choices.state + "/metrics.jsonl" : choices.metrics;
  const UniqueFd metrics_fd(metrics == "-" ? ::dup(STDOUT_FILENO)
                                           : ::open(metrics.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!metrics_fd) return arguments.fail(system_error(metrics, "cannot be opened"));

  CrawlOptions options;
  options.cover = choices.cover;
  options.until = choices.until / 100 * kUsableIpv4;
  options.max_queries = choices.max_queries;
  options.max_time_us = choices.max_time * kSecondUs;
  std::unique_ptr<Crawl> running;
  const std::int64_t begun = world.now();
  std::int64_t told = begun, noted = 0;
  std::unique_ptr<Progress> progress;
  const std::function<void(bool)> tick = [&](bool at_end) {
    const std::int64_t now = world.now();
    if (progress && now - noted > kSecondUs / 4) progress->note(progress_text(*running, kUsableIpv4, now - begun));
    if (progress && now - noted > kSecondUs / 4) noted = now;
    if (!at_end && now - told < kMinuteUs) return;
    told = now;
    const std::string line = metrics_line(*running, lanes, totals, gate);
    [[maybe_unused]] const ssize_t written = ::write(metrics_fd.get(), line.data(), line.size());
  };
  CrawlDesk desk(*files, tick);
  running = std::make_unique<Crawl>(database, options, lanes.size(), **order, known, world, desk);
  if (choices.inherit) running->inherit_by(imports->delegated());
  const std::int64_t oldest = choices.refresh_age != 0 ? std::time(nullptr) - choices.refresh_age : 0;
  if (const Result<Done> resumed = files->resume(*running, choices.known, oldest); !resumed) {
    return arguments.fail(resumed.error());
  }
  if (const Result<Done> started = files->start(); !started) return arguments.fail(started.error());
  progress = std::make_unique<Progress>("crawling");
  const Crawl::End end = running->run();
  progress.reset();
  files->sync();
  tick(true);
  return finish(arguments, *running, end, lanes, files->error().empty() ? world.error() : files->error());
}

int crawl_main(const Arguments& arguments, CrawlChoices& choices) {
  if (const std::string wrong = contradiction(choices, arguments); !wrong.empty()) return arguments.bad_usage(wrong);
  return choices.seed_list ? print_seed_list(arguments, choices) : crawl(arguments, choices);
}

}  // namespace

const Command kCrawlCommand = {
    "crawl",
    "who holds the ranges of a list or of the whole space",
    "--state DIR [OPTION]...\n--seed-list [-o FILE]\n--import FILE... -o RESULTS",
    R"(Asks the registries who holds the ranges of a database, or of a list, or of the
whole IPv4 space: the largest unknown range first, never twice, and never more
often than a registry likes. Without --live it asks nothing and prints the plan.
Results are lines of JSON in DIR/results.jsonl; the same command again goes on
where the last one ended. With --order gap, --order seed and --input no database
is needed.)",
    R"(0 done
1 interrupted, or a limit was reached before the end (the state is kept), or a registry refused
2 wrong usage
3 the state or a file is damaged
6 a file could not be read or written, or no registry answers)",
    R"(ip2asn crawl -d ip2asn.idx --state crawl --until-coverage 64.58
ip2asn crawl -d ip2asn.idx --state crawl --until-coverage 64.58 --live \
    --contact noc@example.net
)",
    [] { return invocation(describe, crawl_main); },
};

}  // namespace ip2asn::cli
