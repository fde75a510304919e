#include "cli/annotate_options.hh"

#include <charconv>

namespace ip2asn::cli {
namespace {

enum : int {
  kField = 256,
  kDelimiter,
  kRegex,
  kFields,
  kFormat,
  kTsv,
  kJson,
  kHeader,
  kFollow,
  kSummary,
  kTop,
  kThreads,
  kKey,
  kTrustXff,
  kAnonymize,
  kJsonPrefix
};

constexpr option kOptions[] = {
    {"field", required_argument, nullptr, kField},   {"delimiter", required_argument, nullptr, kDelimiter},
    {"regex", required_argument, nullptr, kRegex},   {"fields", required_argument, nullptr, kFields},
    {"format", required_argument, nullptr, kFormat}, {"tsv", no_argument, nullptr, kTsv},
    {"json", no_argument, nullptr, kJson},           {"header", no_argument, nullptr, kHeader},
    {"follow", no_argument, nullptr, kFollow},       {"summary", optional_argument, nullptr, kSummary},
    {"top", required_argument, nullptr, kTop},       {"threads", required_argument, nullptr, kThreads},
    {"key", required_argument, nullptr, kKey},       {"trust-xff", optional_argument, nullptr, kTrustXff},
    {"anonymize", no_argument, nullptr, kAnonymize}, {"json-prefix", required_argument, nullptr, kJsonPrefix},
};

std::optional<std::size_t> parse_count(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc() || rest != text.data() + text.size() || count == 0 || count > most) return std::nullopt;
  return count;
}

}  // namespace

std::optional<int> read_options(Arguments& arguments, AnnotateChoices& choices) {
  std::string wrong;
  std::optional<std::string> regex;
  bool prefix = false;
  const auto count = [&](std::size_t& to, std::size_t most, std::string_view name) {
    const std::optional<std::size_t> value = parse_count(arguments.value(), most);
    if (value) to = *value;
    if (!value) wrong = std::string(name) + " takes a number from 1 to " + std::to_string(most);
  };
  const auto form = [&](LogFormat::Form chosen) {
    choices.format.form = chosen;
    ++choices.forms;
  };
  arguments.accept(kOptions, DatabaseOptions::table());
  while (const int option = arguments.next()) {
    switch (option) {
      case kField:
        count(choices.place.field.emplace(), 1'000'000, "--field");
        break;
      case kDelimiter:
        if (arguments.value().size() != 1 && arguments.value() != "\\t") wrong = "--delimiter takes one character";
        choices.place.delimiter = arguments.value() == "\\t" ? '\t' : arguments.value().substr(0, 1).front();
        break;
      case kRegex:
        regex = arguments.value();
        break;
      case kKey:
        choices.place.key = arguments.value();
        if (choices.place.key.empty()) wrong = "--key takes the name of a member";
        break;
      case kTrustXff:
        choices.place.proxies = 0;
        if (optarg != nullptr) count(*choices.place.proxies, 100, "--trust-xff");
        break;
      case kAnonymize:
        choices.format.anonymize = true;
        break;
      case kJsonPrefix:
        choices.format.json_prefix = arguments.value();
        prefix = true;
        break;
      case kFields: {
        Result<std::vector<LogField>> fields = LogFormat::parse_fields(arguments.value());
        if (!fields) return arguments.bad_usage(fields.error().message);
        choices.format.fields = *std::move(fields);
        choices.fields = true;
        break;
      }
      case kFormat: {
        Result<std::vector<LogFormat::Part>> parts = LogFormat::parse_pattern(arguments.value());
        if (!parts) return arguments.bad_usage(parts.error().message);
        choices.format.parts = *std::move(parts);
        form(LogFormat::Form::pattern);
        break;
      }
      case kTsv:
        form(LogFormat::Form::tsv);
        break;
      case kJson:
        form(LogFormat::Form::json);
        break;
      case kHeader:
        choices.header = true;
        break;
      case kFollow:
        choices.follow = true;
        break;
      case kSummary: {
        const std::string_view name = optarg == nullptr ? "text" : arguments.value();
        choices.summary = name == "json" ? SummaryForm::json : name == "html" ? SummaryForm::html : SummaryForm::text;
        if (name != "text" && name != "json" && name != "html") wrong = "--summary is text, json or html";
        break;
      }
      case kTop:
        count(choices.top, 1'000'000, "--top");
        break;
      case kThreads:
        count(choices.threads, 64, "--threads");
        break;
      default:
        choices.database.take(option, arguments);
    }
  }
  if (const auto status = arguments.status()) return *status;
  if (!wrong.empty()) return arguments.bad_usage(wrong);
  if (choices.forms > 1) return arguments.bad_usage("only one of --format, --tsv and --json can be");
  if (choices.fields && choices.format.form == LogFormat::Form::pattern) {
    return arguments.bad_usage("--format names its fields itself: --fields does not go with it");
  }
  if (choices.summary && (choices.forms > 0 || choices.fields || choices.header)) {
    return arguments.bad_usage("--summary writes no lines, so there is no form to choose for them");
  }
  if (choices.header && choices.format.form != LogFormat::Form::tsv) {
    return arguments.bad_usage("--header goes with --tsv only");
  }
  const Place& place = choices.place;
  if (place.field.has_value() + regex.has_value() + !place.key.empty() > 1) {
    return arguments.bad_usage("only one of --field, --regex and --key can be");
  }
  if (place.proxies && (place.field || regex || !place.key.empty())) {
    return arguments.bad_usage("--trust-xff looks for the field itself: --field, --regex and --key do not go with it");
  }
  if (prefix && (choices.summary || choices.format.form == LogFormat::Form::tsv ||
                 choices.format.form == LogFormat::Form::pattern)) {
    return arguments.bad_usage("--json-prefix goes with output of JSON only");
  }
  if (place.delimiter && !place.field) return arguments.bad_usage("--delimiter goes with --field only");
  if (const auto contradiction = choices.database.contradiction()) return arguments.bad_usage(*contradiction);
  if (regex) {
    Result<std::shared_ptr<void>> compiled = Place::compile(*regex);
    if (!compiled) return arguments.bad_usage(compiled.error().message);
    choices.place.regex = *std::move(compiled);
  }
  return std::nullopt;
}

}  // namespace ip2asn::cli
