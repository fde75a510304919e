// ip2asn annotate: the networks of the addresses in a log.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "cli/annotate_find.hh"
#include "cli/annotate_format.hh"
#include "cli/annotate_input.hh"
#include "cli/annotate_summary.hh"
#include "cli/args.hh"
#include "cli/database_options.hh"
#include "cli/describe.hh"
#include "cli/output.hh"
#include "cli/progress.hh"

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
  kThreads
};

constexpr option kOptions[] = {
    {"field", required_argument, nullptr, kField},   {"delimiter", required_argument, nullptr, kDelimiter},
    {"regex", required_argument, nullptr, kRegex},   {"fields", required_argument, nullptr, kFields},
    {"format", required_argument, nullptr, kFormat}, {"tsv", no_argument, nullptr, kTsv},
    {"json", no_argument, nullptr, kJson},           {"header", no_argument, nullptr, kHeader},
    {"follow", no_argument, nullptr, kFollow},       {"summary", optional_argument, nullptr, kSummary},
    {"top", required_argument, nullptr, kTop},       {"threads", required_argument, nullptr, kThreads},
};

// Threads take turns to read a block, work on it side by side, and take turns to write, in the order of reading. So
// there are as many blocks in memory as threads, and the output does not depend on how many there are.
class Annotator {
 public:
  Annotator(LogReader& reader, const Image& image, const Place& place, const LogFormat& format, Output& output,
            Tally* tally, Progress& progress)
      : reader_(reader),
        image_(image),
        place_(place),
        format_(format),
        output_(output),
        tally_(tally),
        progress_(progress) {}

  void run(std::size_t threads) {
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < threads; ++i) others.emplace_back([this] { work(); });
    work();
    for (std::thread& other : others) other.join();
    if (problem_) std::rethrow_exception(problem_);
  }

 private:
  void work() noexcept {
    try {
      if (tally_ != nullptr) {
        count();
      } else {
        annotate();
      }
    } catch (...) {
      stop(std::current_exception());
    }
  }

  // Nobody waits for the turn of a thread that has come to grief.
  void stop(std::exception_ptr problem) noexcept {
    const std::scoped_lock lock(reading_, writing_);
    if (!problem_) problem_ = std::move(problem);
    stopped_ = true;
    turn_.notify_all();
  }

  bool read(Block& block, std::uint64_t& number) {
    const std::lock_guard lock(reading_);
    if (stopped_ || !reader_.next(block)) return false;
    progress_.update(reader_.bytes_done(), reader_.bytes_total());
    number = blocks_read_++;
    return true;
  }

  void annotate() {
    Block block;
    Finder finder(place_);
    LineWriter writer(image_, format_);
    std::string out;
    for (std::uint64_t number = 0; read(block, number);) {
      out.clear();
      for_each_line(block, [&](std::string_view line) { writer.write(line, finder.find(line), out); });
      std::unique_lock lock(writing_);
      turn_.wait(lock, [&] { return blocks_written_ == number || stopped_; });
      if (stopped_) return;
      output_.buffer().swap(out);
      output_.flush();
      output_.buffer().swap(out);
      ++blocks_written_;
      stopped_ = stopped_ || !output_.good();
      turn_.notify_all();
    }
  }

  void count() {
    Block block;
    Finder finder(place_);
    Tally tally(image_);
    for (std::uint64_t number = 0; read(block, number);) {
      for_each_line(block, [&](std::string_view line) { tally.add(finder.find(line), response_bytes(line)); });
    }
    const std::lock_guard lock(writing_);
    tally_->add(tally);
  }

  template <class Do>
  static void for_each_line(const Block& block, Do&& what) {
    for (std::string_view rest = block.text(); !rest.empty();) {
      const std::size_t end = rest.find('\n');
      what(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
  }

  LogReader& reader_;
  const Image& image_;
  const Place& place_;
  const LogFormat& format_;
  Output& output_;
  Tally* const tally_;
  Progress& progress_;
  std::mutex reading_, writing_;
  std::condition_variable turn_;
  std::uint64_t blocks_read_ = 0;     // by reading_
  std::uint64_t blocks_written_ = 0;  // by writing_
  std::atomic<bool> stopped_{false};
  std::exception_ptr problem_;
};

struct Choices {
  DatabaseOptions database;
  std::optional<std::size_t> field;
  std::optional<char> delimiter;
  std::optional<std::string> regex;
  LogFormat format;
  std::optional<SummaryForm> summary;
  std::size_t top = 20;
  std::size_t threads = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  bool header = false, follow = false, fields = false;
  int forms = 0;
};

std::optional<std::size_t> parse_count(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  const auto [rest, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc() || rest != text.data() + text.size() || count == 0 || count > most) return std::nullopt;
  return count;
}

// Reads the options; an exit status when that is all there is to do.
std::optional<int> read_options(Arguments& arguments, Choices& choices) {
  std::string wrong;
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
        count(choices.field.emplace(), 1'000'000, "--field");
        break;
      case kDelimiter:
        if (arguments.value().size() != 1 && arguments.value() != "\\t") wrong = "--delimiter takes one character";
        choices.delimiter = arguments.value() == "\\t" ? '\t' : arguments.value().substr(0, 1).front();
        break;
      case kRegex:
        choices.regex = arguments.value();
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
  if (choices.field && choices.regex) return arguments.bad_usage("--field and --regex cannot both be");
  if (choices.delimiter && !choices.field) return arguments.bad_usage("--delimiter goes with --field only");
  if (const auto contradiction = choices.database.contradiction()) return arguments.bad_usage(*contradiction);
  return std::nullopt;
}

int annotate_main(Arguments& arguments) {
  Choices choices;
  if (const std::optional<int> status = read_options(arguments, choices)) return *status;
  Place place = choices.field ? Place::field(*choices.field, choices.delimiter) : Place();
  if (choices.regex) {
    Result<Place> compiled = Place::regex(*choices.regex);
    if (!compiled) return arguments.bad_usage(compiled.error().message);
    place = *std::move(compiled);
  }
  if (const Result<Done> settled = choices.database.settle(); !settled) return arguments.fail(settled.error());
  const Result<Database> database = choices.database.open(arguments);
  if (!database) return arguments.fail(database.error());
  const Image& image = database->image();

  std::vector<std::string> paths = arguments.operands();
  if (paths.empty()) paths.emplace_back("-");
  std::optional<StopSignals> signals;
  // What is in hand when a signal comes is done in less, where somebody takes the output.
  constexpr std::chrono::seconds kGrace{2};
  if (choices.follow) signals.emplace(kGrace);
  LogReader reader(std::move(paths), signals ? &*signals : nullptr,
                   [&](const std::string& message) { arguments.complain(message); });
  Output output;
  std::optional<Tally> tally;
  if (choices.summary) tally.emplace(image);
  if (choices.header) {
    output.write(choices.format.header());
    output.flush();
  }
  {
    Progress progress("annotating",
                      isatty(STDOUT_FILENO) && !choices.summary ? Progress::When::never : Progress::When::on_terminal);
    Annotator annotator(reader, image, place, choices.format, output, tally ? &*tally : nullptr, progress);
    annotator.run(choices.threads);
  }
  if (tally) {
    const Summary summary = summarize(image, *tally, choices.top);
    output.write(write_summary(summary, *choices.summary, image));
    if (summary.bytes_overflowed()) {
      arguments.complain("the log tells of more bytes than can be counted; sums of bytes end at " +
                         std::to_string(Traffic::kMostBytes));
    }
  }
  int status = output.finish("ip2asn annotate");
  if (reader.cut_lines() > 0) {
    arguments.complain(counted(reader.cut_lines(), "line") + " of more than 1 MiB were cut");
    if (status == kFine) status = kPartly;
  }
  for (const Error& error : reader.errors()) {
    const int failed = arguments.fail(error);
    if (status == kFine || status == kPartly) status = failed;
  }
  return status;
}

}  // namespace

const Command kAnnotateCommand = {
    "annotate",
    "add the network of the address in each line of a log",
    "Usage: ip2asn annotate [OPTION]... [FILE]...\n"
    "\n"
    "Copies the lines of each FILE, plain or gzip, or of standard input, and adds who\n"
    "announces the address in them: AS number, registry country, hoster and name; '-'\n"
    "for what is not known. The address is the first in the line, IPv4 or IPv6, with\n"
    "or without brackets and port.\n"
    "\n"
    "Where the address is:\n"
    "      --field N      in the Nth field; fields are divided by blanks and tabs\n"
    "      --delimiter C  or each by one C; \\t for a tab\n"
    "      --regex RE     in what RE (Perl-compatible) matches, or in its first group\n"
    "\n"
    "What is written:\n"
    "      --fields LIST  which fields, divided by commas: ip, asn, name, country,\n"
    "                     hoster, class, first, last, prefix\n"
    "      --tsv          the fields, and the line as the last one, divided by tabs\n"
    "      --header       a first line with their names\n"
    "      --json         one JSON object a line\n"
    "      --format TEXT  TEXT for each line, with fields as %{asn}, the line as\n"
    "                     %{line}, a per cent sign as %%, and \\t and \\n\n"
    "      --summary[=FORM]\n"
    "                     no lines, but at the end lines and bytes of responses by\n"
    "                     AS, hoster and country; FORM is text, json or html (with\n"
    "                     charts); sums of bytes end at 18446744073709551615\n"
    "      --top N        how many of each the summary names (default: 20)\n"
    "\n"
    "Other options:\n"
    "  -d, --database DB  source (.tsv, .tsv.gz) or compiled index; may be given\n"
    "                     again for further sources\n"
    "      --follow       at the end of the last FILE wait for more; one that is\n"
    "                     rotated is read on beside the new one until nothing came\n"
    "                     for a minute; an interrupt (Ctrl-C) ends\n"
    "      --threads N    how many work (default: one a processor); the output is the\n"
    "                     same\n"
    "      --hosters FILE the hoster map to use with sources; an index has its own\n"
    "      --no-hosters   use no hoster map\n"
    "  -h, --help         this text\n"
    "\n"
    "Without -d the database is the one that the environment variable IP2ASN_DATABASE\n"
    "names, else\n"
    "  " IP2ASN_DEFAULT_DATABASE
    "\n"
    "\n"
    "Exit status: 0 fine, 1 a line of more than 1 MiB was cut, 2 wrong usage, 3 a\n"
    "database or a compressed log is damaged, 6 a file could not be read, or standard\n"
    "output not written.\n"
    "\n"
    "Examples:\n"
    "  ip2asn annotate -d ip2asn.idx access.log access.log.*.gz > annotated.log\n"
    "  ip2asn annotate -d ip2asn.idx --follow --fields asn,hoster access.log\n"
    "  ip2asn annotate -d ip2asn.idx --summary=html access.log > networks.html\n",
    annotate_main,
};

}  // namespace ip2asn::cli
