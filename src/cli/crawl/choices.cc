#include "cli/crawl/choices.hh"

#include <algorithm>
#include <limits>

namespace ip2asn::cli {
namespace {

std::string take_order(CrawlChoices& choices, std::string_view value) {
  using Kind = CrawlChoices::OrderKind;
  constexpr std::string_view kSeed = "seed=";
  if (value.starts_with(kSeed)) {
    choices.order = Kind::seed;
    const std::string wrong =
        number(choices.seed.emplace(), 0, std::numeric_limits<std::uint64_t>::max())(value.substr(kSeed.size()));
    return wrong.empty() ? "" : "is not seed=N with a whole number N";
  }
  return one_of(choices.order, Words<Kind>{{"prior", Kind::prior}, {"gap", Kind::gap}, {"seed", Kind::seed}})(value);
}

std::string take_family(CrawlChoices& choices, std::string_view value) {
  using Both = std::pair<bool, bool>;
  Both families;
  const std::string wrong =
      one_of(families, Words<Both>{{"4", {true, false}}, {"6", {false, true}}, {"both", {true, true}}})(value);
  if (wrong.empty()) std::tie(choices.v4, choices.v6) = families;
  return wrong;
}

std::string take_until(CrawlChoices& choices, std::string_view value) {
  double share = 0;
  if (!percent(share)(value).empty() || share == 0) return "is not a share of the usable IPv4 space, such as 64.58";
  choices.until = share;
  return {};
}

// It goes into a header.
bool is_contact(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '(' && c != ')' && c != '\\' && c != '"';
  });
  const std::size_t at = text.find('@');
  const bool mailbox = at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos;
  return plain && (mailbox || text.starts_with("https://") || text.starts_with("http://"));
}

void describe_what(Options& options, CrawlChoices& choices) {
  options.group("What is asked for");
  choices.database.describe_database(options);
  options.add(
      {"order",
       0,
       "prior|gap|seed[=N]",
       [&](std::string_view value) { return take_order(choices, value); },
       "prior: ranges of the database and of --prior, the largest first (default); gap: the middle of the largest "
       "unknown gap; seed: a list of 4,706,768 addresses, in order or shuffled by N",
       {},
       "prior|gap|seed"});
  options.add({"prior", 0, "FILE", collect(choices.priors),
               "more ranges, one a line: prefixes, or first and last address with a hyphen between them"});
  options.add({"input", 0, "FILE",
               [&](std::string_view value) {
                 choices.input = value;
                 choices.order = CrawlChoices::OrderKind::input;
                 return std::string();
               },
               "addresses and prefixes, one a line, in this order; '-' is standard input"});
  options.add({"family", 0, "4|6|both", [&](std::string_view value) { return take_family(choices, value); },
               "IPv4 (default), IPv6 or both", "IPv6 is too large to be searched: it takes --order prior or --input."});
  options.add(
      {"import", 0, "FILE", collect(choices.imports),
       "what registries publish, plain or gzip, which is not asked for then; may be given again",
       "Networks in dumps of their databases (ripe.db.inetnum.gz, apnic.db.inet6num.gz, afrinic.db.gz and so on) "
       "are not asked for; with --output and without --live they are written as results, holders joined from the "
       "dumps of organisations, and nothing else is done.\n\nTheir statistics (delegated-*-extended, "
       "nro-delegated-stats) say which registry has a range, also after a transfer, and which ranges nobody holds. "
       "A file of statistics that does not hold what its summary counts is refused."});
  options.add({"inherit", 0, "", flag(choices.inherit),
               "an answer for one range names the holder of all ranges that the statistics say are the same holder's",
               "They are marked `inherited`, with the handle of the range that was asked for."});
  options.add({"known", 0, "FILE", collect(choices.known),
               "results of other crawls, which are not asked for again; may be given again"});
  options.add(
      {"cover", 0, "", flag(choices.cover), "a known range covers all that lies in it, whichever AS announces it"});
  options.add(
      {"popular", 0, "FILE", collect(choices.popular),
       "ranges of the database that are asked for most first, by FILE: data.json of the module's status page, or "
       "what 'ip2asn annotate --summary --json' prints",
       "Of ASes with as many requests those come first that cost more bytes, then the largest ranges. With "
       "--refresh-age, what is asked for most is renewed first. May be given again."});
  options.add({"refresh-age",
               0,
               "TIME",
               duration([&](std::int64_t seconds) { choices.refresh_age = seconds; }, 1,
                        std::numeric_limits<std::int64_t>::max()),
               "ask again for what was answered longer ago than TIME, such as 90d",
               {},
               "30d|90d|365d"});
  options.exclude({"input", "prior", "popular"});
}

void describe_end(Options& options, CrawlChoices& choices) {
  options.group("When to stop (otherwise when all is known)");
  options.add({"until-coverage", 0, "P", [&](std::string_view value) { return take_until(choices, value); },
               "when registries have named the holders of P per cent of the 3,702,258,432 usable IPv4 addresses"});
  options.add({"max-queries", 0, "N", number(choices.max_queries, 1, std::numeric_limits<std::uint64_t>::max()),
               "after N questions"});
  options.add({"max-time", 0, "TIME",
               duration([&](std::int64_t seconds) { choices.max_time = seconds; }, 1, 365 * 86400),
               "after TIME, such as 90m"});
}

void describe_how(Options& options, CrawlChoices& choices) {
  options.group("How");
  options.add(
      {"state", 0, "DIR", text(choices.state), "results, misses, plan and metrics; made when it does not exist"});
  options.add({"live", 0, "", flag(choices.live), "ask the registries, instead of printing the plan"});
  options.add({"contact", 0, "C",
               [&](std::string_view value) -> std::string {
                 if (!is_contact(value))
                   return "is not a mailbox or the URL of a page, by which a registry can reach you";
                 choices.contact = value;
                 return {};
               },
               "mailbox or URL by which a registry can reach you, which is sent with each question"});
  options.add({"replan", 0, "", flag(choices.replan), "go on in DIR with other arguments or other data"});
  options.add({"metrics", 0, "FILE", text(choices.metrics),
               "where a line of metrics a minute goes instead of "
               "DIR/metrics.jsonl"});
  options.add({"seed-list", 0, "", flag(choices.seed_list), "print the list of --order seed"});
  options.add({"output", 'o', "FILE", text(choices.output),
               "where the list goes instead of standard output; or, with --import and without --live, the networks of "
               "dumps, as results"});
  options.exclude({"output", "live"});
  options.require("output", {"seed-list", "import"});
  options.require("live", {"contact"});
}

}  // namespace

void describe(Options& options, CrawlChoices& choices) {
  describe_what(options, choices);
  describe_end(options, choices);
  describe_how(options, choices);
  choices.registries.describe(options);
}

std::string contradiction(const CrawlChoices& choices, const Arguments& arguments) {
  using Kind = CrawlChoices::OrderKind;
  if (!arguments.operands().empty())
    return "'" + arguments.operands().front() + "' is not an option; lists are named by --input";
  if (choices.seed_list) return {};
  if (choices.state.empty() && choices.output.empty())
    return "--state DIR is missing: where results and the state of the crawl are kept";
  const bool lists = choices.order == Kind::gap || choices.order == Kind::seed;
  if (choices.v6 && lists) return "IPv6 is too large to be searched: --family 6 takes --order prior or --input";
  if (choices.until > 0 && !choices.v4) return "--until-coverage counts IPv4 addresses";
  return choices.registries.contradiction().value_or("");
}

}  // namespace ip2asn::cli
