// The counters, copied out of their shared memory at one time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "serve/counters.hh"

namespace ip2asn {

/// Each cell is a snapshot (see counters.hh). `all` is read last: no sum over the ASes, countries or hosters is above
/// it. Clients whose network could not be looked up are in `all` only.
struct CountSnapshot {
  std::uint64_t segment = 0;
  std::int64_t since = 0;  ///< microseconds since 1970
  std::uint32_t restarts = 0;
  std::vector<std::pair<std::uint32_t, Counts>> ases;       ///< in the order of first sight
  Counts other_ases{};                                      ///< those for which there was no cell
  std::map<std::string, Counts> hosters, countries, lists;  ///< that have requests; the country "" is none
  Counts other_names{};                                     ///< hosters and lists for which there was no cell
  Counts all{};
};

CountSnapshot take_snapshot(Counters& counters);

/// to += amounts
inline void add(Counts& to, const Counts& amounts) noexcept {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += amounts[i];
}

}  // namespace ip2asn
