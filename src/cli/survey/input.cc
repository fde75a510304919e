#include "cli/survey/input.hh"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <unordered_set>

#include "base/text.hh"
#include "cli/survey/csv.hh"

namespace ip2asn::cli {
namespace {

std::string clean_name(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.ends_with('.')) text.remove_suffix(1);
  return lower_case(text);
}

std::uint64_t count(std::string_view text) {
  text = trimmed(text);
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() ? value : 0;
}

std::optional<bool> yes_or_no(std::string_view text) {
  text = trimmed(text);
  if (text == "true" || text == "1" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "no") return false;
  return std::nullopt;
}

using Json = rapidjson::Value;

std::string_view text_of(const Json& value) { return {value.GetString(), value.GetStringLength()}; }

// Numbers come as numbers, as strings, and as null for hosts that are dead.
std::uint64_t number(const Json& object, const char* key) {
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd()) return 0;
  if (member->value.IsUint64()) return member->value.GetUint64();
  return member->value.IsString() ? count(text_of(member->value)) : 0;
}

Error unfit(std::string_view name, std::string_view reason) {
  return {Errc::damaged, std::string(name) + ": " + std::string(reason)};
}

Result<std::vector<SurveyHost>> from_json(std::string_view text, std::string_view name) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
  if (document.HasParseError()) {
    return unfit(name, std::string("is no JSON: ") + rapidjson::GetParseError_En(document.GetParseError()) +
                           " at byte " + std::to_string(document.GetErrorOffset()));
  }
  const Json* list = &document;
  if (document.IsObject() && document.HasMember("instances")) list = &document["instances"];
  if (!list->IsArray()) return unfit(name, "has no array 'instances'");
  std::vector<SurveyHost> hosts;
  for (const Json& each : list->GetArray()) {
    if (each.IsString()) {
      hosts.push_back({clean_name(text_of(each)), 0, 0, 0, 0, {}});
      continue;
    }
    if (!each.IsObject()) return unfit(name, "has an instance that is neither an object nor a name");
    const auto called = each.FindMember("name");
    if (called == each.MemberEnd() || !called->value.IsString()) return unfit(name, "has an instance without a name");
    SurveyHost host{clean_name(text_of(called->value)), number(each, "users"),       number(each, "active_users"),
                    number(each, "statuses"),           number(each, "connections"), {}};
    const auto ipv6 = each.FindMember("ipv6");
    if (ipv6 != each.MemberEnd() && ipv6->value.IsBool()) host.ipv6 = ipv6->value.GetBool();
    if (ipv6 != each.MemberEnd() && ipv6->value.IsString()) host.ipv6 = yes_or_no(text_of(ipv6->value));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

std::size_t column(const std::vector<std::string>& header, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (std::find(names.begin(), names.end(), clean_name(header[i])) != names.end()) return i;
  }
  return header.size();
}

std::size_t column(const std::vector<std::string>& header, std::string_view name) {
  return column(header, std::span(&name, 1));
}

constexpr std::string_view kNameColumns[] = {"instance", "name", "host", "hostname", "domain"};

Result<std::vector<SurveyHost>> from_csv(std::string_view text, std::string_view name) {
  const Result<std::vector<std::vector<std::string>>> rows = read_csv(text, name);
  if (!rows) return rows.error();
  const std::vector<std::string> header = rows->empty() ? std::vector<std::string>() : rows->front();
  const std::size_t called = column(header, kNameColumns);
  if (called == header.size()) return unfit(name, "its header names no column instance, name, host or domain");
  const std::size_t users = column(header, "users"), active = column(header, "active_users"),
                    statuses = column(header, "statuses"), connections = column(header, "connections"),
                    ipv6 = column(header, "ipv6");
  std::vector<SurveyHost> hosts;
  for (auto row = rows->begin() + 1; row != rows->end(); ++row) {
    const auto cell = [&](std::size_t i) { return i < row->size() ? std::string_view((*row)[i]) : ""; };
    hosts.push_back({clean_name(cell(called)), count(cell(users)), count(cell(active)), count(cell(statuses)),
                     count(cell(connections)), yes_or_no(cell(ipv6))});
  }
  return hosts;
}

std::vector<SurveyHost> from_list(std::string_view text) {
  std::vector<SurveyHost> hosts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    if (!line.starts_with('#')) hosts.push_back({clean_name(line), 0, 0, 0, 0, {}});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return hosts;
}

}  // namespace

HostFormat tell_host_format(std::string_view text) {
  const std::string_view content = trimmed(text);
  if (content.starts_with('{') || (content.starts_with('[') && content.ends_with(']') && content.find('"') < 8)) {
    return HostFormat::json;
  }
  const std::string_view line = content.substr(0, content.find('\n'));
  const Result<std::vector<std::vector<std::string>>> header = read_csv(line, "");
  const bool csv = header && !header->empty() && column(header->front(), kNameColumns) < header->front().size();
  return csv ? HostFormat::csv : HostFormat::list;
}

Result<std::vector<SurveyHost>> parse_hosts(std::string_view text, HostFormat format, std::string_view name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Result<std::vector<SurveyHost>> hosts = format == HostFormat::json  ? from_json(text, name)
                                          : format == HostFormat::csv ? from_csv(text, name)
                                                                      : from_list(text);
  if (!hosts) return hosts;
  std::unordered_set<std::string> seen;
  std::erase_if(*hosts, [&](const SurveyHost& host) { return host.name.empty() || !seen.insert(host.name).second; });
  if (hosts->empty()) return Error{Errc::empty, std::string(name) + ": names no host"};
  std::sort(hosts->begin(), hosts->end(), [](const SurveyHost& a, const SurveyHost& b) {
    return a.users != b.users ? a.users > b.users : a.name < b.name;
  });
  return hosts;
}

std::string lower_case(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return low;
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!fits || ++label > 63) return false;
  }
  return label > 0;
}

}  // namespace ip2asn::cli
