#include "compile/naming.hh"

#include <utility>

namespace ip2asn {
namespace {

std::string key_of(const Label& label) {
  return std::to_string(label.asn).append("\t").append(label.country).append("\t").append(label.description);
}

}  // namespace

void apply_names(const AsNames& names, PageVector<Label>& labels, Runs4& runs4, Runs6& runs6) {
  if (names.empty()) return;
  // The first label of each content; only ASes that names say something of can have come to have two.
  std::unordered_map<std::string, std::uint32_t> first;
  PageVector<std::uint32_t> becomes(labels.size());
  bool merged = false;
  for (std::uint32_t i = 0; i < labels.size(); ++i) {
    becomes[i] = i;
    Label& label = labels[i];
    const AsName* const known = label.asn == 0 ? nullptr : names.find(label.asn);
    if (known == nullptr) continue;
    if (label.description.empty()) label.description = known->name;
    if (label.country.empty() || label.country == "ZZ") {
      if (!known->country.empty()) label.country = known->country;
    }
    becomes[i] = first.try_emplace(key_of(label), i).first->second;
    merged = merged || becomes[i] != i;
  }
  if (!merged) return;
  for (auto& run : runs4) run.label = becomes[run.label];
  for (auto& run : runs6) run.label = becomes[run.label];
}

ClassedHosters::ClassedHosters(std::vector<Hoster> hosters, const AsNames& names,
                               std::function<std::uint32_t(std::uint32_t, const Label&)> match)
    : hosters_(std::move(hosters)), names_(names), match_(std::move(match)) {
  for (const AsName& name : names_.names()) {
    if (name.category.empty()) continue;
    const auto added = classes_.try_emplace(name.category, static_cast<std::uint32_t>(hosters_.size())).second;
    if (added) hosters_.push_back({"", name.category});
  }
}

HosterSource ClassedHosters::source() const {
  if (classes_.empty()) return {hosters_, match_};
  return {hosters_, [this](std::uint32_t label, const Label& content) {
            const std::uint32_t hoster = match_(label, content);
            const AsName* const known = hoster == HosterMap::kNone ? names_.find(content.asn) : nullptr;
            return known == nullptr || known->category.empty() ? hoster : classes_.find(known->category)->second;
          }};
}

}  // namespace ip2asn
