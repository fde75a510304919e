// The refresh policy: what is looked at when, what is announced, what is refused, and what is said about it.
#include "serve/refresh.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <utility>
#include <vector>

#include "cunit_main.hh"
#include "serve/good_record.hh"
#include "support.hh"

using namespace ip2asn;
using test::read_bytes;
using test::TemporaryDirectory;
using test::write_bytes;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kSettle = 2 * kSecond;  // the longest
// As if a day had passed since any file was written.
std::int64_t tomorrow() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count() + 86400 * kSecond;
}

std::string rows(int count, std::uint32_t asn) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string net = "10.0." + std::to_string(i) + '.';
    text += net + "0\t" + net + "255\t" + std::to_string(asn) + "\tDE\tTEST\n";
  }
  return text;
}

// A server without httpd: a block, a source, a cache, a clock.
struct Server {
  TemporaryDirectory scratch;
  std::vector<char> memory = std::vector<char>(ControlBlock::memory_size());
  ControlBlock& block = *ControlBlock::create(memory.data());
  CacheRequest request;
  RefreshSettings settings{kMinute, 5, 1};
  Moment now{kMinute, tomorrow()};
  CacheResult serving;
  Error error;
  std::string warning;

  Server() {
    request.recipe.sources = {scratch / "source.tsv"};
    request.store.directory = scratch / "cache";
    replace(rows(100, 1));
    CU_ASSERT_TRUE_FATAL(look() == RefreshOutcome::published);
  }

  // In place: the same inode.
  void overwrite(const std::string& text) { write_bytes(scratch / "source.tsv", text); }
  void replace(const std::string& text) {
    write_bytes(scratch / "new.tsv", text);
    std::filesystem::rename(scratch / "new.tsv", scratch / "source.tsv");
  }
  std::string entry() const { return request.store.directory + '/' + to_hex(block.latest(1)->digest) + ".idx"; }

  // The second of two looks that find the same.
  RefreshOutcome look() {
    now.monotonic_ns -= kSettle;
    (void)glance();
    now.monotonic_ns += kSettle;
    return glance();
  }
  RefreshOutcome glance() {
    auto report = refresh(block, request, settings, serving.path.empty() ? nullptr : &serving.image, now, 0);
    if (!report.remarks.empty()) error = report.remarks.front().error;
    warning = report.warning;
    if (report.loaded) serving = *std::move(report.loaded);
    return report.outcome;
  }
  std::uint32_t asn() const { return serving.image.asn(serving.image.lookup(Address::v4(0x0a000001))); }
};

// Whether the cache has what is announced.
bool opens(const Server& server) {
  return static_cast<bool>(open_cached(server.block.latest(1)->digest, server.request.store));
}

// How many files there are whose names end so.
std::size_t count_in(const std::string& directory, std::string_view extension) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    count += entry.path().extension() == extension;
  return count;
}

bool is(RefreshOutcome outcome, RefreshOutcome expected) { return outcome == expected; }

void delays_double_within_bounds() {
  struct {
    std::int64_t interval;
    std::uint32_t failures;
    std::int64_t nominal;
  } const table[] = {
      {kMinute, 1, kMinute},           {kMinute, 2, 2 * kMinute},         {kMinute, 3, 4 * kMinute},
      {kMinute, 6, 32 * kMinute},      {kMinute, 7, 60 * kMinute},        {kMinute, 4'000'000'000, 60 * kMinute},
      {kSecond / 10, 1, kSecond / 10}, {120 * kMinute, 1, 120 * kMinute}, {120 * kMinute, 9, 120 * kMinute},
  };
  for (const auto& row : table) {
    CU_ASSERT_EQUAL(retry_delay(row.interval, row.failures, 0), row.nominal - row.nominal / 4);
    for (std::uint64_t random = 1; random != 0; random *= 3) {
      const std::int64_t delay = retry_delay(row.interval, row.failures, random);
      CU_ASSERT_TRUE(delay >= row.nominal - row.nominal / 4 && delay <= row.nominal + row.nominal / 4 + 1);
      if (random > ~0ull / 3) break;
    }
  }
}

void unchanged_inputs_are_left_alone() {
  Server server;
  const std::uint64_t published = server.block.published();
  for (int i = 0; i < 3; ++i) CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
  CU_ASSERT_EQUAL(server.block.published(), published);
}

// The module loads in idle time.
void the_callers_way_of_loading_is_taken() {
  static int loads;
  loads = 0;
  Server server;
  server.settings.load = [](const CacheRequest& request, std::int64_t now_ns, Findings& findings) {
    ++loads;
    return load_cached(request, now_ns, findings);
  };
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
  CU_ASSERT_EQUAL(loads, 0);
  server.replace(rows(100, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_EQUAL(loads, 1);
  server.settings.load = [](const CacheRequest&, std::int64_t, Findings&) -> Result<CacheResult> {
    return Error{Errc::unreadable, "no time"};
  };
  server.replace(rows(100, 3));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::refused));
  CU_ASSERT_EQUAL(server.asn(), 2);
}

void every_kind_of_change_is_noticed() {
  Server server;
  server.replace(rows(100, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_EQUAL(server.asn(), 2);

  // Of the same size and time, and with a time of the past.
  struct stat st;
  ::stat(server.request.recipe.sources[0].c_str(), &st);
  server.replace(rows(100, 3));
  const timespec same[2] = {st.st_atim, st.st_mtim};
  ::utimensat(AT_FDCWD, server.request.recipe.sources[0].c_str(), same, 0);
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_EQUAL(server.asn(), 3);

  server.replace(rows(100, 4));
  const timespec past[2] = {{86400, 0}, {86400, 0}};
  ::utimensat(AT_FDCWD, server.request.recipe.sources[0].c_str(), past, 0);
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_EQUAL(server.asn(), 4);
}

void settling_takes_a_part_of_the_interval() {
  const std::int64_t ms = kSecond / 1000;
  for (const auto& [interval, settle] : {std::pair(std::int64_t{0}, 20 * ms), std::pair(100 * ms, 50 * ms),
                                         std::pair(2 * kSecond, kSecond), std::pair(60 * kMinute, kSecond)}) {
    CU_ASSERT_EQUAL(settle_time(interval, false), settle);
    CU_ASSERT_EQUAL(settle_time(interval, true), 2 * kSecond);
  }
}

void a_change_counts_when_two_looks_have_found_it() {
  Server server;
  // Whatever the clock that stamps files says.
  for (const std::int64_t wall_ns : {std::int64_t{0}, server.now.wall_ns, 2 * server.now.wall_ns}) {
    const std::uint32_t before = server.asn();
    server.now.wall_ns = wall_ns;
    server.now.monotonic_ns += kMinute;
    server.overwrite(rows(100, before + 1));
    CU_ASSERT_TRUE(is(server.glance(), RefreshOutcome::quiet));
    // The next look comes soon, long before an interval is over.
    const std::int64_t wait = server.block.next_look.load() - server.now.monotonic_ns;
    CU_ASSERT_TRUE(wait > 0 && wait <= kSettle);
    server.now.monotonic_ns += wait - 1;
    CU_ASSERT_TRUE(is(server.glance(), RefreshOutcome::quiet));
    CU_ASSERT_EQUAL(server.asn(), before);
    // Written to once more, it has to settle anew.
    server.overwrite(rows(100, before + 2));
    server.now.monotonic_ns += 1;
    CU_ASSERT_TRUE(is(server.glance(), RefreshOutcome::quiet));
    server.now.monotonic_ns += kSettle;
    CU_ASSERT_TRUE(is(server.glance(), RefreshOutcome::published));
    CU_ASSERT_EQUAL(server.asn(), before + 2);
  }
}

void what_was_made_in_a_turn_that_is_lost_is_dropped() {
  Server server;
  server.settings.turn = 7;
  server.block.turn.store(8);
  const std::uint64_t published = server.block.published(), looked_at = server.block.looked_at.load();
  server.replace(rows(100, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
  CU_ASSERT_EQUAL(server.block.published(), published);
  CU_ASSERT_EQUAL(server.block.looked_at.load(), looked_at);
  server.block.turn.store(7);
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
}

void bad_inputs_are_refused_and_said_once() {
  Server server;
  const std::uint64_t published = server.block.published();
  const struct {
    const char* what;
    std::string content;
    const char* reason;
  } table[] = {
      {"broken", "<html>\n", "HTML"},
      {"empty", "", "empty"},
      {"shrunk", rows(90, 1), "lost too much"},
  };
  for (const auto& row : table) {
    server.replace(row.content);
    CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::refused));
    CU_ASSERT_TRUE(server.error.message.find(row.reason) != std::string::npos);
    CU_ASSERT_TRUE(server.error.message.find(server.request.recipe.sources[0]) != std::string::npos);
    for (int i = 0; i < 3; ++i) CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
  }
  std::filesystem::remove(server.request.recipe.sources[0]);
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::refused));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
  CU_ASSERT_EQUAL(server.block.published(), published);

  server.replace(rows(100, 1));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::recovered));
  CU_ASSERT_EQUAL(server.block.published(), published);
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
}

void a_loss_within_bounds_is_no_drift() {
  Server server;
  server.replace(rows(95, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  server.replace(rows(90, 3));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::refused));
  server.settings.max_drift = 10;
  server.now.monotonic_ns = server.block.retry_at.load();
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
}

void failures_are_retried_later_and_later() {
  Server server;
  // A cache that cannot be written: no fault of the source's, so its stamp will not tell when it is gone.
  std::filesystem::remove_all(server.request.store.directory);
  write_bytes(server.scratch / "cache", "in the way");
  server.replace(rows(100, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::refused));
  for (const std::int64_t minutes : {1, 2, 4}) {
    const std::int64_t delay = minutes * kMinute - minutes * kMinute / 4;  // with 0 for random
    CU_ASSERT_EQUAL(server.block.retry_at.load(), server.now.monotonic_ns + delay);
    const std::uint64_t refusals = server.block.refusals.load();
    server.now.monotonic_ns += delay - 1;
    CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
    CU_ASSERT_EQUAL(server.block.refusals.load(), refusals);
    server.now.monotonic_ns += 1;
    CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
    CU_ASSERT_EQUAL(server.block.refusals.load(), refusals + 1);
  }
  std::filesystem::remove(server.request.store.directory);
  server.now.monotonic_ns = server.block.retry_at.load();
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_EQUAL(server.asn(), 2);
}

void unchanged_content_is_not_compiled_again() {
  Server server;
  server.replace(rows(100, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_TRUE(server.serving.compiled);
  server.replace(rows(100, 1));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_FALSE(server.serving.compiled);
  // The same bytes in another file: nothing to publish.
  const std::uint64_t published = server.block.published();
  server.replace(rows(100, 1));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
  CU_ASSERT_EQUAL(server.block.published(), published);
}

void a_damaged_or_lost_entry_is_made_again() {
  Server server;
  const std::string entry = server.entry(), good = read_bytes(entry);
  for (const bool lost : {false, true}) {
    ::unlink(entry.c_str());
    if (!lost) {
      std::string bad = good;
      bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
      write_bytes(server.scratch / ("cache/" + std::filesystem::path(entry).filename().string()), bad);
    }
    CU_ASSERT_FALSE(opens(server));
    server.block.wanted.store(1);  // as adopt() does when that happens
    CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
    CU_ASSERT_TRUE(opens(server));
    CU_ASSERT_EQUAL(read_bytes(entry), good);
  }
}

void the_newest_few_entries_are_kept() {
  Server server;
  for (std::uint32_t asn = 2; asn <= 10; ++asn) {
    server.replace(rows(100, asn));
    CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
    // As if the clock had stood ten years ahead when it was made.
    const timespec future[2] = {{server.now.wall_ns / kSecond * 2, 0}, {server.now.wall_ns / kSecond * 2, 0}};
    if (asn < 8) ::utimensat(AT_FDCWD, server.entry().c_str(), future, 0);
  }
  CU_ASSERT_EQUAL(count_in(server.request.store.directory, ".idx"), server.request.store.keep);
  CU_ASSERT_TRUE(count_in(server.request.store.directory, ".at") <= server.request.store.keep);
  CU_ASSERT_TRUE(opens(server));
}

void foreign_things_at_the_place_of_an_entry_are_refused() {
  Server server;
  const std::string entry = server.entry(), good = read_bytes(entry);
  const std::string elsewhere = server.scratch / "elsewhere";
  write_bytes(elsewhere, good);
  ::unlink(entry.c_str());
  CU_ASSERT_EQUAL(::symlink(elsewhere.c_str(), entry.c_str()), 0);
  CU_ASSERT_FALSE(opens(server));
  ::unlink(entry.c_str());
  CU_ASSERT_EQUAL(::mkfifo(entry.c_str(), 0600), 0);
  CU_ASSERT_FALSE(opens(server));
  ::unlink(entry.c_str());
  write_bytes(server.scratch / ("cache/" + std::filesystem::path(entry).filename().string()), good);
  ::chmod(entry.c_str(), 0666);
  CU_ASSERT_FALSE(opens(server));
  ::chmod(entry.c_str(), 0444);
  CU_ASSERT_TRUE(opens(server));
}

// Whatever is written all the time is never taken, which is told once, and forgotten when it stays as it is.
void what_never_settles_is_told_of() {
  Server server;
  const auto pass = [&](std::int64_t seconds) {
    for (std::int64_t i = 0; i < seconds; ++i) {
      server.now.monotonic_ns += kSecond;
      server.overwrite(rows(100, static_cast<std::uint32_t>(1000 + server.now.monotonic_ns / kSecond)));
      if (!is(server.glance(), RefreshOutcome::quiet)) return i;
    }
    return std::int64_t{-1};
  };
  const std::int64_t told = pass(100);
  CU_ASSERT_TRUE(told >= 59 && told <= 62);
  CU_ASSERT_EQUAL(server.error.code, Errc::changed);
  CU_ASSERT_TRUE(server.error.message.starts_with(server.scratch / "source.tsv"));
  CU_ASSERT_EQUAL(pass(100), -1);
  CU_ASSERT_EQUAL(server.asn(), 1);
  server.now.monotonic_ns += kSettle;
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_TRUE(server.asn() > 1000);
  // And from the beginning.
  CU_ASSERT_EQUAL(pass(50), -1);
  server.now.monotonic_ns += kSettle;
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_EQUAL(pass(50), -1);
}

// Other servers may share the directory: what they use stays, what nobody has used for a week goes.
void records_that_nobody_uses_are_dropped() {
  Server server;
  const std::string& directory = server.request.store.directory;
  CacheRequest other = server.request;
  other.recipe.sources = {server.scratch / "other.tsv"};
  write_bytes(server.scratch / "other.tsv", rows(100, 7));
  Findings findings;
  CU_ASSERT_TRUE(static_cast<bool>(take_in(other, {}, server.now.wall_ns, findings)));
  CU_ASSERT_EQUAL(count_in(directory, ".good"), 2);
  CU_ASSERT_EQUAL(count_in(directory, ".copy"), 2);
  const auto days_pass = [&](std::int64_t days, bool in_use) {
    const std::int64_t then = server.now.wall_ns / kSecond - days * 86400;
    const timespec times[2] = {{then, 0}, {then, 0}};
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      ::utimensat(AT_FDCWD, entry.path().c_str(), times, AT_SYMLINK_NOFOLLOW);
    }
    if (in_use) touch_records(other.store, parts_of(other.recipe));
    static std::uint32_t asn = 10;
    server.replace(rows(100, ++asn));
    CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  };
  days_pass(6, false);
  CU_ASSERT_EQUAL(count_in(directory, ".good"), 2);
  days_pass(30, true);
  CU_ASSERT_EQUAL(count_in(directory, ".good"), 2);
  CU_ASSERT_EQUAL(count_in(directory, ".copy"), 2);
  days_pass(8, false);
  CU_ASSERT_EQUAL(count_in(directory, ".good"), 1);
  CU_ASSERT_EQUAL(count_in(directory, ".copy"), 1);
  CU_ASSERT_FALSE(read_record(server.request.store, parts_of(server.request.recipe).back()).states.empty());
}

// A cache that cannot be written: other processes get the index all the same, and it is written when that can be.
void what_cannot_be_written_down_is_handed_over() {
  Server server;
  const Handover handover = Handover::make();
  server.settings.handover = &handover;
  server.request.store.use = Mapping::Use::hand_over;
  std::filesystem::remove_all(server.request.store.directory);
  write_bytes(server.scratch / "cache", "in the way");
  server.replace(rows(100, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_TRUE(server.warning.find("cache") != std::string::npos);
  for (const bool distrust : {false, true}) {
    const auto adopted = open_announced(*server.block.latest(1), server.request.store, handover, distrust);
    CU_ASSERT_TRUE_FATAL(static_cast<bool>(adopted));
    CU_ASSERT_EQUAL(adopted->image.asn(adopted->image.lookup(Address::v4(0x0a000001))), 2);
    CU_ASSERT_EQUAL(adopted->announcement.number, server.block.latest(1)->number);
  }
  server.replace(rows(100, 3));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_EQUAL(server.warning, "");  // said before
  server.serving.path = "in memory";
  CU_ASSERT_TRUE(is(server.glance(), RefreshOutcome::quiet));
  CU_ASSERT_TRUE(server.block.unwritten.load() != 0);
  std::filesystem::remove(server.request.store.directory);
  CU_ASSERT_TRUE(is(server.glance(), RefreshOutcome::quiet));
  CU_ASSERT_EQUAL(server.block.unwritten.load(), 0);
  CU_ASSERT_TRUE(opens(server));
}

// Killed between any two steps, a process leaves a queue without a message, with an old one, or with one too new.
void whatever_a_killed_process_leaves_is_made_good_by_the_next_look() {
  Server server;
  const Handover handover = Handover::make();
  server.settings.handover = &handover;
  server.request.store.use = Mapping::Use::hand_over;
  const auto adopted = [&] { return open_announced(*server.block.latest(1), server.request.store, handover, true); };
  server.replace(rows(100, 2));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  // Nothing is there, and no entry either.
  handover.clear();
  std::filesystem::remove_all(server.request.store.directory);
  CU_ASSERT_FALSE(static_cast<bool>(adopted()));
  server.block.wanted.store(server.block.latest(1)->number);
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::quiet));
  CU_ASSERT_EQUAL(server.block.wanted.load(), 0);
  CU_ASSERT_TRUE(static_cast<bool>(adopted()));
  // What was sent, but not announced any more.
  Announcement ahead = *server.block.latest(1);
  ahead.number = server.block.next_number();
  auto memory = Mapping::copy({}, server.serving.mapping.bytes(), Mapping::Use::hand_over);
  CU_ASSERT_TRUE_FATAL(static_cast<bool>(memory));
  CU_ASSERT_TRUE(handover.offer(ahead, memory->descriptor()));
  CU_ASSERT_TRUE(adopted() && adopted()->announcement.number == ahead.number);
  server.replace(rows(100, 3));
  CU_ASSERT_TRUE(is(server.look(), RefreshOutcome::published));
  CU_ASSERT_TRUE(server.block.latest(1)->number > ahead.number);
  CU_ASSERT_EQUAL(handover.look()->announcement.number, server.block.latest(1)->number);
}

}  // namespace

int main() {
  return test::run(
      "refresh",
      {
          {"delays double, within bounds, with jitter", delays_double_within_bounds},
          {"unchanged inputs are left alone", unchanged_inputs_are_left_alone},
          {"the caller's way of loading is taken", the_callers_way_of_loading_is_taken},
          {"changes are noticed whatever their time says", every_kind_of_change_is_noticed},
          {"settling takes a part of the interval", settling_takes_a_part_of_the_interval},
          {"a change counts when two looks have found it", a_change_counts_when_two_looks_have_found_it},
          {"what was made in a turn that is lost is dropped", what_was_made_in_a_turn_that_is_lost_is_dropped},
          {"bad inputs are refused, and said so once", bad_inputs_are_refused_and_said_once},
          {"a loss within bounds is no drift", a_loss_within_bounds_is_no_drift},
          {"failures are retried later and later", failures_are_retried_later_and_later},
          {"unchanged content is not compiled again", unchanged_content_is_not_compiled_again},
          {"a damaged or lost entry is made again", a_damaged_or_lost_entry_is_made_again},
          {"what never settles is told of", what_never_settles_is_told_of},
          {"records that nobody uses are dropped", records_that_nobody_uses_are_dropped},
          {"the newest few entries are kept, whatever the clock", the_newest_few_entries_are_kept},
          {"links, FIFOs and writable files are no entries", foreign_things_at_the_place_of_an_entry_are_refused},
          {"what cannot be written down is handed over", what_cannot_be_written_down_is_handed_over},
          {"whatever a killed process leaves is made good by the next look",
           whatever_a_killed_process_leaves_is_made_good_by_the_next_look},
      });
}
