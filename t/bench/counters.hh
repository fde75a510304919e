// What a look-up makes a processor do, counted by callgrind's model of one.
#pragma once

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#endif

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "measure.hh"

namespace ip2asn::bench {

#ifdef RUNNING_ON_VALGRIND
inline bool can_count() { return RUNNING_ON_VALGRIND != 0; }
#else
inline bool can_count() { return false; }
#endif

/// Runs each engine once to fill the model's caches and once more, and has callgrind write down what that took; the
/// dump is described by the table's title, the engine and the number of look-ups, with tabs between. Under callgrind
/// only.
template <class Queries>
void count([[maybe_unused]] const std::string& title, [[maybe_unused]] const std::vector<Row<Queries>>& rows) {
#ifdef RUNNING_ON_VALGRIND
  constexpr std::size_t kMost = std::size_t{1} << 18;
  for (const Row<Queries>& row : rows) {
    const Part part{0, std::min(kMost, row.queries->addresses.size())};
    // The macro evaluates its argument before it uses it: no temporary.
    const std::string what = title + '\t' + row.engine->name + '\t' + std::to_string(part.end);
    CALLGRIND_START_INSTRUMENTATION;
    std::uint64_t sum = row.engine->sum(*row.queries, part);
    CALLGRIND_ZERO_STATS;
    sum += row.engine->sum(*row.queries, part);
    CALLGRIND_DUMP_STATS_AT(what.c_str());
    CALLGRIND_STOP_INSTRUMENTATION;
    sink = sink + sum;
  }
#endif
}

}  // namespace ip2asn::bench
