// JSON that names hosts: dumps of instances.social, answers of APIs, lists.
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <deque>

#include "base/json_read.hh"
#include "base/text.hh"
#include "cli/survey/input.hh"

namespace ip2asn::cli {
namespace {

using Json = rapidjson::Value;

Error unfit(std::string_view name, std::string_view reason) {
  return {Errc::damaged, std::string(name) + ": " + std::string(reason)};
}

std::string_view text_of(const Json& value) { return {value.GetString(), value.GetStringLength()}; }

// Numbers come as numbers, as strings, and as null for hosts that are dead.
std::uint64_t number_of(const Json& value) {
  if (value.IsUint64()) return value.GetUint64();
  return value.IsString() ? count_of(text_of(value)) : 0;
}

// The member that names the host: of those that may, the first that looks like one.
const Json* host_member(const Json& object) {
  const Json* best = nullptr;
  std::size_t best_rank = 0;
  bool best_looks = false;
  for (const auto& member : object.GetObject()) {
    const std::size_t rank = host_name_rank(text_of(member.name));
    if (rank == 0 || !member.value.IsString()) continue;
    const bool looks = looks_like_host(host_of(text_of(member.value)));
    if (best != nullptr && (looks != best_looks ? best_looks : rank >= best_rank)) continue;
    best = &member.value;
    best_rank = rank;
    best_looks = looks;
  }
  return best;
}

// Figures are members, or members of counts, stats or usage.
void take_figures(const Json& object, SurveyHost& host, int depth) {
  for (const auto& member : object.GetObject()) {
    const std::string_view key = text_of(member.name);
    if (member.value.IsObject() && depth < 2) {
      const std::string plain = plain_name(key);
      if (plain == "counts" || plain == "stats" || plain == "usage") take_figures(member.value, host, depth + 1);
      if (plain == "users" && depth > 0)
        host.users = std::max(host.users, number_of(*[&] {
                                const Json* const total = json_member(member.value, "total");
                                return total != nullptr ? total : &member.value;
                              }()));
      continue;
    }
    const std::optional<HostFigure> which = figure_of(key);
    if (which && figure(host, *which) == 0) figure(host, *which) = number_of(member.value);
    if (depth == 0 && plain_name(key) == "ipv6") {
      if (member.value.IsBool()) host.ipv6 = member.value.GetBool();
      if (member.value.IsString()) host.ipv6 = yes_or_no(text_of(member.value));
    }
  }
}

// Whether an array names hosts, by its first entries.
bool names_hosts(const Json& array) {
  constexpr rapidjson::SizeType kSample = 20;
  for (rapidjson::SizeType i = 0; i < std::min(array.Size(), kSample); ++i) {
    const Json& each = array[i];
    if (each.IsString() && looks_like_host(host_of(text_of(each)))) return true;
    if (!each.IsObject()) continue;
    const Json* const host = host_member(each);
    if (host != nullptr && looks_like_host(host_of(text_of(*host)))) return true;
  }
  return false;
}

// The first array that names hosts, those that are not deep first.
const Json* find_list(const Json& document) {
  constexpr int kDeepest = 5;
  std::deque<std::pair<const Json*, int>> open{{&document, 0}};
  while (!open.empty()) {
    const auto [value, depth] = open.front();
    open.pop_front();
    if (value->IsArray() && names_hosts(*value)) return value;
    if (depth == kDeepest) continue;
    if (value->IsObject()) {
      for (const auto& member : value->GetObject()) {
        if (member.value.IsArray() || member.value.IsObject()) open.emplace_back(&member.value, depth + 1);
      }
    }
  }
  return nullptr;
}

// {"example.org": {…}, …}
std::vector<SurveyHost> keyed_hosts(const Json& object) {
  std::vector<SurveyHost> hosts;
  for (const auto& member : object.GetObject()) {
    if (!looks_like_host(host_of(text_of(member.name)))) return {};
    hosts.push_back({host_of(text_of(member.name)), 0, 0, 0, 0, {}});
    if (member.value.IsObject()) take_figures(member.value, hosts.back(), 0);
  }
  return hosts;
}

Result<std::vector<SurveyHost>> hosts_of_array(const Json& list, std::string_view name) {
  std::vector<SurveyHost> hosts;
  for (const Json& each : list.GetArray()) {
    if (each.IsString()) {
      hosts.push_back({host_of(text_of(each)), 0, 0, 0, 0, {}});
      continue;
    }
    if (!each.IsObject()) return unfit(name, "has an instance that is neither an object nor a name");
    const Json* const called = host_member(each);
    if (called == nullptr) return unfit(name, "has an instance without a name");
    hosts.push_back({host_of(text_of(*called)), 0, 0, 0, 0, {}});
    take_figures(each, hosts.back(), 0);
  }
  return hosts;
}

}  // namespace

Result<std::vector<SurveyHost>> hosts_of_json(std::string_view text, std::string_view name) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseStopWhenDoneFlag;
  // An object a line is a list as well.
  rapidjson::Document document;
  Json lines(rapidjson::kArrayType);
  rapidjson::MemoryStream stream(text.data(), text.size());
  for (;;) {
    document.ParseStream<kFlags>(stream);
    if (document.HasParseError()) {
      return unfit(name, std::string("is not JSON: ") + rapidjson::GetParseError_En(document.GetParseError()) +
                             " at byte " + std::to_string(document.GetErrorOffset()));
    }
    const std::string_view rest = trimmed(text.substr(stream.Tell()));
    if (rest.empty() && lines.Empty()) break;
    lines.PushBack(Json().Swap(document), document.GetAllocator());
    if (rest.empty()) break;
  }
  const Json& root = lines.Empty() ? static_cast<const Json&>(document) : lines;
  const Json* list = root.IsObject() ? json_array(root, "instances") : nullptr;
  if (list == nullptr || !names_hosts(*list)) {
    if (const Json* const found = find_list(root)) list = found;
  }
  if (list == nullptr && root.IsArray()) list = &root;
  if (list != nullptr) return hosts_of_array(*list, name);
  for (const Json* object = &root; object != nullptr && object->IsObject();) {
    if (std::vector<SurveyHost> hosts = keyed_hosts(*object); !hosts.empty()) return hosts;
    object = object->MemberCount() == 1 ? &object->MemberBegin()->value : nullptr;
  }
  return unfit(name, "has no array of hosts: of names, or of objects with a member domain, host, url or name");
}

}  // namespace ip2asn::cli
