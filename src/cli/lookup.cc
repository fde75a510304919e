// ip2asn lookup: who announces an address.
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <system_error>

#include "cli/answer.hh"
#include "cli/args.hh"
#include "cli/lines.hh"
#include "cli/open_database.hh"
#include "cli/output.hh"
#include "cli/progress.hh"

namespace ip2asn::cli {
namespace {

enum : int { kNoHosters = 256, kHosters, kJson, kTsv, kHeader };

constexpr option kOptions[] = {
    {"database", required_argument, nullptr, 'd'},
    {"json", no_argument, nullptr, kJson},
    {"tsv", no_argument, nullptr, kTsv},
    {"header", no_argument, nullptr, kHeader},
    {"hosters", required_argument, nullptr, kHosters},
    {"no-hosters", no_argument, nullptr, kNoHosters},
};

// Answers addresses in text and keeps account of those that are none.
class Asker {
 public:
  Asker(const Arguments& arguments, Answers& answers, Output& output)
      : arguments_(arguments), answers_(answers), output_(output) {}

  /// `line` is 0 for an address of the command line.
  void ask(std::string_view text, std::uint64_t line) {
    if (const std::optional<Address> address = parse_address(text)) {
      answers_.answer(*address);
    } else {
      reject(text, line, "is no IP address");
    }
  }

  void reject(std::string_view text, std::uint64_t line, std::string_view reason) {
    constexpr std::size_t kShown = 60;
    partly_ = true;
    if (together_) output_.flush();
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
    LineReader lines(
        descriptor, [](void* output) { static_cast<Output*>(output)->flush(); }, &output_);
    constexpr std::string_view kBlanks = " \t\r\v\f";
    std::string_view line;
    while (output_.good() && lines.next(line)) {
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
      arguments_.complain("standard input could not be read after line " + std::to_string(lines.line_number()) + ": " +
                          std::generic_category().message(lines.error()));
      unreadable_ = true;
    }
  }

  int status() const noexcept { return unreadable_ ? kUnreadable : partly_ ? kPartly : kFine; }

 private:
  const Arguments& arguments_;
  Answers& answers_;
  Output& output_;
  // Answers and complaints that end up on one terminal stand in the order of what was asked.
  const bool together_ = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
  bool partly_ = false;
  bool unreadable_ = false;
};

int lookup_main(Arguments& arguments) {
  std::vector<std::string> paths;
  HosterChoice choice;
  std::optional<Form> form;
  bool header = false, contradiction = false;
  const auto choose = [&](Form chosen) {
    contradiction = contradiction || (form && *form != chosen);
    form = chosen;
  };
  arguments.accept(kOptions);
  while (const int option = arguments.next()) {
    switch (option) {
      case 'd':
        paths.emplace_back(arguments.value());
        break;
      case kJson:
        choose(Form::json);
        break;
      case kTsv:
        choose(Form::tsv);
        break;
      case kHeader:
        header = true;
        break;
      case kHosters:
        choice.path = arguments.value();
        break;
      case kNoHosters:
        choice.none = true;
        break;
    }
  }
  if (const auto status = arguments.status()) return *status;
  if (contradiction) return arguments.bad_usage("--json and --tsv cannot both be");
  if (header && form != Form::tsv) return arguments.bad_usage("--header goes with --tsv only");
  if (choice.path && choice.none) return arguments.bad_usage("--hosters and --no-hosters cannot both be");

  if (paths.empty()) {
    Result<std::string> path = default_database();
    if (!path) return arguments.fail(path.error());
    paths.push_back(*std::move(path));
  }
  const Result<HosterMap> hosters = read_hosters(choice);
  if (!hosters) return arguments.fail(hosters.error());
  Findings findings;
  const Result<Database> database = open_database(paths, *hosters, false, findings);
  if (!database) return arguments.fail(database.error());
  if (findings.skipped() > 0) {
    arguments.complain(name_files(paths) + ": " + findings.summary() + "; 'ip2asn verify' explains");
  }
  if (choice.path && !database->compiled()) {
    arguments.complain("--hosters changes nothing here: " + name_files(paths) + " is compiled, with its hosters in it");
  }

  Output output;
  Answers answers(database->image(), form.value_or(Form::text), output);
  Asker asker(arguments, answers, output);
  if (header) answers.header();
  const std::vector<std::string> addresses = arguments.operands();
  if (addresses.empty()) {
    if (isatty(STDIN_FILENO)) arguments.complain("reading addresses from the terminal, one a line; Ctrl-D ends");
    asker.ask_lines(STDIN_FILENO);
  }
  for (const std::string& address : addresses) {
    if (address == "-") {
      asker.ask_lines(STDIN_FILENO);
    } else {
      asker.ask(address, 0);
    }
  }
  const int written = output.finish("ip2asn lookup");
  return written != kFine ? written : asker.status();
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
    "      --json         one JSON object a line: ip, announced, first_ip, last_ip,\n"
    "                     as_number, as_country_code, as_description, prefix, and\n"
    "                     hoster where there is one; ip and announced alone where\n"
    "                     nothing is announced\n"
    "      --tsv          ip, asn, first, last, country, description and hoster,\n"
    "                     divided by tabs; asn is 0 where nothing is announced\n"
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
    "address, 2 wrong usage, 3 the database is damaged, 6 a file or standard output\n"
    "could not be read or written.\n"
    "\n"
    "Examples:\n"
    "  ip2asn lookup -d ip2asn-combined.tsv.gz 8.8.8.8 2001:4860:4860::8888\n"
    "  ip2asn lookup -d ip2asn.idx --json 8.8.8.8 | jq -r .as_description\n"
    "  cut -d' ' -f1 access.log | ip2asn lookup -d ip2asn.idx --tsv --header\n",
    lookup_main,
};

}  // namespace ip2asn::cli
