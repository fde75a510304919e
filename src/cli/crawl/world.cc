#include "cli/crawl/world.hh"

#include <algorithm>

namespace ip2asn::cli {
std::int64_t LiveWorld::now() { return Moment::now().boot_us; }

PaceFile* LiveWorld::pace_of(const std::string& registry) {
  const Result<PaceFile*> pace = gate_.of(registry);
  if (pace) return *pace;
  error_ = pace.error().message;
  return nullptr;
}

bool LiveWorld::take_token(const std::string& registry, std::optional<PaceSlot>& slot, std::int64_t& wait_us) {
  wait_us = 1'000'000;
  PaceFile* const pace = pace_of(registry);
  if (pace == nullptr) return false;
  const Moment moment = Moment::now();
  // Others can but put it off: before that nothing has to be looked up.
  wait_us = earliest(pace->state()) - moment.boot_us;
  if (wait_us > 0) return false;
  slot = pace->take(moment, wait_us);
  return slot.has_value();
}

bool LiveWorld::take(std::size_t lane, std::int64_t& wait_us) {
  // What is under way comes first, or a busy registry would never have a token left for redirects to it.
  serve_hops(wait_us);
  return take_token(lanes_.names()[lane], taken_, wait_us);
}

void LiveWorld::serve_hops(std::int64_t& most_us) {
  for (auto hop = hops_.begin(); hop != hops_.end();) {
    Flight& flight = flights_.at(*hop);
    std::int64_t wait_us = 0;
    if (take_token(flight.inquiry.step()->registry, flight.slot, wait_us)) {
      fetch(*hop, flight);
      hop = hops_.erase(hop);
      continue;
    }
    most_us = std::min(most_us, std::max<std::int64_t>(wait_us, 1));
    // A registry that is to be left alone for long does not keep the one that redirected to it waiting.
    constexpr std::int64_t kLongest = 30'000'000;
    if (wait_us > kLongest) {
      const std::string registry = flight.inquiry.step()->registry;
      Reading reading{Outcome::failed, "redirected to " + registry + ", which is left alone just now", {}, 0, 0};
      if (flight.inquiry.fall_back()) reading = flight.inquiry.take_reading();
      ended_at_once_.push_back({*hop, std::move(reading), now() - flight.begun});
      flights_.erase(*hop);
      hop = hops_.erase(hop);
      continue;
    }
    ++hop;
  }
}

void LiveWorld::fetch(std::uint64_t id, Flight& flight) { ip2asn::fetch(client_, id, *flight.inquiry.step()); }

void LiveWorld::ask(std::uint64_t id, std::size_t lane, const Prefix& prefix) {
  Flight flight{Inquiry(policy_, options_, Question{prefix, 0}, lanes_.base_url(lane, prefix.address.family)), now(),
                std::exchange(taken_, std::nullopt)};
  if (!flight.inquiry.step()) {
    ended_at_once_.push_back({id, flight.inquiry.take_reading(), 0});
    return;
  }
  fetch(id, flights_.emplace(id, std::move(flight)).first->second);
}

void LiveWorld::end(std::uint64_t id, Flight& flight, std::vector<CrawlEnd>& ended) {
  ended.push_back({id, flight.inquiry.take_reading(), now() - flight.begun});
  flights_.erase(id);
}

std::vector<CrawlEnd> LiveWorld::wait(std::int64_t most_us) {
  serve_hops(most_us);
  std::vector<CrawlEnd> ended = std::exchange(ended_at_once_, {});
  if (!ended.empty()) most_us = 0;
  for (Fetched& fetched : client_.wait(std::chrono::microseconds(most_us), stop_.descriptor())) {
    const auto found = flights_.find(fetched.id);
    if (found == flights_.end()) continue;
    Flight& flight = found->second;
    const std::string registry = flight.inquiry.step()->registry;
    const Outcome outcome = flight.inquiry.take(fetched);
    flight.slot.reset();
    const Moment moment = Moment::now();
    if (PaceFile* const pace = pace_of(registry)) {
      gate_.note(*pace, outcome, flight.inquiry.retry_after(fetched, moment.wall_s), moment);
    }
    if (!flight.inquiry.step()) {
      end(fetched.id, flight, ended);
    } else {
      hops_.push_back(fetched.id);
    }
  }
  return ended;
}

}  // namespace ip2asn::cli
