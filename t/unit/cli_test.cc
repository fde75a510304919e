// The tool's parts that a run of the tool shows badly: times, progress on a terminal, lines in small pieces.
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/figures.hh"
#include "cli/args.hh"
#include "cli/describe.hh"
#include "cli/lines.hh"
#include "cli/progress.hh"
#include "cunit_main.hh"

namespace {

using namespace ip2asn::cli;
using ip2asn::grouped;

void durations_are_numbers_with_a_unit() {
  struct Row {
    std::string_view text;
    std::int64_t seconds;  ///< -1 for no duration
  };
  constexpr Row kRows[] = {
      {"0", 0},
      {"90", 90},
      {"90s", 90},
      {"15m", 900},
      {"36h", 129600},
      {"7d", 604800},
      {"2w", 1209600},
      {"", -1},
      {"-1", -1},
      {"1y", -1},
      {"h", -1},
      {"1.5h", -1},
      {" 1h", -1},
      {"1h ", -1},
      {"1h30m", -1},
      {"1H", -1},
      {"0x10", -1},
      {"9223372036854775807", INT64_MAX},
      {"9223372036854775808", -1},
      {"9223372036854775807w", -1},
  };
  for (const Row& row : kRows) CU_ASSERT_EQUAL(parse_duration(row.text).value_or(-1), row.seconds);
}

void shares_are_numbers_from_0_to_100() {
  struct Row {
    std::string_view text;
    double share;  ///< -1 for no share
  };
  constexpr Row kRows[] = {{"0", 0}, {"5", 5},  {"5%", 5},   {"0.5", 0.5}, {"100", 100}, {"100.1", -1}, {"-1", -1},
                           {"", -1}, {"%", -1}, {"5%%", -1}, {"nan", -1},  {"inf", -1},  {"1e1", -1},   {" 5", -1}};
  for (const Row& row : kRows) CU_ASSERT_EQUAL(parse_percent(row.text).value_or(-1), row.share);
}

void counts_are_grouped_by_three() {
  CU_ASSERT(grouped(0) == "0");
  CU_ASSERT(grouped(999) == "999");
  CU_ASSERT(grouped(1000) == "1,000");
  CU_ASSERT(grouped(123456) == "123,456");
  CU_ASSERT(grouped(UINT64_MAX) == "18,446,744,073,709,551,615");
  CU_ASSERT(counted(1, "row") == "1 row");
  CU_ASSERT(counted(0, "row") == "0 rows");
}

void ages_are_told_in_two_units_at_least() {
  struct Row {
    std::int64_t seconds;
    std::string_view text;
  };
  constexpr Row kRows[] = {
      {0, "0 seconds"},     {1, "1 second"},       {119, "119 seconds"},
      {120, "2 minutes"},   {7199, "119 minutes"}, {7200, "2 hours"},
      {172799, "47 hours"}, {172800, "2 days"},    {-7200, "from the future by 2 hours"},
  };
  for (const Row& row : kRows) CU_ASSERT(age(row.seconds) == row.text);
}

struct Pipe {
  Pipe() { CU_ASSERT_EQUAL_FATAL(::pipe(ends), 0); }
  ~Pipe() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  void put(std::string_view text) {
    CU_ASSERT_EQUAL_FATAL(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void end() {
    ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2];
};

// Feeds a reader one piece at each wait, and tells which lines come out of it.
struct Feed {
  std::vector<std::string> pieces;
  std::size_t next = 0;
  Pipe pipe = {};

  static void wait(void* context) {
    Feed& feed = *static_cast<Feed*>(context);
    if (feed.next < feed.pieces.size()) {
      feed.pipe.put(feed.pieces[feed.next++]);
    } else if (feed.pipe.ends[1] >= 0) {
      feed.pipe.end();
    }
  }

  std::vector<std::string> lines() {
    LineReader reader(pipe.ends[0], wait, this);
    std::vector<std::string> found;
    for (std::string_view line; reader.next(line);) {
      CU_ASSERT_EQUAL(reader.line_number(), found.size() + 1);
      found.push_back((reader.cut() ? "cut:" : "") + std::string(line));
    }
    return found;
  }
};

struct LinesCase {
  std::vector<std::string> pieces;
  std::vector<std::string> lines;
};

void check_lines(const std::vector<LinesCase>& cases) {
  for (const LinesCase& each : cases) {
    Feed feed{.pieces = each.pieces};
    CU_ASSERT(feed.lines() == each.lines);
  }
}

void lines_do_not_depend_on_how_input_comes_in_pieces() {
  check_lines({{{}, {}},
               {{"a\nb\n"}, {"a", "b"}},
               {{"a\nb"}, {"a", "b"}},
               {{"a", "b", "\n", "c", "d"}, {"ab", "cd"}},
               {{"\n", "\n\n", "a"}, {"", "", "", "a"}}});
}

void a_line_that_is_too_long_is_cut_and_the_next_is_whole() {
  const std::string half(LineReader::kLongestLine / 2, 'x');
  const std::string below = half + half.substr(1);
  const std::string cut = "cut:" + half + half;
  check_lines({{{half, half.substr(1), "\nb\n"}, {below, "b"}},
               {{half, half, "\nb\n"}, {cut, "b"}},
               {{half, half, half, half, half, "\nb"}, {cut, "b"}},
               {{"a\n", half, half, half}, {"a", cut}}});
}

std::string read_some(int descriptor) {
  char text[512];
  const ssize_t size = ::read(descriptor, text, sizeof text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "";
}

void progress_is_drawn_and_wiped() {
  Pipe pipe = {};
  {
    Progress progress("reading a.tsv", Progress::When::always, pipe.ends[1], std::chrono::milliseconds(0));
    progress.update(1'000'000, 4'000'000);
    std::string seen;
    while (seen.find("reading a.tsv:  25 %, 1.0 of 4.0 MB, ") == std::string::npos) seen += read_some(pipe.ends[0]);
    progress.phase("compiling");
    while (seen.find("\r\033[Kcompiling: ") == std::string::npos) seen += read_some(pipe.ends[0]);
  }
  pipe.end();
  std::string rest;
  for (std::string more; !(more = read_some(pipe.ends[0])).empty();) rest += more;
  CU_ASSERT(rest.ends_with("\r\033[K"));
}

void progress_stays_away_from_what_is_no_terminal() {
  Pipe pipe = {};
  {
    Progress progress("reading", Progress::When::on_terminal, pipe.ends[1], std::chrono::milliseconds(0));
    progress.update(1, 2);
  }
  pipe.end();
  CU_ASSERT(read_some(pipe.ends[0]).empty());
}

void work_that_is_done_before_the_delay_shows_nothing() {
  Pipe pipe = {};
  { Progress progress("reading", Progress::When::always, pipe.ends[1], std::chrono::hours(1)); }
  pipe.end();
  CU_ASSERT(read_some(pipe.ends[0]).empty());
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "tool",
      {
          {"durations are numbers with a unit", durations_are_numbers_with_a_unit},
          {"shares are numbers from 0 to 100", shares_are_numbers_from_0_to_100},
          {"counts are grouped by three", counts_are_grouped_by_three},
          {"ages are told in two units at least", ages_are_told_in_two_units_at_least},
          {"lines do not depend on how input comes in pieces", lines_do_not_depend_on_how_input_comes_in_pieces},
          {"a line that is too long is cut and the next is whole",
           a_line_that_is_too_long_is_cut_and_the_next_is_whole},
          {"progress is drawn and wiped", progress_is_drawn_and_wiped},
          {"progress stays away from what is no terminal", progress_stays_away_from_what_is_no_terminal},
          {"work that is done before the delay shows nothing", work_that_is_done_before_the_delay_shows_nothing},
      });
}
