// What a crawl costs: questions to a coverage by its orders, time at given rates, CPU a question, and the known set.
//
//   crawl [--until SHARE] [DATABASE]
//
// The registries are made of a database's ranges (a sample when there is none): a question is answered with the range
// that holds it, or with none where nobody announces it, after 20 ms of a clock that only the simulation moves.
#include "registry/crawl.hh"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "compile/database.hh"
#include "registry/bootstrap.hh"
#include "registry/pace.hh"
#include "registry/seed_list.hh"
#include "sources/findings.hh"

namespace {

using namespace ip2asn;
using Clock = std::chrono::steady_clock;

constexpr double kUsable = 3'702'258'432;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Registries as ranges, and a clock of their own.
class SimulatedWorld : public CrawlWorld {
 public:
  SimulatedWorld(const Image& truth, std::vector<Pace> paces) : truth_(truth), paces_(std::move(paces)) {
    states_.resize(paces_.size());
    in_flight_.resize(paces_.size());
  }

  std::int64_t now() override { return now_; }
  bool take(std::size_t lane, std::int64_t& wait_us) override {
    wait_us = earliest(states_[lane]) - now_;
    if (wait_us <= 0 && in_flight_[lane] >= paces_[lane].in_flight) wait_us = 1'000'000;
    if (wait_us > 0) return false;
    take_token(states_[lane], paces_[lane], now_);
    ++in_flight_[lane];
    return true;
  }
  void ask(std::uint64_t id, std::size_t lane, const Prefix& prefix) override {
    constexpr std::int64_t kTook = 20'000;
    CrawlEnd end;
    end.id = id;
    end.took_us = kTook;
    const Match match = truth_.find(prefix.address);
    end.reading.outcome = match.record != 0 ? Outcome::answer : Outcome::none;
    end.reading.block.range = match.range;
    pending_.push({now_ + kTook, lane, std::move(end)});
  }
  std::vector<CrawlEnd> wait(std::int64_t most_us) override {
    std::vector<CrawlEnd> ended;
    const std::int64_t until = now_ + most_us;
    now_ = pending_.empty() ? until : std::max(now_, std::min(until, pending_.top().due));
    while (!pending_.empty() && pending_.top().due <= now_) {
      --in_flight_[pending_.top().lane];
      ended.push_back(pending_.top().end);
      pending_.pop();
    }
    return ended;
  }
  bool stopped() override { return false; }

 private:
  struct Pending {
    std::int64_t due;
    std::size_t lane;
    CrawlEnd end;
    bool operator<(const Pending& other) const { return due > other.due; }
  };
  const Image& truth_;
  std::vector<Pace> paces_;
  std::vector<PaceState> states_;
  std::vector<unsigned> in_flight_;
  std::priority_queue<Pending> pending_;
  std::int64_t now_ = 0;
};

class NoLog : public CrawlLog {
 public:
  void answer(const Prefix&, const Reading&) override {}
  void miss(const Prefix&, std::size_t, const Reading&, unsigned) override {}
};

struct Setting {
  const Image* truth;
  const Bootstrap* tables;
  double until;
};

std::size_t lane_of(const Setting& setting, const Range& range, std::size_t lanes) {
  if (lanes == 1) return 0;
  const std::string_view url = setting.tables->base_url(range);
  const auto& urls = setting.tables->ipv4.urls();
  const auto found = std::find(urls.begin(), urls.end(), url);
  return found == urls.end() ? lanes : static_cast<std::size_t>(found - urls.begin());
}

std::unique_ptr<Order> prior(const Setting& setting, std::size_t lanes) {
  auto order = std::make_unique<LargestFirst>(lanes, LargestFirst::Ask::largest_prefix);
  for (std::size_t i = 0; i < setting.truth->range_count(Family::v4); ++i) {
    const Match match = setting.truth->range(Family::v4, i);
    const std::size_t lane = lane_of(setting, match.range, lanes);
    if (match.record != 0) order->add(lane == lanes ? 0 : lane, match.range);
  }
  order->sort();
  return order;
}

std::unique_ptr<Order> gaps(const Setting& setting, std::size_t lanes) {
  auto order = std::make_unique<LargestFirst>(lanes, LargestFirst::Ask::middle);
  for (const auto& [range, url] : setting.tables->ipv4.prefixes()) order->add(lane_of(setting, range, lanes), range);
  order->sort();
  return order;
}

std::unique_ptr<Order> seeds(const Setting& setting, std::size_t lanes) {
  auto list = std::make_shared<std::vector<std::uint32_t>>(seed_list());
  shuffle(*list, 1);
  auto at = std::make_shared<std::size_t>(0);
  return std::make_unique<ListOrder>(lanes, [=](std::size_t) -> std::optional<ListOrder::Entry> {
    while (*at < list->size()) {
      const Address address = Address::v4((*list)[(*at)++]);
      const std::size_t lane = lane_of(setting, {address, address}, lanes);
      if (lane < lanes || lanes == 1) return ListOrder::Entry{lane, {address, address}};
    }
    return std::nullopt;
  });
}

void simulate(const char* name, const Setting& setting, Order& order, std::vector<Pace> paces, bool with_database) {
  KnownBlocks known;
  NoLog log;
  const std::size_t lanes = paces.size();
  SimulatedWorld world(*setting.truth, std::move(paces));
  CrawlOptions options;
  options.until = setting.until;
  Crawl crawl(with_database ? setting.truth : nullptr, options, lanes, order, known, world, log);
  const double before = cpu_seconds();
  const Crawl::End end = crawl.run();
  const double took = cpu_seconds() - before;
  const CrawlCounts& counts = crawl.counts();
  std::printf("%-34s %7llu questions, %6llu blocks, %6llu none, %.4f a block, %.2f %% in %.0f s%s; %.1f us CPU each\n",
              name, static_cast<unsigned long long>(counts.queries), static_cast<unsigned long long>(counts.blocks),
              static_cast<unsigned long long>(counts.none),
              static_cast<double>(counts.answered) / static_cast<double>(std::max<std::uint64_t>(counts.blocks, 1)),
              100 * counts.covered / kUsable, static_cast<double>(world.now()) / 1e6,
              end == Crawl::End::until ? "" : " (not reached)",
              1e6 * took / static_cast<double>(std::max<std::uint64_t>(counts.queries, 1)));
}

void known_set(const Image& truth) {
  KnownBlocks known;
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < truth.range_count(Family::v4); ++i) {
    const Match match = truth.range(Family::v4, i);
    if (match.record != 0) ranges.push_back(match.range);
  }
  std::uint64_t state = 1;
  const auto random = [&] { return (state = state * 6364136223846793005 + 1442695040888963407) >> 32; };
  for (std::size_t left = ranges.size(); left > 1; --left) std::swap(ranges[left - 1], ranges[random() % left]);
  const auto ns = [](Clock::duration time, std::size_t count) {
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count()) /
           static_cast<double>(std::max<std::size_t>(count, 1));
  };
  auto start = Clock::now();
  for (const Range& range : ranges) known.add(range, {1, KnownBlocks::Kind::answer});
  const auto inserted = Clock::now() - start;
  constexpr std::size_t kTests = 5'000'000;
  std::vector<std::uint32_t> asked(kTests);
  for (std::uint32_t& each : asked) each = static_cast<std::uint32_t>(random());
  std::size_t found = 0;
  start = Clock::now();
  for (const std::uint32_t each : asked) found += known.find(Address::v4(each)) ? 1 : 0;
  const auto tested = Clock::now() - start;
  std::printf("known set of %zu ranges: insert %.0f ns, test %.0f ns (%zu of %zu known)\n", ranges.size(),
              ns(inserted, ranges.size()), ns(tested, kTests), found, kTests);
}

}  // namespace

int main(int argc, char** argv) {
  double share = 64.58;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--until") == 0 && i + 1 < argc) {
      share = std::atof(argv[++i]);
    } else {
      paths.emplace_back(argv[i]);
    }
  }
  if (paths.empty()) {
    std::fputs("Usage: crawl [--until SHARE] DATABASE...\n", stderr);
    return 2;
  }
  Findings findings;
  SourceOptions source;
  const auto database = Database::open(paths, HosterMap(), source, findings);
  if (!database) {
    std::fprintf(stderr, "crawl: %s\n", database.error().message.c_str());
    return 6;
  }
  const auto tables = Bootstrap::open(IP2ASN_BOOTSTRAP_DIR);
  if (!tables) {
    std::fprintf(stderr, "crawl: %s\n", tables.error().message.c_str());
    return 6;
  }
  const Setting setting{&database->image(), &*tables, share / 100 * kUsable};
  const Pace free_pace{1, 1};
  const auto pace_of = [](double rate, unsigned in_flight) {
    return Pace{static_cast<std::int64_t>(1e6 / rate), in_flight};
  };
  // In the order of the tables' services.
  std::vector<Pace> node, polite;
  for (const std::string& url : tables->ipv4.urls()) {
    const std::string registry = url.find("lacnic") != url.npos    ? "lacnic"
                                 : url.find("afrinic") != url.npos ? "afrinic"
                                                                   : "arin";
    node.push_back(pace_of(registry == "arin" ? 10 : 1, 16));
    polite.push_back(default_pace(registry));
  }
  const std::vector<Pace> one = {free_pace};
  simulate("prior, one lane", setting, *prior(setting, 1), one, true);
  simulate("prior, 10:10:10:1:1 a second", setting, *prior(setting, node.size()), node, true);
  simulate("prior, polite defaults", setting, *prior(setting, polite.size()), polite, true);
  simulate("gap", setting, *gaps(setting, 1), one, true);
  simulate("seed", setting, *seeds(setting, 1), one, true);
  simulate("seed, 256 in flight", setting, *seeds(setting, 1), {Pace{1, 256}}, true);
  simulate("gap without database", setting, *gaps(setting, 1), one, false);
  simulate("seed without database", setting, *seeds(setting, 1), one, false);
  known_set(database->image());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory, database and all orders: %ld MiB\n", usage.ru_maxrss / 1024);
}
