// Tables for people and the same as JSON.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "measure.hh"

namespace ip2asn::bench {

/// A measured table, ready to be printed.
struct Report {
  struct Line {
    std::string engine;
    double mlps = 0;        ///< million look-ups a second, the median
    double least_mlps = 0;  ///< of all rounds
    double most_mlps = 0;
    double ratio = 0;      ///< to the table's base, the median of the rounds' ratios; 0 without a base
    double megabytes = 0;  ///< 0 when unknown
    std::string note;
  };
  std::string title;
  std::string base;      ///< the engine that has ratio 1; empty without one
  bool latency = false;  ///< lines are shown as nanoseconds a look-up
  std::vector<Line> lines;
};

template <class Queries>
Report report(std::string title, const std::vector<Row<Queries>>& rows, const Row<Queries>* base, bool latency) {
  Report made;
  made.title = std::move(title);
  made.latency = latency;
  if (base != nullptr) made.base = base->engine->name;
  for (const Row<Queries>& row : rows) {
    if (row.rates.empty()) continue;
    const auto [least, most] = std::minmax_element(row.rates.begin(), row.rates.end());
    Report::Line line;
    line.engine = row.engine->name;
    line.mlps = median(row.rates) / 1e6;
    line.least_mlps = *least / 1e6;
    line.most_mlps = *most / 1e6;
    line.ratio = base != nullptr ? ratio(row.rates, base->rates) : 0;
    line.megabytes = static_cast<double>(row.engine->bytes) / 1e6;
    made.lines.push_back(line);
  }
  return made;
}

void print(const Report& report);

/// False, with a message on standard error, when `path` cannot be written.
bool write_json(const std::vector<Report>& reports, const std::string& path);

}  // namespace ip2asn::bench
