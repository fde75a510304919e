#include "serve/slot_changes.hh"

#include <algorithm>
#include <functional>

#include "serve/count_snapshot.hh"

namespace ip2asn {
namespace {

// A counter never falls, except where somebody wrote over it.
Counts difference(const Counts& now, const Counts& before) noexcept {
  Counts changed;
  for (std::size_t i = 0; i < changed.size(); ++i) changed[i] = now[i] > before[i] ? now[i] - before[i] : 0;
  return changed;
}

bool is_nothing(const Counts& counts) noexcept {
  return std::all_of(counts.begin(), counts.end(), [](std::uint64_t count) { return count == 0; });
}

struct Change {
  std::uint32_t place;
  Counts amounts;
};

std::vector<Change> as_changes(const TotalsView& now, const TotalsView& before) {
  std::vector<Change> all;
  constexpr Counts kNone{};
  for (std::uint32_t i = 1; i < now.ases; ++i) {
    const Counts changed = difference(now.of_as[i], i < before.ases ? before.of_as[i] : kNone);
    if (!is_nothing(changed)) all.push_back({i, changed});
  }
  return all;
}

// Puts those that have most of one count, and any of it, first.
void bring_forward(std::vector<Change>::iterator begin, std::vector<Change>::iterator end, std::size_t most, Count by) {
  const auto more = [by](const Change& a, const Change& b) { return a.amounts[by] > b.amounts[by]; };
  const auto middle = begin + static_cast<std::ptrdiff_t>(std::min(most, static_cast<std::size_t>(end - begin)));
  std::partial_sort(begin, middle, end, more);
}

// How many of the changes, put into order, are the first by requests, bytes and denials.
std::size_t order(std::vector<Change>& all, std::size_t by_requests, std::size_t by_others) {
  const auto begin = all.begin();
  std::size_t taken = std::min(by_requests, all.size());
  bring_forward(begin, all.end(), taken, kRequests);
  for (const Count by : {kBytes, kDenied}) {
    // Who is among the first by this count, and not there yet.
    std::vector<std::uint64_t> amounts;
    for (const Change& change : all) {
      if (change.amounts[by] != 0) amounts.push_back(change.amounts[by]);
    }
    if (amounts.empty()) continue;
    const std::size_t most = std::min(by_others, amounts.size());
    std::nth_element(amounts.begin(), amounts.begin() + static_cast<std::ptrdiff_t>(most - 1), amounts.end(),
                     std::greater<>());
    const std::uint64_t least = amounts[most - 1];
    // Those above the last of them, and as many of those that are equal to it as there is room for.
    std::size_t room = most;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].amounts[by] < least || (i >= taken && all[i].amounts[by] == least)) continue;
      if (i >= taken) std::swap(all[taken++], all[i]);
      room -= room > 0 ? 1 : 0;
    }
    for (std::size_t i = taken; i < all.size() && room > 0; ++i) {
      if (all[i].amounts[by] != least) continue;
      std::swap(all[taken++], all[i]);
      --room;
    }
  }
  return taken;
}

void sort(SlotPart& part) {
  std::sort(part.entries.begin(), part.entries.end(),
            [](const SlotEntry& a, const SlotEntry& b) { return a.amounts[kRequests] > b.amounts[kRequests]; });
}

}  // namespace

Slot changes(const Counters& counters, const TotalsView& now, const TotalsView& before) {
  constexpr std::size_t kByRequests = 200, kByOthers = 50;
  Slot slot;
  slot.all = difference(now.all, before.all);
  std::vector<Change> ases = as_changes(now, before);
  const std::size_t taken = order(ases, kByRequests, kByOthers);
  SlotPart& of_ases = slot[SlotKind::as];
  of_ases.other = difference(now.of_as[0], before.of_as[0]);
  for (std::size_t i = 0; i < ases.size(); ++i) {
    std::uint32_t asn = 0;
    if (i < taken && counters.as_at(ases[i].place, asn) != nullptr) {
      of_ases.entries.push_back({asn, ases[i].amounts});
    } else {
      add(of_ases.other, ases[i].amounts);
    }
  }
  for (std::uint32_t i = 0; i < now.of_country.size(); ++i) {
    const Counts changed = difference(now.of_country[i], before.of_country[i]);
    if (!is_nothing(changed)) slot[SlotKind::country].entries.push_back({i, changed});
  }
  for (std::uint32_t i = 1; i < now.of_name.size(); ++i) {
    const Counts changed = difference(now.of_name[i], before.of_name[i]);
    NamedKind kind{};
    char text[Counters::kLongestName];
    if (is_nothing(changed) || counters.name_at(i, kind, text).empty()) continue;
    slot[kind == NamedKind::hoster ? SlotKind::hoster : SlotKind::list].entries.push_back({i, changed});
  }
  for (const SlotKind kind : {SlotKind::hoster, SlotKind::country, SlotKind::list}) sort(slot[kind]);
  return slot;
}

std::vector<std::uint32_t> first_ases(const TotalsView& now, const TotalsView& before, std::size_t first) {
  std::vector<Change> ases = as_changes(now, before);
  ases.resize(order(ases, first, first));
  std::vector<std::uint32_t> places;
  places.reserve(ases.size());
  for (const Change& change : ases) places.push_back(change.place);
  return places;
}

std::string key_text(const Counters& counters, SlotKind kind, std::uint32_t key) {
  if (kind == SlotKind::as) return std::to_string(key);
  if (kind == SlotKind::country) {
    char letters[2];
    const std::string_view country = Counters::country_of(key, letters);
    return std::string(country.empty() ? "none" : country);
  }
  NamedKind named{};
  char text[Counters::kLongestName];
  return std::string(counters.name_at(key, named, text));
}

}  // namespace ip2asn
