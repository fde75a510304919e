// Runs laid over others.
#pragma once

#include <cstdint>

#include "compile/flatten.hh"

namespace ip2asn {

/// Runs of `over` where it has any, else of `base`. Label `nobody` of `over` makes a gap. Both cover the whole space,
/// as flatten.hh has it.
template <class Key>
LabelRuns<Key> overlaid(const LabelRuns<Key>& base, const LabelRuns<Key>& over, std::uint32_t nobody) {
  LabelRuns<Key> result;
  result.reserve(base.size() + over.size());
  std::size_t b = 0, o = 0;
  Key at{};
  while (true) {
    const bool covered = over[o].label != 0;
    std::uint32_t label = covered ? over[o].label : base[b].label;
    if (label == nobody) label = 0;
    const bool goes_on = !result.empty() && result.back().label == label &&
                         // Two ranges of one AS stay two, but what an override covers is one.
                         (label == 0 || (covered && over[o].start != at));
    if (!goes_on) result.push_back({at, label});
    const bool last_base = b + 1 == base.size(), last_over = o + 1 == over.size();
    if (last_base && last_over) return result;
    const bool step_base = !last_base && (last_over || base[b + 1].start <= over[o + 1].start);
    const bool step_over = !last_over && (last_base || over[o + 1].start <= base[b + 1].start);
    at = step_base ? base[b + 1].start : over[o + 1].start;
    b += step_base;
    o += step_over;
  }
}

}  // namespace ip2asn
