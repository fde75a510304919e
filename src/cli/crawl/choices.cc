#include "cli/crawl/choices.hh"

#include <algorithm>
#include <charconv>

#include "cli/open_database.hh"

namespace ip2asn::cli {
namespace {

enum : int {
  kState = 256,
  kOrder,
  kPrior,
  kInput,
  kFamily,
  kUntil,
  kMaxQueries,
  kMaxTime,
  kLive,
  kContact,
  kCover,
  kReplan,
  kKnown,
  kMetrics,
  kImport,
  kInherit,
  kSeedList
};

constexpr option kOptions[] = {
    {"database", required_argument, nullptr, 'd'},
    {"state", required_argument, nullptr, kState},
    {"order", required_argument, nullptr, kOrder},
    {"prior", required_argument, nullptr, kPrior},
    {"input", required_argument, nullptr, kInput},
    {"family", required_argument, nullptr, kFamily},
    {"until-coverage", required_argument, nullptr, kUntil},
    {"max-queries", required_argument, nullptr, kMaxQueries},
    {"max-time", required_argument, nullptr, kMaxTime},
    {"live", no_argument, nullptr, kLive},
    {"contact", required_argument, nullptr, kContact},
    {"cover", no_argument, nullptr, kCover},
    {"replan", no_argument, nullptr, kReplan},
    {"known", required_argument, nullptr, kKnown},
    {"import", required_argument, nullptr, kImport},
    {"inherit", no_argument, nullptr, kInherit},
    {"metrics", required_argument, nullptr, kMetrics},
    {"seed-list", no_argument, nullptr, kSeedList},
    {"output", required_argument, nullptr, 'o'},
};

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

std::string read_order(std::string_view text, CrawlChoices& choices) {
  using Kind = CrawlChoices::OrderKind;
  if (text == "prior") {
    choices.order = Kind::prior;
  } else if (text == "gap") {
    choices.order = Kind::gap;
  } else if (text == "seed") {
    choices.order = Kind::seed;
  } else if (std::uint64_t seed = 0; text.starts_with("seed=") && read_number(text.substr(5), seed)) {
    choices.order = Kind::seed;
    choices.seed = seed;
  } else {
    return "--order takes prior, gap, seed or seed=N";
  }
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

std::string take(int option, std::string_view value, CrawlChoices& choices) {
  const std::string given(value);
  switch (option) {
    case 'd':
      choices.databases.push_back(given);
      break;
    case 'o':
      choices.output = given;
      break;
    case kState:
      choices.state = given;
      break;
    case kOrder:
      return read_order(value, choices);
    case kPrior:
      choices.priors.push_back(given);
      break;
    case kInput:
      choices.input = given;
      choices.order = CrawlChoices::OrderKind::input;
      break;
    case kFamily:
      if (value != "4" && value != "6" && value != "both") return "--family takes 4, 6 or both";
      choices.v4 = value != "6";
      choices.v6 = value != "4";
      break;
    case kUntil: {
      const auto share = parse_percent(value);
      if (!share || *share == 0) return "--until-coverage takes a share of the usable IPv4 space, as 64.58";
      choices.until = *share;
      break;
    }
    case kMaxQueries:
      if (!read_number(value, choices.max_queries) || choices.max_queries == 0) return "--max-queries takes a number";
      break;
    case kMaxTime: {
      const auto time = parse_duration(value);
      if (!time || *time == 0) return "--max-time takes a time, as 90m";
      choices.max_time = *time;
      break;
    }
    case kLive:
      choices.live = true;
      break;
    case kContact:
      if (!is_contact(value))
        return "--contact takes a mailbox or the URL of a page, by which a registry can reach you";
      choices.contact = given;
      break;
    case kCover:
      choices.cover = true;
      break;
    case kReplan:
      choices.replan = true;
      break;
    case kKnown:
      choices.known.push_back(given);
      break;
    case kImport:
      choices.imports.push_back(given);
      break;
    case kInherit:
      choices.inherit = true;
      break;
    case kMetrics:
      choices.metrics = given;
      break;
    case kSeedList:
      choices.seed_list = true;
      break;
  }
  return {};
}

std::string contradiction(const CrawlChoices& choices, const Arguments& arguments) {
  using Kind = CrawlChoices::OrderKind;
  if (!arguments.operands().empty())
    return "'" + arguments.operands().front() + "' is not an option; lists are named by --input";
  if (choices.seed_list) return {};
  if (!choices.output.empty() && choices.imports.empty()) return "--output goes with --seed-list and --import only";
  if (!choices.output.empty() && choices.live) return "--output and --live cannot both be";
  if (choices.state.empty() && choices.output.empty())
    return "--state DIR is missing: where results and the state of the crawl are kept";
  if (choices.live && choices.contact.empty()) {
    return "--live takes --contact, a mailbox or a URL by which a registry can reach you";
  }
  const bool lists = choices.order == Kind::gap || choices.order == Kind::seed;
  if (choices.v6 && lists) return "IPv6 is too large to be searched: --family 6 takes --order prior or --input";
  if (choices.until > 0 && !choices.v4) return "--until-coverage counts IPv4 addresses";
  if (!choices.input.empty() && !choices.priors.empty()) return "--input and --prior cannot both be";
  return choices.registries.contradiction().value_or("");
}

}  // namespace

std::optional<int> read_crawl_options(Arguments& arguments, CrawlChoices& choices) {
  arguments.accept(kOptions, RegistryOptions::table());
  while (const int option = arguments.next()) {
    const bool has_value =
        option != kLive && option != kCover && option != kReplan && option != kInherit && option != kSeedList;
    const std::string wrong = option >= kRegistryOptionsFrom
                                  ? choices.registries.take(option, arguments)
                                  : take(option, has_value ? arguments.value() : std::string_view(), choices);
    if (!wrong.empty()) return arguments.bad_usage(wrong);
  }
  if (const auto status = arguments.status()) return status;
  if (const std::string wrong = contradiction(choices, arguments); !wrong.empty()) return arguments.bad_usage(wrong);
  return std::nullopt;
}

const std::string_view kCrawlHelp =
    "Usage: ip2asn crawl --state DIR [OPTION]...\n"
    "       ip2asn crawl --seed-list [-o FILE]\n"
    "       ip2asn crawl --import FILE... -o RESULTS\n"
    "\n"
    "Asks the registries who holds the ranges of a database, or of a list, or of the\n"
    "whole IPv4 space: the largest unknown range first, never twice, and never\n"
    "oftener than a registry likes. Without --live it asks nothing and prints the\n"
    "plan. Results are lines of JSON in DIR/results.jsonl; the same command again\n"
    "goes on where the last one ended.\n"
    "\n"
    "What to ask for:\n"
    "  -d, --database DB  source or compiled index; may be given again\n"
    "      --order O      prior: ranges of the database and of --prior, the largest\n"
    "                     first (default); gap: the middle of the largest unknown\n"
    "                     gap; seed or seed=N: a list of 4,706,768 addresses, in\n"
    "                     order or shuffled by N\n"
    "      --prior FILE   more ranges, one a line: prefixes, or 'first - last'\n"
    "      --input FILE   addresses and prefixes, one a line, in this order; '-' is\n"
    "                     standard input\n"
    "      --family F     4 (default), 6 or both\n"
    "      --import FILE  what registries publish, and which is not asked for then:\n"
    "                     dumps of databases (ripe.db.inetnum.gz, afrinic.db.gz), or\n"
    "                     statistics (delegated-*-extended, nro-delegated-stats),\n"
    "                     which tell the registry of a range; may be given again\n"
    "      --inherit      an answer for one range names the holder of all that the\n"
    "                     statistics say are the same holder's\n"
    "      --known FILE   results of other crawls; may be given again\n"
    "      --cover        a known range covers what other ASes announce inside it\n"
    "\n"
    "When to stop (otherwise: when all is known):\n"
    "      --until-coverage P  per cent of the usable IPv4 space\n"
    "      --max-queries N     questions\n"
    "      --max-time T        time, as 90m\n"
    "\n"
    "How:\n"
    "      --state DIR    results, misses, plan, metrics; made when it is not there\n"
    "      --live         ask\n"
    "      --contact C    mailbox or URL by which a registry can reach you; it is\n"
    "                     told with each question\n"
    "      --replan       go on in DIR with other arguments or data\n"
    "      --metrics FILE a line a minute, instead of DIR/metrics.jsonl\n"
    "      --seed-list    print the list of --order seed\n"
    "  -o, --output FILE  where the list goes instead of standard output; or with\n"
    "                     --import and without --live: where the networks of dumps\n"
    "                     go, as results; '-' is standard output\n" IP2ASN_REGISTRY_OPTIONS_HELP
    "  -h, --help         this text\n"
    "\n"
    "Without -d the database is the one that the environment variable IP2ASN_DATABASE\n"
    "names, else\n"
    "  " IP2ASN_DEFAULT_DATABASE
    "\n"
    "if it is there; gap, seed and --input do without.\n"
    "\n"
    "Exit status: 0 done, 1 interrupted, or a limit was reached before the end (the\n"
    "state is kept), 2 wrong usage, 3 the state or a file is damaged, 6 a file could\n"
    "not be read or written, or no registry answers.\n"
    "\n"
    "Examples:\n"
    "  ip2asn crawl -d ip2asn.idx --state crawl --until-coverage 64.58\n"
    "  ip2asn crawl -d ip2asn.idx --state crawl --until-coverage 64.58 --live \\\n"
    "      --contact noc@example.net\n";

}  // namespace ip2asn::cli
