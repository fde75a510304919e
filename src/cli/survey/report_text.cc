#include <algorithm>

#include "answer/render.hh"
#include "base/json.hh"
#include "base/text.hh"
#include "cli/survey/reports.hh"

namespace ip2asn::cli {
namespace {

std::string escape_markdown(std::string_view text) {
  std::string escaped;
  for (const char c : clean_text(text)) {
    if (std::string_view("\\`*_{}[]<>|#").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void text(JsonText& json, std::string_view key, std::string_view value) {
  json.key(key);
  json.string(clean_text(value));
}

void number(JsonText& json, std::string_view key, std::uint64_t value) {
  json.key(key);
  json.number(value);
}

void counts(JsonText& json, const HostCounts& counted) {
  number(json, "instances", counted.instances);
  number(json, "users", counted.users);
  number(json, "active_users", counted.active_users);
}

void one_host(JsonText& json, const SurveyedHost& each) {
  json.begin_object();
  text(json, "instance", each.host.name);
  number(json, "users", each.host.users);
  number(json, "active_users", each.host.active_users);
  number(json, "statuses", each.host.statuses);
  number(json, "connections", each.host.connections);
  if (each.host.ipv6) {
    json.key("ipv6");
    json.boolean(*each.host.ipv6);
  }
  constexpr std::string_view kNames[kOutcomes] = {"hoster", "several", "no address", "not announced", "no hoster"};
  text(json, "outcome", kNames[static_cast<std::size_t>(each.outcome)]);
  if (each.outcome == Outcome::hoster) text(json, "hoster", each.hoster);
  if (!each.failure.empty()) text(json, "failure", each.failure);
  json.key("addresses");
  json.begin_array();
  for (const SurveyedAddress& known : each.addresses) {
    api::write(json, *known.answer);
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string hosters_markdown(const Survey& survey) {
  constexpr std::size_t kRows = 21;
  const SurveyTotals& totals = survey.totals;
  std::string table;
  if (totals.partial()) {
    table += "Partial: " + std::to_string(totals.all.instances) + " of " + std::to_string(totals.wanted) +
             " hosts were surveyed.\n\n";
  }
  table += "Hoster | Users | U% | Instances | I%\n--- | ---: | ---: | ---: | ---:\n";
  for (std::size_t i = 0; i < std::min(kRows, totals.hosters.size()); ++i) {
    const HosterTotal& hoster = totals.hosters[i];
    table += escape_markdown(hoster.name) + " | " + std::to_string(hoster.counts.users) + " | " +
             percent(hoster.counts.users, totals.all.users) + " | " + std::to_string(hoster.counts.instances) + " | " +
             percent(hoster.counts.instances, totals.all.instances) + '\n';
  }
  return table;
}

std::string results_jsonl(const Survey& survey) {
  std::string lines;
  for (const SurveyedHost& each : survey.hosts) {
    JsonText json;
    one_host(json, each);
    lines += json.text();
    lines += '\n';
  }
  return lines;
}

std::string results_json(const Survey& survey) {
  const SurveyTotals& totals = survey.totals;
  constexpr std::string_view kKeys[kOutcomes] = {"counted", "several", "no_address", "not_announced", "no_hoster"};
  JsonText json;
  json.begin_object();
  json.key("partial");
  json.boolean(totals.partial());
  number(json, "wanted", totals.wanted);
  counts(json, totals.all);
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    json.key(kKeys[i]);
    json.begin_object();
    counts(json, totals.by_outcome[i]);
    json.end_object();
  }
  json.key("hosters");
  json.begin_array();
  for (const HosterTotal& hoster : totals.hosters) {
    json.begin_object();
    text(json, "hoster", hoster.name);
    counts(json, hoster.counts);
    json.end_object();
  }
  json.end_array();
  json.key("crowded_addresses");
  json.begin_array();
  for (const CrowdedAddress& crowded : totals.crowded) {
    json.begin_object();
    text(json, "ip", to_string(crowded.address));
    number(json, "instances", crowded.instances);
    json.end_object();
  }
  json.end_array();
  text(json, "source", survey.source);
  number(json, "data_time", static_cast<std::uint64_t>(std::max<std::int64_t>(0, survey.data_time)));
  text(json, "generation", survey.generation);
  json.end_object();
  return std::string(json.text()) + '\n';
}

}  // namespace ip2asn::cli
