#include "registry/crawl.hh"

#include <algorithm>

#include "net/special.hh"

namespace ip2asn {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kRetryAfter[] = {60 * kSecond, 600 * kSecond, 3600 * kSecond};
constexpr std::int64_t kTurn = kSecond / 2;
constexpr std::size_t kLatencies = 1024;

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ value >> 32) * 0xD6E8FEB86659FD93;
  return (value ^ value >> 29) * 0xD6E8FEB86659FD93;
}

std::uint64_t key_of(const Address& address) {
  if (address.family == Family::v4) return address.lo;
  return mix(address.hi + 0x9E3779B97F4A7C15) + mix(address.lo) + 1;
}

std::uint64_t key_of(const Range& range) {
  if (range.first.family == Family::v4) return range.first.lo << 32 | range.last.lo;
  return mix(key_of(range.first)) * 31 + key_of(range.last);
}

bool is_special(const Range& range) {
  const auto special = special_block(range.first);
  return special && !special->globally_reachable && special->prefix.range().contains(range.last);
}

}  // namespace

Crawl::Crawl(const Image* database, const CrawlOptions& options, std::size_t lanes, Order& order, KnownBlocks& known,
             CrawlWorld& world, CrawlLog& log)
    : database_(database), options_(options), order_(order), known_(known), world_(world), log_(log), lanes_(lanes) {}

void Crawl::remember(const Range& block, std::uint32_t asn, const Address& asked) {
  counts_.covered += known_.add(block, {asn, KnownBlocks::Kind::answer});
  counts_.blocks += blocks_.insert(key_of(block)).second ? 1 : 0;
  asked_.insert(key_of(asked));
}

void Crawl::remember_none(const Prefix& asked) {
  InFlight flight{0, 0, {asked.range()}, asked, {}};
  known_.add(range_of_none(flight), {0, KnownBlocks::Kind::none});
  asked_.insert(key_of(asked.address));
}

std::uint32_t Crawl::asn_at(const Address& address) const {
  return database_ != nullptr ? database_->record(database_->lookup(address)).asn : 0;
}

// A block covers what another AS announces inside it only where nothing narrower was to be had.
Crawl::Choice Crawl::judge(const Wanted& wanted) {
  if (is_special(wanted.range)) return Choice::known;
  const auto mark = known_.find(wanted.range.first);
  if (mark && mark->kind == KnownBlocks::Kind::none) {
    if (asked_.contains(key_of(order_.question(wanted).address))) return Choice::known;
    if (!wanted.last) return known_.covers(wanted.range) ? Choice::none : Choice::ask;
  } else if (mark && known_.covers(wanted.range)) {
    const bool same = options_.cover || database_ == nullptr || mark->asn == asn_at(wanted.range.first) ||
                      mark->kind == KnownBlocks::Kind::imported;
    if (same || asked_.contains(key_of(order_.question(wanted).address))) return Choice::known;
  }
  for (const InFlight& flight : in_flight_) {
    if (flight.asked.range().contains(wanted.range.first)) return Choice::joined;
  }
  return Choice::ask;
}

std::optional<Wanted> Crawl::candidate(std::size_t number, std::int64_t now) {
  Lane& lane = lanes_[number];
  if (!lane.returned.empty()) {
    const Wanted wanted = lane.returned.back();
    lane.returned.pop_back();
    return wanted;
  }
  if (auto wanted = order_.next(number)) {
    ++counts_.asking;
    return wanted;
  }
  const auto due = std::min_element(lane.retries.begin(), lane.retries.end(),
                                    [](const Retry& a, const Retry& b) { return a.due < b.due; });
  if (due == lane.retries.end() || due->due > now) return std::nullopt;
  const Wanted wanted = due->wanted;
  lane.retries.erase(due);
  --counts_.awaiting;
  ++counts_.asking;
  return wanted;
}

bool Crawl::choose(std::size_t number, std::int64_t now) {
  Lane& lane = lanes_[number];
  while (true) {
    if (!lane.chosen) lane.chosen = candidate(number, now);
    if (!lane.chosen) return false;
    if (!order_.is_whole(number, *lane.chosen, known_)) {
      --counts_.asking;
      lane.chosen.reset();
      continue;
    }
    switch (judge(*lane.chosen)) {
      case Choice::ask:
        return true;
      case Choice::known:
        ++counts_.known;
        break;
      case Choice::none:
        order_.put_off(number, *lane.chosen);
        break;
      case Choice::joined:
        for (InFlight& flight : in_flight_) {
          if (!flight.asked.range().contains(lane.chosen->range.first)) continue;
          flight.joined.push_back(*lane.chosen);
          break;
        }
        ++counts_.joined;
        ++counts_.asking;
        break;
    }
    --counts_.asking;
    lane.chosen.reset();
  }
}

void Crawl::start(std::size_t number) {
  Lane& lane = lanes_[number];
  InFlight flight{next_id_++, number, *lane.chosen, order_.question(*lane.chosen), {}};
  lane.chosen.reset();
  ++counts_.queries;
  asked_.insert(key_of(flight.asked.address));
  world_.ask(flight.id, number, flight.asked);
  in_flight_.push_back(std::move(flight));
}

// Without a holder is not the address alone: the range of the database that it lies in, or its /24 (IPv6: /48).
Range Crawl::range_of_none(const InFlight& flight) const {
  if (flight.wanted.last) return flight.asked.range();
  const Address& address = flight.asked.address;
  Range range = flight.wanted.range;
  if (database_ != nullptr) {
    range = database_->find(address).range;
  } else {
    Prefix around{address, address.family == Family::v4 ? 24 : 48};
    if (address.family == Family::v4) {
      around.address.lo &= 0xFFFFFF00;
    } else {
      around.address.hi &= ~std::uint64_t{0xFFFF};
      around.address.lo = 0;
    }
    range = around.range();
  }
  const Range asked = flight.asked.range();
  return {std::min(range.first, asked.first), std::max(range.last, asked.last)};
}

void Crawl::give_up(InFlight& flight, const Reading& reading) {
  ++counts_.failed;
  log_.miss(flight.asked, flight.lane, reading, flight.wanted.tries + 1);
}

void Crawl::finish(CrawlEnd&& end) {
  const auto found =
      std::find_if(in_flight_.begin(), in_flight_.end(), [&](const InFlight& flight) { return flight.id == end.id; });
  if (found == in_flight_.end()) return;
  InFlight flight = std::move(*found);
  *found = std::move(in_flight_.back());
  in_flight_.pop_back();
  Lane& lane = lanes_[flight.lane];
  if (lane.latencies.size() < kLatencies) {
    lane.latencies.push_back(end.took_us);
  } else {
    lane.latencies[counts_.queries % kLatencies] = end.took_us;
  }
  --counts_.asking;
  const Reading& reading = end.reading;
  switch (reading.outcome) {
    case Outcome::answer: {
      const Range& block = reading.block.range;
      ++counts_.answered;
      log_.answer(flight.asked, reading);
      remember(block, asn_at(flight.asked.address), flight.asked.address);
      if (delegated_ != nullptr) inherit(reading);
      order_.rest(flight.lane, flight.wanted, known_);
      break;
    }
    case Outcome::none:
      ++counts_.none;
      give_up(flight, reading);
      known_.add(range_of_none(flight), {0, KnownBlocks::Kind::none});
      order_.rest(flight.lane, flight.wanted, known_);
      break;
    case Outcome::limited:
      ++counts_.limited;
      asked_.erase(key_of(flight.asked.address));
      order_.put_back(flight.lane, flight.wanted);
      break;
    case Outcome::refused:
      give_up(flight, reading);
      lane.refused = true;
      lane.refusal = reading.text;
      break;
    case Outcome::failed:
      if (flight.wanted.tries >= std::size(kRetryAfter)) {
        give_up(flight, reading);
        break;
      }
      asked_.erase(key_of(flight.asked.address));
      ++counts_.awaiting;
      lane.retries.push_back({world_.now() + kRetryAfter[flight.wanted.tries], flight.wanted});
      ++lane.retries.back().wanted.tries;
      break;
  }
  lane.returned.insert(lane.returned.end(), flight.joined.begin(), flight.joined.end());
}

void Crawl::inherit(const Reading& reading) {
  const auto record = delegated_->find(reading.block.range);
  if (!record) return;
  for (const DelegatedRecord& other : delegated_->same_holder(*record)) {
    if (!other.held || known_.covers(other.range)) continue;
    Reading inherited = reading;
    inherited.block.range = other.range;
    inherited.block.source = "inherited";
    inherited.block.country = other.country;
    const Prefix prefix = largest_prefix(other.range, other.range.first);
    log_.answer(prefix, inherited);
    remember(other.range, asn_at(prefix.address), prefix.address);
  }
}

std::optional<Crawl::End> Crawl::over(std::int64_t now, std::int64_t begun) const {
  if (options_.until > 0 && counts_.covered >= options_.until) return End::until;
  if (options_.max_queries != 0 && counts_.queries >= options_.max_queries) return End::queries;
  if (options_.max_time_us != 0 && now - begun >= options_.max_time_us) return End::time;
  return std::nullopt;
}

bool Crawl::idle() const {
  return in_flight_.empty() && std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
           return lane.refused || (!lane.chosen && lane.retries.empty() && lane.returned.empty());
         });
}

Crawl::End Crawl::run() {
  const std::int64_t begun = world_.now();
  std::optional<End> end;
  while (!end) {
    std::int64_t soonest = kTurn;
    bool work = false;
    for (std::size_t number = 0; number < lanes_.size(); ++number) {
      while (!lanes_[number].refused) {
        const std::int64_t now = world_.now();
        if ((end = over(now, begun)) || !choose(number, now)) break;
        work = true;
        std::int64_t wait = 0;
        if (!world_.take(number, wait)) {
          soonest = std::min(soonest, std::max<std::int64_t>(wait, 1));
          break;
        }
        start(number);
      }
      if (end) break;
    }
    if (world_.stopped()) end = End::stopped;
    if (!end && !work && idle()) end = End::done;
    if (end) break;
    for (CrawlEnd& each : world_.wait(soonest)) finish(std::move(each));
    log_.turn();
  }
  // What is in flight has cost a question: its answer is waited for.
  while (!in_flight_.empty()) {
    for (CrawlEnd& each : world_.wait(kTurn)) finish(std::move(each));
    log_.turn();
  }
  return *end;
}

std::array<std::int64_t, 2> Crawl::latencies_ms(std::size_t number) const {
  std::vector<std::int64_t> sorted = lanes_[number].latencies;
  if (sorted.empty()) return {0, 0};
  std::sort(sorted.begin(), sorted.end());
  return {sorted[sorted.size() / 2] / 1000, sorted[sorted.size() * 99 / 100] / 1000};
}

}  // namespace ip2asn
