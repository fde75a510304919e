// ip2asn lookup: who announces an address.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
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

enum : int { kJson = 256, kTsv, kHeader, kTimeout, kRetries };

constexpr std::string_view kTitle = "ip2asn lookup";

constexpr option kOptions[] = {
    {"server", required_argument, nullptr, 's'},
    {"timeout", required_argument, nullptr, kTimeout},
    {"retries", required_argument, nullptr, kRetries},
    {"json", no_argument, nullptr, kJson},
    {"tsv", no_argument, nullptr, kTsv},
    {"header", no_argument, nullptr, kHeader},
};

struct Choices {
  DatabaseOptions database;
  std::optional<std::string> server;
  ClientOptions client;
  bool has_client_options = false;
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
      reject(text, line, "is no IP address");
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
  if (choices.header) output.write(kTsvHeader);
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

// Says what is wrong with the value of an option; empty when nothing is.
std::string read_client_option(int option, std::string_view value, ClientOptions& options) {
  constexpr std::int64_t kLongest = 3600;
  constexpr int kMostRetries = 100;
  if (option == kTimeout) {
    const auto seconds = parse_duration(value);
    if (!seconds || *seconds < 1 || *seconds > kLongest) return "is no time from 1s to 1h";
    options.timeout = std::chrono::seconds(*seconds);
    return {};
  }
  const auto [rest, problem] = std::from_chars(value.data(), value.data() + value.size(), options.retries);
  const bool fine = problem == std::errc() && rest == value.data() + value.size();
  if (!fine || options.retries < 0 || options.retries > kMostRetries) return "is no number from 0 to 100";
  return {};
}

int lookup_main(Arguments& arguments) {
  Choices choices;
  std::optional<Form> form;
  bool contradiction = false;
  const auto choose = [&](Form chosen) {
    contradiction = contradiction || (form && *form != chosen);
    form = chosen;
  };
  arguments.accept(kOptions, DatabaseOptions::table());
  while (const int option = arguments.next()) {
    switch (option) {
      case 's':
        choices.server = arguments.value();
        break;
      case kTimeout:
      case kRetries:
        choices.has_client_options = true;
        if (const std::string wrong = read_client_option(option, arguments.value(), choices.client); !wrong.empty()) {
          return arguments.bad_usage((option == kTimeout ? "--timeout '" : "--retries '") +
                                     std::string(arguments.value()) + "' " + wrong);
        }
        break;
      case kJson:
        choose(Form::json);
        break;
      case kTsv:
        choose(Form::tsv);
        break;
      case kHeader:
        choices.header = true;
        break;
      default:
        choices.database.take(option, arguments);
        break;
    }
  }
  if (const auto status = arguments.status()) return *status;
  choices.form = form.value_or(Form::text);
  const DatabaseOptions& database = choices.database;
  if (contradiction) return arguments.bad_usage("--json and --tsv cannot both be");
  if (choices.header && choices.form != Form::tsv) return arguments.bad_usage("--header goes with --tsv only");
  if (const auto wrong = database.contradiction()) return arguments.bad_usage(*wrong);
  if (choices.server) {
    if (!database.paths.empty()) return arguments.bad_usage("--server and --database cannot both be");
    if (database.hosters.path || database.hosters.none)
      return arguments.bad_usage("with --server the hosters are the server's");
    return ask_server(arguments, choices);
  }
  if (choices.has_client_options) return arguments.bad_usage("--timeout and --retries go with --server only");
  return ask_database(arguments, choices);
}

}  // namespace

const Command kLookupCommand = {
    "lookup",
    "who announces an address",
    "Usage: ip2asn lookup [OPTION]... [ADDRESS]...\n"
    "\n"
    "Tells for each ADDRESS, IPv4 or IPv6, which AS announces it. Without ADDRESS, or\n"
    "for '-', reads addresses from standard input, one a line, and answers them as\n"
    "they come. IPv4-mapped addresses (::ffff:192.0.2.1) are answered as IPv4.\n"
    "\n"
    "Options:\n"
    "  -d, --database DB  source (.tsv, .tsv.gz) or compiled index; may be given\n"
    "                     again for further sources\n"
    "  -s, --server URL   ask the look-up endpoint at this http or https URL instead,\n"
    "                     many addresses at a time; what may pass is tried again\n"
    "      --timeout TIME for one attempt (default: 30s)\n"
    "      --retries N    attempts after the first (default: 5)\n"
    "      --json         one JSON object a line: ip, announced, first_ip, last_ip,\n"
    "                     as_number, as_country_code, as_description, prefix, and\n"
    "                     hoster and hoster_class where there is one; ip and\n"
    "                     announced alone where nothing is announced\n"
    "      --tsv          ip, asn, first, last, country, description, hoster and\n"
    "                     hoster_class, divided by tabs; asn is 0 where nothing is\n"
    "                     announced\n"
    "      --header       a first line with the names of these columns\n"
    "      --hosters FILE the hoster map to use with sources; an index has its own\n"
    "      --no-hosters   use no hoster map\n"
    "  -h, --help         this text\n"
    "\n"
    "Without -d the database is the one that the environment variable IP2ASN_DATABASE\n"
    "names, else\n"
    "  " IP2ASN_DEFAULT_DATABASE
    "\n"
    "Without --hosters the hoster map, if it is there, is\n"
    "  " IP2ASN_HOSTER_MAP
    "\n"
    "\n"
    "The country is the one the AS is registered in, not a location.\n"
    "\n"
    "Exit status: 0 all addresses were answered (announced or not), 1 one was no\n"
    "address, 2 wrong usage, 3 the database or the server's answer is damaged, 6 a\n"
    "file or standard output could not be read or written, or the server does not\n"
    "answer.\n"
    "\n"
    "Examples:\n"
    "  ip2asn lookup -d ip2asn-combined.tsv.gz 8.8.8.8 2001:4860:4860::8888\n"
    "  ip2asn lookup -d ip2asn.idx --json 8.8.8.8 | jq -r .as_description\n"
    "  cut -d' ' -f1 access.log | ip2asn lookup -d ip2asn.idx --tsv --header\n"
    "  ip2asn lookup --server https://www.example.net/ip2asn 8.8.8.8\n",
    lookup_main,
};

}  // namespace ip2asn::cli
