#include "compile/overrides.hh"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>

namespace ip2asn {
namespace {

// Runs of `over` where it has any, else of `base`. Label `nobody` of `over` makes a gap.
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

// The labels of the overrides' ASes: to take over what an override leaves open, and not to make a label twice.
class Labels {
 public:
  Labels(std::span<const Override> overrides, std::span<const double> weights, PageVector<Label>& labels)
      : labels_(labels) {
    for (const Override& each : overrides) of_asn_[each.asn];
    for (std::uint32_t i = 1; i < weights.size(); ++i) {
      const auto at = of_asn_.find(labels[i].asn);
      if (at == of_asn_.end() || weights[i] <= 0) continue;
      at->second.known.push_back(i);
      const auto rank = [&](std::uint32_t label) {
        return std::tie(weights[label], labels[label].country, labels[label].description);
      };
      std::uint32_t& best = at->second.best;
      if (best == 0 || rank(best) < rank(i)) best = i;
    }
    // Told apart from label 0, which says that there is no override.
    nobody_ = add({});
  }

  std::uint32_t of(const Override& each) {
    if (each.asn == 0) return nobody_;
    Of& of = of_asn_[each.asn];
    Label label = labels_[of.best];
    label.asn = each.asn;
    if (each.country) label.country = *each.country;
    if (each.name) label.description = *each.name;
    for (const std::uint32_t i : of.known) {
      if (labels_[i].country == label.country && labels_[i].description == label.description) return i;
    }
    of.known.push_back(add(label));
    return of.known.back();
  }

  std::uint32_t nobody() const { return nobody_; }

 private:
  struct Of {
    std::uint32_t best = 0;  // label 0 has neither country nor description
    std::vector<std::uint32_t> known;
  };

  std::uint32_t add(const Label& label) {
    labels_.push_back(label);
    return static_cast<std::uint32_t>(labels_.size() - 1);
  }

  PageVector<Label>& labels_;
  std::unordered_map<std::uint32_t, Of> of_asn_;
  std::uint32_t nobody_ = 0;
};

}  // namespace

Result<Done> apply_overrides(std::span<const Override> overrides, std::span<const double> weights,
                             PageVector<Label>& labels, Runs4& runs4, Runs6& runs6) {
  if (overrides.empty()) return Done{};
  Labels of_overrides(overrides, weights, labels);
  Table rows;
  for (const Override& each : overrides) {
    const Range range = each.network.range();
    const std::uint32_t label = of_overrides.of(each);
    if (range.first.family == Family::v4) {
      rows.v4.push_back({range.first.v4_bits(), range.last.v4_bits(), label, 0});
    } else {
      rows.v6.push_back({range.first.hi, range.first.lo, range.last.hi, range.last.lo, label, 0});
    }
  }
  // Prefixes nest or are apart: all that can be in conflict is the same network twice.
  rows.labels = labels;
  Findings findings;
  const Runs4 over4 = flatten4(rows, findings);
  const Runs6 over6 = flatten6(rows, findings);
  for (const Findings::Example& example : findings.examples()) {
    if (example.kind != Finding::conflict) continue;
    return Error{Errc::argument, "two overrides of the same network contradict each other: " + example.text +
                                     " is not the first; keep one of the two"};
  }
  if (!rows.v4.empty()) runs4 = overlaid(runs4, over4, of_overrides.nobody());
  if (!rows.v6.empty()) runs6 = overlaid(runs6, over6, of_overrides.nobody());
  return Done{};
}

}  // namespace ip2asn
