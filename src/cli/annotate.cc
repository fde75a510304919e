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

int annotate_main(const Arguments& arguments, AnnotateChoices& choices) {
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
    "[OPTION]... [FILE]...",
    R"(Copies the lines of each FILE, plain or gzip, or of standard input, and adds who
announces the client in them: AS number, registry country, hoster and name; '-'
for what is not known. The client is taken from where the line's shape has it:
common log format and its kin, error logs, HAProxy, Squid, load balancers, JSON,
columns named by #Fields:, key=value; in other text it is the first address.
Addresses in a request, a referrer or a user agent are never taken for it.)",
    R"(0 fine
1 a line of more than 1 MiB was cut
2 wrong usage
3 a database or a compressed log is damaged, or a log is not text (or compressed otherwise than by gzip)
6 a file could not be read, or standard output not be written)",
    R"(ip2asn annotate -d ip2asn.idx access.log access.log.*.gz > annotated.log
ip2asn annotate -d ip2asn.idx --follow --fields asn,hoster access.log
ip2asn annotate -d ip2asn.idx --summary=html access.log > networks.html
xz -dc access.log.2.xz | ip2asn annotate -d ip2asn.idx --anonymize
)",
    [] { return invocation(describe, annotate_main); },
};

}  // namespace ip2asn::cli
