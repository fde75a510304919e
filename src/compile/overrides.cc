#include "compile/overrides.hh"

#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>

#include "compile/overlay.hh"

namespace ip2asn {
namespace {

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
