// Interleaved measurement: every engine takes its turn in every round, so that what the machine does meanwhile falls on
// all alike.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "engine.hh"

namespace ip2asn::bench {

/// One row of a table: an engine on its queries, and what was measured.
template <class Queries>
struct Row {
  const Engine<Queries>* engine;
  const Queries* queries;
  std::vector<double> rates;  ///< look-ups a second, one for each round
};

struct Plan {
  int rounds = 25;
  double turn = 0.01;  ///< seconds
};

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 != 0) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

/// The median of the ratios round by round: what the machine's speed does between rounds cancels out.
inline double ratio(const std::vector<double>& rates, const std::vector<double>& base) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(rates.size(), base.size()); ++i) ratios.push_back(rates[i] / base[i]);
  return median(ratios);
}

/// The thread's processor time in seconds: what others do on the machine in between does not count.
inline double seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Sums that must look used.
extern volatile std::uint64_t sink;

/// Fills in the rates of `rows`, of chains when `chained` (rows without one keep none).
template <class Queries>
void measure(std::vector<Row<Queries>>& rows, const Plan& plan, bool chained) {
  constexpr std::size_t kStep = 1024;
  std::vector<std::size_t> at(rows.size());
  for (int round = 0; round < plan.rounds; ++round) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      // Another order in every round.
      const std::size_t r = (k + static_cast<std::size_t>(round) * 5) % rows.size();
      Row<Queries>& row = rows[r];
      const auto& run = chained ? row.engine->chain : row.engine->sum;
      if (!run) continue;
      const std::size_t size = row.queries->addresses.size();
      std::uint64_t sum = 0;
      const auto turn = [&](double time) {
        const double begin = seconds();
        std::size_t done = 0;
        double now = begin;
        while (now - begin < time) {
          const Part part{at[r], std::min(size, at[r] + kStep * 16)};
          sum += run(*row.queries, part);
          done += part.end - part.begin;
          at[r] = part.end == size ? 0 : part.end;
          now = seconds();
        }
        return static_cast<double>(done) / (now - begin);
      };
      // The turn before was another's: warm up.
      turn(plan.turn / 4);
      row.rates.push_back(turn(plan.turn));
      sink = sink + sum;
    }
  }
}

/// How many answers of an engine differ from what is expected.
template <class Queries>
std::size_t wrong_answers(const Engine<Queries>& engine, const Queries& queries) {
  std::vector<std::uint32_t> asns(queries.addresses.size() + kBatch);
  engine.answer(queries, {0, queries.addresses.size()}, asns.data());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < queries.expected.size(); ++i) wrong += asns[i] != queries.expected[i];
  return wrong;
}

}  // namespace ip2asn::bench
