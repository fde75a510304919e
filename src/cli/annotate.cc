// ip2asn annotate: the networks of the addresses in a log.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "cli/annotate_find.hh"
#include "cli/annotate_format.hh"
#include "cli/annotate_input.hh"
#include "cli/annotate_options.hh"
#include "cli/annotate_summary.hh"
#include "cli/describe.hh"
#include "cli/output.hh"
#include "cli/progress.hh"

namespace ip2asn::cli {
namespace {

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
        columns_(place),
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

  bool read(Block& block, std::uint64_t& number, Finder& finder) {
    const std::lock_guard lock(reading_);
    if (stopped_ || !reader_.next(block)) return false;
    progress_.update(reader_.bytes_done(), reader_.bytes_total());
    number = blocks_read_++;
    finder.set_columns(columns_.before(block.text(), block.log()));
    return true;
  }

  void annotate() {
    Block block;
    Finder finder(place_);
    LineWriter writer(image_, format_);
    std::string out;
    for (std::uint64_t number = 0; read(block, number, finder);) {
      out.clear();
      for_each_line(block, [&](std::string_view line) { writer.write(line, finder.read(line, false), out); });
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
    for (std::uint64_t number = 0; read(block, number, finder);) {
      for_each_line(block, [&](std::string_view line) {
        const LogEntry entry = finder.read(line, true);
        if (!entry.comment) tally.add(entry);
      });
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
  ColumnTracker columns_;  // by reading_
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

int annotate_main(Arguments& arguments) {
  AnnotateChoices choices;
  if (const std::optional<int> status = read_options(arguments, choices)) return *status;
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
    Annotator annotator(reader, image, choices.place, choices.format, output, tally ? &*tally : nullptr, progress);
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
    "announces the client in them: AS number, registry country, hoster and name; '-'\n"
    "for what is not known. The client stands where the line's shape has it: common\n"
    "log format and its kin, error logs, HAProxy, Squid, load balancers, JSON,\n"
    "columns named by #Fields:, key=value; in other text it is the first address.\n"
    "What stands in a request, a referrer or a user agent is not taken for it.\n"
    "\n"
    "Where the address is, if not there:\n"
    "      --field N      in the Nth field; fields are divided by blanks and tabs\n"
    "      --delimiter C  or each by one C; \\t for a tab\n"
    "      --key NAME     in this member of JSON (or path, as request.client_ip),\n"
    "                     column of #Fields: or key=value pair\n"
    "      --regex RE     in what RE (Perl-compatible) matches, or in its first group\n"
    "      --trust-xff[=N]\n"
    "                     in X-Forwarded-For, where the line has it: the last address\n"
    "                     that is not private, or the Nth from the end: behind N\n"
    "                     proxies\n"
    "\n"
    "What is written:\n"
    "      --fields LIST  which fields, divided by commas: ip, asn, name, country,\n"
    "                     hoster, class, first, last, prefix\n"
    "      --tsv          the fields, and the line as the last one, divided by tabs\n"
    "      --header       a first line with their names\n"
    "      --json         one JSON object a line; lines that are one get more members\n"
    "      --json-prefix P\n"
    "                     what the names of these begin with\n"
    "      --anonymize    addresses without their last octet, or the last 80 bits of\n"
    "                     IPv6, in the line, too\n"
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
    "database or a compressed log is damaged, or a log is not text (or compressed by\n"
    "something else than gzip), 6 a file could not be read, or standard output not\n"
    "written.\n"
    "\n"
    "Examples:\n"
    "  ip2asn annotate -d ip2asn.idx access.log access.log.*.gz > annotated.log\n"
    "  ip2asn annotate -d ip2asn.idx --follow --fields asn,hoster access.log\n"
    "  ip2asn annotate -d ip2asn.idx --summary=html access.log > networks.html\n"
    "  xz -dc access.log.2.xz | ip2asn annotate -d ip2asn.idx --anonymize\n",
    annotate_main,
};

}  // namespace ip2asn::cli
