// The figures of a survey.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cli/report/chart.hh"
#include "cli/survey/mapping.hh"

namespace ip2asn::cli {

struct HostCounts {
  std::uint64_t instances = 0, users = 0, active_users = 0;
  void add(const SurveyHost& host) noexcept {
    ++instances;
    users += host.users;
    active_users += host.active_users;
  }
};

struct HosterTotal {
  std::string name;
  HostCounts counts;
};

/// An address that holds more than kManyInstances hosts.
struct CrowdedAddress {
  Address address;
  api::KeptAnswer answer;
  std::uint64_t instances = 0;
};
inline constexpr std::uint64_t kManyInstances = 10;

struct SurveyTotals {
  HostCounts all;
  std::uint64_t wanted = 0;  ///< hosts that were to be surveyed; more than all.instances in a partial report
  std::array<HostCounts, kOutcomes> by_outcome;
  std::vector<HosterTotal> hosters;                    ///< by users, then instances, then name
  std::vector<CrowdedAddress> crowded;                 ///< by instances, then address
  std::unordered_map<std::string, std::size_t> place;  ///< of a hoster in `hosters`

  bool partial() const noexcept { return all.instances < wanted; }
};

SurveyTotals total(const std::vector<SurveyedHost>& hosts, std::uint64_t wanted);

/// "12.34", of the whole 100; "0.00" of nothing.
std::string percent(std::uint64_t part, std::uint64_t whole);

/// Hosters by instances, those of 10 to 18, 2 to 9 and 1 gathered; and the first 20 by users and by active users.
std::array<Chart, 3> survey_charts(const SurveyTotals& totals);
/// File names of the charts, without their ends.
inline constexpr std::array<std::string_view, 3> kChartFiles = {"by-instances", "by-users", "by-active-users"};

}  // namespace ip2asn::cli
