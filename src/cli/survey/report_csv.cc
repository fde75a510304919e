#include "cli/survey/csv.hh"
#include "cli/survey/reports.hh"

namespace ip2asn::cli {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

// As the list says, else as the addresses show.
bool has_ipv6(const SurveyedHost& host) {
  if (host.host.ipv6) return *host.host.ipv6;
  for (const SurveyedAddress& each : host.addresses) {
    if (each.address.family == Family::v6) return true;
  }
  return false;
}

}  // namespace

std::string hosts_csv(const Survey& survey) {
  const SurveyTotals& totals = survey.totals;
  std::string csv =
      csv_row({"instance", "users", "active_users", "statuses", "connections", "ipv6", "hoster", "hosted_instances",
               "percent_instances", "hosted_users", "percent_users", "addresses", "asns"});
  for (const SurveyedHost& each : survey.hosts) {
    const HostCounts& counts = each.outcome == Outcome::hoster
                                   ? totals.hosters[totals.place.at(each.hoster)].counts
                                   : totals.by_outcome[static_cast<std::size_t>(each.outcome)];
    std::vector<std::string> addresses, asns;
    for (const SurveyedAddress& address : each.addresses) addresses.push_back(to_string(address.address));
    for (const std::uint32_t asn : each.asns) asns.push_back(std::to_string(asn));
    csv += csv_row(
        {each.host.name, std::to_string(each.host.users), std::to_string(each.host.active_users),
         std::to_string(each.host.statuses), std::to_string(each.host.connections), has_ipv6(each) ? "true" : "false",
         each.outcome == Outcome::hoster ? each.hoster : std::string(name_of(each.outcome)),
         std::to_string(counts.instances), percent(counts.instances, totals.all.instances),
         std::to_string(counts.users), percent(counts.users, totals.all.users), joined(addresses), joined(asns)});
  }
  return csv;
}

}  // namespace ip2asn::cli
