#include "cli/survey/totals.hh"

#include <algorithm>
#include <cstdio>
#include <map>

#include "cli/describe.hh"

namespace ip2asn::cli {
namespace {

std::string shown(std::uint64_t part, std::uint64_t whole) {
  return grouped(part) + " (" + percent(part, whole) + " %)";
}

Chart by_instances(const SurveyTotals& totals) {
  constexpr std::uint64_t kAlone = 18;
  struct Group {
    std::uint64_t least, most;
    std::string_view name;
  };
  constexpr Group kGroups[] = {{10, 18, "(10-18)"}, {2, 9, "(2-9)"}, {1, 1, "(1)"}};
  Chart chart{"Hosters by instances", {}};
  std::vector<const HosterTotal*> sorted;
  for (const HosterTotal& hoster : totals.hosters) {
    if (hoster.counts.instances > kAlone) sorted.push_back(&hoster);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const HosterTotal* a, const HosterTotal* b) {
    return a->counts.instances > b->counts.instances;
  });
  for (const HosterTotal* hoster : sorted) {
    const std::uint64_t count = hoster->counts.instances;
    chart.bars.push_back({hoster->name, static_cast<double>(count), shown(count, totals.all.instances), false});
  }
  for (const Group& group : kGroups) {
    std::uint64_t count = 0, members = 0;
    for (const HosterTotal& hoster : totals.hosters) {
      if (hoster.counts.instances < group.least || hoster.counts.instances > group.most) continue;
      count += hoster.counts.instances;
      ++members;
    }
    if (members == 0) continue;
    chart.bars.push_back({std::string(group.name) + ' ' + counted(members, "hoster"), static_cast<double>(count),
                          shown(count, totals.all.instances), true});
  }
  return chart;
}

Chart first_by(std::string title, const SurveyTotals& totals, std::uint64_t HostCounts::*figure) {
  constexpr std::size_t kFirst = 20;
  Chart chart{std::move(title), {}};
  std::vector<const HosterTotal*> sorted;
  for (const HosterTotal& hoster : totals.hosters) {
    if (hoster.counts.*figure > 0) sorted.push_back(&hoster);
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const HosterTotal* a, const HosterTotal* b) { return a->counts.*figure > b->counts.*figure; });
  const std::uint64_t whole = totals.all.*figure;
  std::uint64_t others = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::uint64_t count = sorted[i]->counts.*figure;
    if (i < kFirst) {
      chart.bars.push_back({sorted[i]->name, static_cast<double>(count), shown(count, whole), false});
    } else {
      others += count;
    }
  }
  if (sorted.size() > kFirst) {
    chart.bars.push_back(
        {"Others (" + grouped(sorted.size() - kFirst) + ')', static_cast<double>(others), shown(others, whole), true});
  }
  return chart;
}

}  // namespace

std::string percent(std::uint64_t part, std::uint64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f",
                whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0);
  return text;
}

SurveyTotals total(const std::vector<SurveyedHost>& hosts, std::uint64_t wanted) {
  SurveyTotals totals;
  totals.wanted = wanted;
  std::map<std::string, HostCounts> hosters;
  std::map<Address, CrowdedAddress> addresses;
  for (const SurveyedHost& host : hosts) {
    totals.all.add(host.host);
    totals.by_outcome[static_cast<std::size_t>(host.outcome)].add(host.host);
    if (host.outcome == Outcome::hoster) hosters[host.hoster].add(host.host);
    for (const SurveyedAddress& each : host.addresses) {
      CrowdedAddress& crowded = addresses[each.address];
      crowded.address = each.address;
      crowded.answer = each.answer;
      ++crowded.instances;
    }
  }
  for (auto& [name, counts] : hosters) totals.hosters.push_back({name, counts});
  // Equals stay in the order of their names.
  std::stable_sort(totals.hosters.begin(), totals.hosters.end(), [](const HosterTotal& a, const HosterTotal& b) {
    return a.counts.users != b.counts.users ? a.counts.users > b.counts.users : a.counts.instances > b.counts.instances;
  });
  for (std::size_t i = 0; i < totals.hosters.size(); ++i) totals.place[totals.hosters[i].name] = i;
  for (auto& [address, crowded] : addresses) {
    if (crowded.instances > kManyInstances) totals.crowded.push_back(std::move(crowded));
  }
  std::stable_sort(totals.crowded.begin(), totals.crowded.end(),
                   [](const CrowdedAddress& a, const CrowdedAddress& b) { return a.instances > b.instances; });
  return totals;
}

std::array<Chart, 3> survey_charts(const SurveyTotals& totals) {
  return {by_instances(totals), first_by("Hosters by users", totals, &HostCounts::users),
          first_by("Hosters by active users", totals, &HostCounts::active_users)};
}

}  // namespace ip2asn::cli
