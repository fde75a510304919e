#include "serve/count_snapshot.hh"

namespace ip2asn {

CountSnapshot take_snapshot(Counters& counters) {
  CountSnapshot snapshot;
  snapshot.segment = counters.segment();
  snapshot.since = counters.since();
  snapshot.restarts = counters.restarts().load(std::memory_order_relaxed);
  // Two processes that name a hoster at the same moment may have made two cells for it.
  counters.each_name([&](NamedKind kind, std::string_view name, const CountCell& cell) {
    const Counts counts = cell.read();
    if (counts[kRequests] == 0) return;
    auto& named = kind == NamedKind::hoster ? snapshot.hosters : snapshot.lists;
    add(named.try_emplace(std::string(name), Counts{}).first->second, counts);
  });
  snapshot.other_names = counters.named(0).read();
  counters.each_country(
      [&](std::string_view country, const CountCell& cell) { snapshot.countries.emplace(country, cell.read()); });
  snapshot.ases.reserve(counters.seen_ases());
  counters.each_as([&](std::uint32_t asn, const CountCell& cell) { snapshot.ases.emplace_back(asn, cell.read()); });
  snapshot.other_ases = counters.other_ases().read();
  snapshot.all = counters.all().read();
  return snapshot;
}

}  // namespace ip2asn
