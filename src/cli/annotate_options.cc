#include "cli/annotate_options.hh"

namespace ip2asn::cli {
namespace {

constexpr std::size_t kMostFields = 1'000'000;
constexpr std::size_t kMostProxies = 100;
constexpr std::size_t kMostThreads = 64;

// An option without a value that chooses the form of the lines.
Take form(AnnotateChoices& choices, LogFormat::Form chosen) {
  return [&choices, chosen](std::string_view) {
    choices.format.form = chosen;
    return std::string();
  };
}

std::string take_delimiter(Place& place, std::string_view value) {
  if (value.size() != 1 && value != "\\t") return "is not one character";
  place.delimiter = value == "\\t" ? '\t' : value.front();
  return {};
}

std::string take_fields(LogFormat& format, std::string_view value) {
  Result<std::vector<LogField>> fields = LogFormat::parse_fields(value);
  if (!fields) return "is not a list of fields: " + fields.error().message;
  format.fields = *std::move(fields);
  return {};
}

std::string take_pattern(LogFormat& format, std::string_view value) {
  Result<std::vector<LogFormat::Part>> parts = LogFormat::parse_pattern(value);
  if (!parts) return "is not a format: " + parts.error().message;
  format.parts = *std::move(parts);
  format.form = LogFormat::Form::pattern;
  return {};
}

std::string take_regex(Place& place, std::string_view value) {
  Result<std::shared_ptr<void>> compiled = Place::compile(std::string(value));
  if (!compiled) return "is not a regular expression: " + compiled.error().message;
  place.regex = *std::move(compiled);
  return {};
}

void describe_place(Options& options, AnnotateChoices& choices) {
  Place& place = choices.place;
  options.group("Where the address is, if not where the shape of the line has it");
  options.add({"field", 0, "N",
               [&](std::string_view value) { return number(place.field.emplace(), 1, kMostFields)(value); },
               "in the Nth field; fields are divided by blanks and tabs"});
  options.add({"delimiter", 0, "C", [&](std::string_view value) { return take_delimiter(place, value); },
               "or each by one C; \\t for a tab"});
  options.add({"key", 0, "NAME",
               [&](std::string_view value) -> std::string {
                 place.key = value;
                 return value.empty() ? "is not the name of a member" : "";
               },
               "in this member of JSON, or path such as request.client_ip; in this column of #Fields:; or in this "
               "key=value pair"});
  options.add({"regex", 0, "RE", [&](std::string_view value) { return take_regex(place, value); },
               "in what RE, a Perl-compatible regular expression, matches, or in its first group when it has one"});
  options.add(
      {"trust-xff", 0, "[=N]",
       [&](std::string_view value) -> std::string {
         place.proxies = 0;
         return value.empty() ? "" : number(*place.proxies, 1, kMostProxies)(value);
       },
       "in X-Forwarded-For, where the line has it: the last address that is not private, or the Nth from the end, "
       "for servers behind N proxies",
       "The header is read where it is a member or a column, stands before the peer in the common log format, or "
       "behind the user agent. Use it for logs of servers that only proxies can reach: the clients of others "
       "write what they like there."});
  options.exclude({"field", "regex", "key", "trust-xff"});
  options.require("delimiter", {"field"});
}

void describe_output(Options& options, AnnotateChoices& choices) {
  LogFormat& format = choices.format;
  static const std::string fields_help = "which fields, divided by commas: " + field_names();
  options.group("What is written");
  options.add({"fields", 0, "LIST", [&](std::string_view value) { return take_fields(format, value); }, fields_help,
               "What each is, and what it is called in JSON and TSV, is in ip2asn(1)."});
  options.add({"tsv", 0, "", form(choices, LogFormat::Form::tsv),
               "the fields, and the line as it is as the last one, divided by tabs",
               "Fields are empty where nothing is known."});
  options.add({"header", 0, "", flag(choices.header), "a first line with their names"});
  options.add(
      {"json", 0, "", form(choices, LogFormat::Form::json),
       "one JSON object a line; lines that are objects get more members",
       "Its members are the line, whether the address is announced, and the fields that are known, named as by "
       "`ip2asn lookup`. A line that is an object itself gets these as members, without the line; members of the "
       "same name are replaced."});
  options.add({"json-prefix", 0, "P", text(format.json_prefix), "what the names of these members begin with"});
  options.add({"anonymize", 0, "", flag(format.anonymize),
               "addresses without their last octet, or the last 80 bits of IPv6, also in the line",
               "The network is that of the whole address. Addresses that are written otherwise, as in names of hosts, "
               "stay."});
  options.add(
      {"format", 0, "TEXT", [&](std::string_view value) { return take_pattern(format, value); },
       "TEXT for each line, with fields as %{asn}, the line as %{line}, a per cent sign as %%, and \\t and \\n"});
  options.add(
      {"summary", 0, "[=text|json|html]",
       [&](std::string_view value) {
         return one_of(
             choices.summary,
             Words<SummaryForm>{{"text", SummaryForm::text}, {"json", SummaryForm::json}, {"html", SummaryForm::html}})(
             value.empty() ? "text" : value);
       },
       "no lines, but at the end lines and bytes of responses by AS, hoster and country; html has charts",
       "The page needs nothing from elsewhere. The bytes are those that the shape of the line has for the "
       "response (common log format, HAProxy, load balancers, Squid, JSON, columns such as sc-bytes); where no "
       "line has them, bytes are left out. Comments are not counted. A sum stays at 18446744073709551615, with a "
       "message, where a log has more."});
  options.add({"top", 0, "N", number(choices.top, 1, kMostFields), "how many of each the summary names (default: 20)"});
  options.exclude({"format", "tsv", "json"});
  options.exclude({"format", "fields"});
  for (const std::string_view each : {"format", "tsv", "json", "fields", "header"}) options.exclude({"summary", each});
  for (const std::string_view each : {"summary", "tsv", "format"}) options.exclude({"json-prefix", each});
  options.require("header", {"tsv"});
}

}  // namespace

void describe(Options& options, AnnotateChoices& choices) {
  describe_place(options, choices);
  describe_output(options, choices);
  options.group("Other options");
  choices.database.describe(options);
  options.add(
      {"follow", 0, "", flag(choices.follow), "at the end of the last FILE wait for more; an interrupt (Ctrl-C) ends",
       "FILE must be a regular file. One that is rotated is read on beside the new one until nothing was added to "
       "it for a minute, because a server writes to it until it reloads; up to 64 files are kept open so. One that "
       "is cut (copytruncate) is read from its start; what was written after the copy and before the cut is lost. "
       "Anything but a regular file in the log's place is reported and waited out. SIGINT and SIGTERM end it in "
       "good order, with the summary; or after two seconds by the signal, where nobody takes the output."});
  options.add({"threads", 0, "N", number(choices.threads, 1, kMostThreads),
               "how many work (default: one a processor, eight at most); the output is the same"});
}

}  // namespace ip2asn::cli
