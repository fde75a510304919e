// ip2asn lookup: who announces an address.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <system_error>

#include "cli/answer_source.hh"
#include "cli/args.hh"
#include "cli/database_options.hh"
#include "cli/endpoint_client.hh"
#include "cli/lines.hh"
#include "cli/output.hh"
#include "cli/progress.hh"
#include "cli/server_answers.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kTitle = "ip2asn lookup";

struct Choices {
  DatabaseOptions database;
  std::optional<std::string> server;
  ClientOptions client;
  Form form = Form::text;
  bool header = false;
};

// Passes addresses in text on and keeps account of those that are none.
class Asker {
 public:
  Asker(const Arguments& arguments, AnswerSource& source, Output& output)
      : arguments_(arguments), source_(source), output_(output) {}

  /// The addresses of the command line; standard input for '-', and where there are none.
  void ask_all(const std::vector<std::string>& addresses) {
    if (addresses.empty()) {
      if (isatty(STDIN_FILENO)) arguments_.complain("reading addresses from the terminal, one a line; Ctrl-D ends");
      ask_lines(STDIN_FILENO);
    }
    for (const std::string& address : addresses) {
      if (!source_.good()) break;
      if (address == "-") {
        ask_lines(STDIN_FILENO);
      } else {
        ask(address, 0);
      }
    }
    source_.settle();
  }

  int status() const {
    if (source_.status() > kPartly) return source_.status();
    return unreadable_ ? kUnreadable : partly_ ? kPartly : source_.status();
  }

 private:
  /// `line` is 0 for an address of the command line.
  void ask(std::string_view text, std::uint64_t line) {
    if (const std::optional<Address> address = parse_address(text)) {
      source_.ask(*address);
    } else {
      reject(text, line, "is not an IP address");
    }
  }

  void reject(std::string_view text, std::uint64_t line, std::string_view reason) {
    constexpr std::size_t kShown = 60;
    partly_ = true;
    if (together_) put_out();
    std::string message = line == 0 ? "" : "standard input, line " + std::to_string(line) + ": ";
    message += "'" + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "…' " : "' ") + std::string(reason);
    arguments_.complain(message);
  }

  /// Addresses one a line; blanks around them and empty lines do not matter.
  void ask_lines(int descriptor) {
    Progress progress("looking up", isatty(STDOUT_FILENO) || isatty(descriptor) ? Progress::When::never
                                                                                : Progress::When::on_terminal);
    struct stat status {};
    const bool sized = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    const auto total = sized ? static_cast<std::uint64_t>(status.st_size) : 0;
    descriptor_ = descriptor;
    LineReader lines(
        descriptor, [](void* asker) { static_cast<Asker*>(asker)->before_read(); }, this);
    constexpr std::string_view kBlanks = " \t\r\v\f";
    std::string_view line;
    while (output_.good() && source_.good() && lines.next(line)) {
      progress.update(lines.bytes_read(), total);
      const std::size_t first = line.find_first_not_of(kBlanks);
      if (first == std::string_view::npos) continue;
      line = line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
      if (lines.cut()) {
        reject(line, lines.line_number(), "begins a line that is too long");
      } else {
        ask(line, lines.line_number());
      }
    }
    if (lines.error() != 0) {
      put_out();
      arguments_.complain("standard input could not be read after line " + std::to_string(lines.line_number()) + ": " +
                          std::generic_category().message(lines.error()));
      unreadable_ = true;
    }
  }

  // Who asks piece by piece gets each answer before the next question is read; who does not lets batches grow.
  void before_read() {
    pollfd input{descriptor_, POLLIN, 0};
    if (poll(&input, 1, 0) == 0) source_.settle();
    output_.flush();
  }

  void put_out() {
    source_.settle();
    output_.flush();
  }

  const Arguments& arguments_;
  AnswerSource& source_;
  Output& output_;
  // Answers and complaints that end up on one terminal stand in the order of what was asked.
  const bool together_ = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
  int descriptor_ = STDIN_FILENO;
  bool partly_ = false;
  bool unreadable_ = false;
};

int ask_all(const Arguments& arguments, AnswerSource& source, Output& output, const Choices& choices) {
  Asker asker(arguments, source, output);
  if (choices.header) output.write(api::tsv_header(api::kTsvFields) + '\n');
  asker.ask_all(arguments.operands());
  const int written = output.finish(kTitle);
  return written != kFine ? written : asker.status();
}

int ask_database(const Arguments& arguments, Choices& choices) {
  if (const Result<Done> settled = choices.database.settle(); !settled) return arguments.fail(settled.error());
  const Result<Database> database = choices.database.open(arguments);
  if (!database) return arguments.fail(database.error());
  Output output;
  ImageAnswers answers(database->image(), choices.form, output);
  return ask_all(arguments, answers, output, choices);
}

int ask_server(const Arguments& arguments, const Choices& choices) {
  Result<EndpointClient> client = EndpointClient::open(*choices.server, choices.client, arguments);
  if (!client) return arguments.bad_usage(client.error().message);
  Output output;
  ServerAnswers answers(*client, arguments, choices.form, output);
  return ask_all(arguments, answers, output, choices);
}

int lookup(const Arguments& arguments, Choices& choices) {
  return choices.server ? ask_server(arguments, choices) : ask_database(arguments, choices);
}

Take form(Choices& choices, Form chosen) {
  return [&choices, chosen](std::string_view) {
    choices.form = chosen;
    return std::string();
  };
}

// "ip, as_number, ...": the columns of TSV.
std::string columns_text() {
  std::string text;
  for (const api::Field field : api::kTsvFields) {
    text += (text.empty() ? "" : ", ") + std::string(api::kFields[field].key);
  }
  return text;
}

void describe(Options& options, Choices& choices) {
  constexpr std::int64_t kLongest = 3600;
  constexpr int kMostRetries = 100;
  options.group("What is asked");
  choices.database.describe(options);
  options.add(
      {"server", 's', "URL", text(choices.server),
       "ask the look-up endpoint at this http or https URL instead of a database",
       "Addresses are sent up to 10,000 at a time, fewer where the server takes fewer, and at once from a terminal "
       "or a slow pipe. The answers, their order and their forms are the same as from a database. User and "
       "password, where the server wants them, are part of URL."});
  options.add(
      {"timeout", 0, "TIME",
       duration([&](std::int64_t seconds) { choices.client.timeout = std::chrono::seconds(seconds); }, 1, kLongest),
       "time for one attempt to reach the server (default: 30s)"});
  options.add(
      {"retries", 0, "N", number(choices.client.retries, 0, kMostRetries), "attempts after the first (default: 5)",
       "Failed and cut connections, timeouts and the statuses 429, 502, 503 and 504 are tried again, after a "
       "quarter of a second to 30 seconds, or for as long as Retry-After says, up to 5 minutes. Each is reported "
       "on standard error."});
  options.group("What is printed");
  options.add(
      {"json", 0, "", form(choices, Form::json), "one JSON object a line, as the look-up endpoint has it",
       "Its members are the fields that the answer has; ip2asn(1) says what each is. Where nothing is announced they "
       "are `ip`, `announced` (false) and, for an address of IANA's special-purpose registries, its name there as "
       "`special`, such as Private-Use, Loopback or Documentation."});
  static const std::string columns = "columns divided by tabs: " + columns_text();
  options.add(
      {"tsv", 0, "", form(choices, Form::tsv), columns,
       "What the answer does not have is empty. Where nothing is announced, as_number is 0. New fields are added "
       "as the last columns."});
  options.add({"header", 0, "", flag(choices.header), "a first line with the names of these columns"});
  options.exclude({"json", "tsv"});
  options.exclude({"server", "database"});
  options.exclude({"server", "hosters"});
  options.exclude({"server", "no-hosters"});
  options.exclude({"server", "names"});
  options.exclude({"server", "combine"});
  options.require("header", {"tsv"});
  options.require("timeout", {"server"});
  options.require("retries", {"server"});
}

}  // namespace

const Command kLookupCommand = {
    "lookup",
    "who announces an address",
    "[OPTION]... [ADDRESS]...",
    R"(Prints for each ADDRESS, IPv4 or IPv6, which AS announces it. Without ADDRESS, or
for '-', reads addresses from standard input, one a line, and answers them as
they come. IPv4-mapped addresses (::ffff:192.0.2.1) are answered as IPv4. The
country is the one that the AS is registered in, not a location.)",
    R"(0 all addresses were answered, announced or not
1 an address was not valid, or memory ran out
2 wrong usage
3 the database or the server's answer is damaged
6 a file or standard output could not be read or written, or the server does not answer)",
    R"(ip2asn lookup -d ip2asn-combined.tsv.gz 8.8.8.8 2001:4860:4860::8888
ip2asn lookup -d ip2asn.idx --json 8.8.8.8 | jq -r .as_description
cut -d' ' -f1 access.log | ip2asn lookup -d ip2asn.idx --tsv --header
ip2asn lookup --server https://www.example.net/ip2asn 8.8.8.8
)",
    [] { return invocation(describe, lookup); },
};

}  // namespace ip2asn::cli
