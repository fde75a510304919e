#include "registry/order.hh"

#include <algorithm>
#include <limits>

#include "registry/answer.hh"

namespace ip2asn {

bool LargestFirst::Smaller::operator()(const Range& a, const Range& b) const noexcept {
  const double sizes[] = {size_of(a), size_of(b)};
  return sizes[0] != sizes[1] ? sizes[0] < sizes[1] : b.first < a.first;
}

void LargestFirst::sort() {
  for (Lane& lane : lanes_) std::sort(lane.sorted.begin(), lane.sorted.end(), Smaller());
}

std::optional<Wanted> LargestFirst::next(std::size_t number) {
  Lane& lane = lanes_[number];
  if (lane.sorted.empty() && lane.later.empty()) return std::nullopt;
  const bool later = lane.sorted.empty() || (!lane.later.empty() && !Smaller()(lane.later.top(), lane.sorted.back()));
  Wanted wanted;
  if (later) {
    wanted.range = lane.later.top();
    lane.later.pop();
  } else {
    wanted.range = lane.sorted.back();
    lane.sorted.pop_back();
  }
  return wanted;
}

void LargestFirst::rest(std::size_t lane, const Wanted& wanted, const KnownBlocks& known) {
  Range left = wanted.range;
  while (const std::optional<Range> gap = known.first_gap(left)) {
    lanes_[lane].later.push(*gap);
    if (gap->last == left.last) return;
    left.first = ip2asn::next(gap->last);
  }
}

// The middle of a gap that has become known in part may be known.
bool LargestFirst::is_whole(std::size_t lane, const Wanted& wanted, const KnownBlocks& known) {
  if (ask_ != Ask::middle) return true;
  const std::optional<Range> gap = known.first_gap(wanted.range);
  if (!gap || *gap == wanted.range) return true;
  rest(lane, wanted, known);
  return false;
}

Prefix LargestFirst::question(const Wanted& wanted) const {
  const Range& range = wanted.range;
  if (ask_ == Ask::middle) {
    Address middle = range.first;
    if (range.first.family == Family::v4) {
      middle.lo += (range.last.lo - range.first.lo + 1) / 2;
      middle.lo = std::min(middle.lo, range.last.lo);
    } else {
      middle.hi += (range.last.hi - range.first.hi) / 2;
    }
    return {middle, middle.width()};
  }
  const std::vector<Prefix> parts = prefixes(range);
  return *std::min_element(parts.begin(), parts.end(),
                           [](const Prefix& a, const Prefix& b) { return a.length < b.length; });
}

ListOrder::Compact ListOrder::compact(const Range& range, unsigned tries) {
  Compact entry;
  entry.tries = static_cast<std::uint8_t>(tries);
  const Prefix prefix = largest_prefix(range, range.first);
  entry.length = static_cast<std::uint8_t>(prefix.length);
  if (range.first.family == Family::v4) {
    entry.first = range.first.v4_bits();
  } else {
    entry.is_v6 = 1;
    entry.first = static_cast<std::uint32_t>(v6_.size());
    v6_.push_back(range);
  }
  return entry;
}

Wanted ListOrder::wanted(const Compact& entry, bool last) const {
  const Range range = entry.is_v6 != 0 ? v6_[entry.first] : Prefix{Address::v4(entry.first), entry.length}.range();
  return {range, entry.tries, last};
}

bool ListOrder::read_more(std::size_t lane) {
  if (lanes_[lane].ended || ahead_ >= kMostAhead) return false;
  const std::optional<Entry> entry = source_(lane);
  if (!entry) {
    lanes_[lane].ended = true;
    return false;
  }
  lanes_[entry->lane].fresh.push_back(compact(entry->range, 0));
  ++ahead_;
  return true;
}

std::optional<Wanted> ListOrder::next(std::size_t number) {
  Lane& lane = lanes_[number];
  while (lane.fresh.empty() && read_more(number)) {
  }
  if (!lane.fresh.empty()) {
    const Wanted found = wanted(lane.fresh.front(), false);
    lane.fresh.pop_front();
    if (ahead_ > 0) --ahead_;
    return found;
  }
  if (lane.off.empty() || !lane.ended) return std::nullopt;
  const Wanted found = wanted(lane.off.front(), true);
  lane.off.pop_front();
  return found;
}

void ListOrder::put_back(std::size_t lane, const Wanted& entry) {
  auto& queue = entry.last ? lanes_[lane].off : lanes_[lane].fresh;
  queue.push_front(compact(entry.range, entry.tries));
}

void ListOrder::put_off(std::size_t lane, const Wanted& entry) {
  lanes_[lane].off.push_back(compact(entry.range, entry.tries));
}

Prefix ListOrder::question(const Wanted& entry) const { return largest_prefix(entry.range, entry.range.first); }

}  // namespace ip2asn
