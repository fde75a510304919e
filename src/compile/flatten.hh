// From ranges in any order, nested or not, to runs: where each address belongs to one range at most.
#pragma once

#include <cstdint>

#include "base/page_vector.hh"
#include "index/index6.hh"
#include "sources/findings.hh"
#include "sources/source.hh"

namespace ip2asn {

/// From `start` to the next run's start, addresses belong to one range of `label`; label 0 is a gap. Two neighbours may
/// have the same label, as two ranges of one AS that stand side by side, but gaps never stand side by side.
template <class Key>
struct LabelRun {
  Key start;
  std::uint32_t label;
};

template <class Key>
using LabelRuns = PageVector<LabelRun<Key>>;

/// Runs that cover the family's whole space, the first starting at 0. The most specific of nested ranges wins. A range
/// that overlaps one that starts earlier without nesting keeps the part behind that; of the same range with different
/// labels the one that is first in `rows` is kept, of exact copies one. With `combine` other than merge all this holds
/// inside each file, and between files what `combine` says. What is not kept is counted in `findings`.
LabelRuns<std::uint32_t> flatten4(const Table& table, Findings& findings, Combine combine = Combine::merge);
LabelRuns<Key6> flatten6(const Table& table, Findings& findings, Combine combine = Combine::merge);

}  // namespace ip2asn
