#include <algorithm>

#include "cli/describe.hh"
#include "cli/report/page.hh"
#include "cli/survey/reports.hh"

namespace ip2asn::cli {
namespace {

// In whole days, so that two reports of a day are the same.
std::string data_age(const Survey& survey) {
  if (survey.data_time == 0) return "of unknown age";
  const std::int64_t days = std::max<std::int64_t>(0, survey.now - survey.data_time) / 86400;
  return "of " + utc_time(survey.data_time) +
         (days == 0 ? ", less than a day old" : ", " + counted(static_cast<std::uint64_t>(days), "day") + " old");
}

std::string as_text(const api::Answer& answer) {
  return "AS" + std::to_string(answer.record.asn) + ' ' + std::string(answer.record.description);
}

std::string entry(const SurveyedHost& each) {
  std::string text = each.host.name + ": ";
  switch (each.outcome) {
    case Outcome::several:
      for (const std::string& hoster : each.hosters) text += hoster + (hoster == each.hosters.back() ? "" : ", ");
      break;
    case Outcome::no_address:
      text += each.failure;
      break;
    case Outcome::not_announced:
      for (const SurveyedAddress& known : each.addresses) text += to_string(known.address) + ' ';
      break;
    case Outcome::no_hoster:
      for (const SurveyedAddress& known : each.addresses) {
        if (!known.answer->announced) continue;
        text += as_text(*known.answer);
        break;
      }
      break;
    case Outcome::hoster:
      break;
  }
  return text;
}

void left_out(Page& page, const Survey& survey, Outcome outcome, std::string_view title, std::string_view explanation) {
  constexpr std::size_t kMost = 1000;
  const std::uint64_t count = survey.totals.by_outcome[static_cast<std::size_t>(outcome)].instances;
  std::vector<std::string> entries;
  for (const SurveyedHost& each : survey.hosts) {
    if (each.outcome == outcome && entries.size() < kMost) entries.push_back(entry(each));
  }
  if (count > entries.size()) entries.push_back("and " + grouped(count - entries.size()) + " more");
  page.list(std::string(title) + ": " + grouped(count) + " (" + percent(count, survey.totals.all.instances) + " %)",
            explanation, entries);
}

}  // namespace

std::string report_html(const Survey& survey) {
  const SurveyTotals& totals = survey.totals;
  Page page("Where the hosts live");
  if (totals.partial()) {
    page.warning("Partial: " + grouped(totals.all.instances) + " of " + grouped(totals.wanted) +
                 " hosts were surveyed before it was interrupted.");
  }
  page.paragraph(counted(totals.all.instances, "host") + " with " + counted(totals.all.users, "user") + ", " +
                 grouped(totals.all.active_users) + " of them active. " +
                 counted(totals.by_outcome[0].instances, "host") + " live at one of " +
                 counted(totals.hosters.size(), "hoster") + "; shares are of all hosts and all users.");
  for (const Chart& chart : survey_charts(totals)) page.chart(chart);

  page.heading("Hosters");
  constexpr std::string_view kColumns[] = {"Hoster", "Users", "U%", "Instances", "I%"};
  std::vector<std::vector<std::string>> rows;
  constexpr std::size_t kRows = 21;
  for (std::size_t i = 0; i < std::min(kRows, totals.hosters.size()); ++i) {
    const HosterTotal& hoster = totals.hosters[i];
    rows.push_back({hoster.name, grouped(hoster.counts.users), percent(hoster.counts.users, totals.all.users),
                    grouped(hoster.counts.instances), percent(hoster.counts.instances, totals.all.instances)});
  }
  page.table(kColumns, rows);

  page.heading("Addresses that hold more than " + std::to_string(kManyInstances) + " instances");
  constexpr std::string_view kAddressColumns[] = {"Address", "Instances", "Hoster", "AS"};
  rows.clear();
  for (const CrowdedAddress& crowded : totals.crowded) {
    rows.push_back({to_string(crowded.address), grouped(crowded.instances), std::string(crowded.answer->record.hoster),
                    crowded.answer->announced ? as_text(*crowded.answer) : "not announced"});
  }
  page.table(kAddressColumns, rows, true);

  page.heading("Left out");
  left_out(page, survey, Outcome::several, "At several hosters", "Their addresses belong to more than one hoster.");
  left_out(page, survey, Outcome::no_address, "Without address", "The name has no address, or nobody answered for it.");
  left_out(page, survey, Outcome::not_announced, "Not announced", "No AS announces their addresses.");
  left_out(page, survey, Outcome::no_hoster, "No hoster", "The hoster map does not know the AS.");

  page.heading("Data");
  page.paragraph("Networks from " + survey.source + ", data " + data_age(survey) + ", generation " + survey.generation +
                 ".");
  return std::move(page).finish();
}

}  // namespace ip2asn::cli
