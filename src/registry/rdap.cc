#include "registry/rdap.hh"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/json_read.hh"
#include "base/text.hh"
#include "net/asn.hh"
#include "registry/holder_text.hh"
#include "registry/rdap_entities.hh"
#include "registry/registries.hh"

namespace ip2asn {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string text_of(const rapidjson::Value& object, std::string_view name) {
  return repair_text(trimmed(json_string(object, name))).text;
}

// The first line of a member "description", which is an array of texts or a text.
std::string_view description_of(const rapidjson::Value& object) {
  const rapidjson::Value* const value = json_member(object, "description");
  if (value == nullptr) return {};
  if (value->IsString()) return trimmed(json_text(*value));
  if (!value->IsArray() || value->Empty()) return {};
  return trimmed(json_text((*value)[0]));
}

Reading ended(Outcome outcome, std::string_view text) { return {outcome, repair_text(text).text, {}, 0, 0}; }

// RIPE's "permanently denied", APNIC's "because of a repeated abusive behaviour".
bool is_permanent(std::string_view text) {
  const std::string words = lower(text);
  return words.find("permanent") != std::string::npos || words.find("abusive") != std::string::npos;
}

// What the status, or an error that the body tells (RFC 9083 6), comes to; nullopt for an answer.
std::optional<Reading> judge_status(int status, std::string_view title, std::string_view detail) {
  std::string text = "HTTP " + std::to_string(status);
  for (const std::string_view part : {title, detail}) {
    if (!part.empty()) text.append(": ").append(part);
  }
  if (status == 200) return std::nullopt;
  if (status == 404) return ended(Outcome::none, text);
  if (status == 429) return ended(is_permanent(text) ? Outcome::refused : Outcome::limited, text);
  if (status == 403) return ended(Outcome::refused, text);
  return ended(Outcome::failed, text);
}

bool tells_limit(const rapidjson::Value& document) {
  const rapidjson::Value* const notices = json_array(document, "notices");
  if (notices == nullptr) return false;
  return std::any_of(notices->Begin(), notices->End(), [](const rapidjson::Value& notice) {
    return lower(json_string(notice, "title")) == "rate limit notice";
  });
}

// "descr:" of the WHOIS object: a remark without a title, or with that of "description"; the first of its lines that
// could be a holder.
std::string_view remark_of(const rapidjson::Value& document, std::string_view network_name) {
  const rapidjson::Value* const remarks = json_array(document, "remarks");
  if (remarks == nullptr) return {};
  for (const rapidjson::Value& remark : remarks->GetArray()) {
    const std::string title = lower(trimmed(json_string(remark, "title")));
    if (!title.empty() && title != "description") continue;
    const rapidjson::Value* const lines = json_member(remark, "description");
    if (lines == nullptr) continue;
    const auto fits = [&](const rapidjson::Value& line) {
      return line.IsString() && could_name_holder(json_text(line), network_name);
    };
    if (!lines->IsArray()) {
      if (fits(*lines)) return trimmed(json_text(*lines));
      continue;
    }
    const auto found = std::find_if(lines->Begin(), lines->End(), fits);
    if (found != lines->End()) return trimmed(json_text(*found));
  }
  return {};
}

// The prefixes of the extension cidr0, when they are neighbours without a gap.
std::optional<Range> range_of_prefixes(const rapidjson::Value& document) {
  const rapidjson::Value* const list = json_array(document, "cidr0_cidrs");
  if (list == nullptr) return std::nullopt;
  std::vector<Range> ranges;
  for (const rapidjson::Value& each : list->GetArray()) {
    std::string_view address = json_string(each, "v4prefix");
    if (address.empty()) address = json_string(each, "v6prefix");
    const rapidjson::Value* const length = json_member(each, "length");
    Range range;
    if (length == nullptr || !length->IsInt()) return std::nullopt;
    if (!read_registry_range(std::string(address) + "/" + std::to_string(length->GetInt()), range)) return std::nullopt;
    ranges.push_back(range);
  }
  if (ranges.empty()) return std::nullopt;
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  Range whole = ranges.front();
  for (const Range& range : ranges) {
    if (range.first.family != whole.first.family) return std::nullopt;
    if (range.first > whole.last && next(whole.last) != range.first) return std::nullopt;
    whole.last = std::max(whole.last, range.last);
  }
  return whole;
}

std::optional<Range> range_of(const rapidjson::Value& document) {
  Range range;
  if (read_registry_address(json_string(document, "startAddress"), range.first) &&
      read_registry_address(json_string(document, "endAddress"), range.last)) {
    if (range.first.family != range.last.family || range.last < range.first) return std::nullopt;
    return range;
  }
  if (const auto prefixes = range_of_prefixes(document)) return prefixes;
  // The handles of APNIC, RIPE and AFRINIC are the range; but not those of one host, which LACNIC echoes.
  if (read_registry_range(json_string(document, "handle"), range) && range.first != range.last) return range;
  return std::nullopt;
}

// Space that nobody holds but the registry that hands it out, or another one.
bool is_registrys_own(const Block& block, std::string_view holder_handle) {
  const std::string type = lower(block.type), name = lower(block.name);
  return type.starts_with("allocated to ") || type.starts_with("transferred to ") ||
         type.find("unspecified") != std::string::npos || type.starts_with("iana ") || name.starts_with("iana-") ||
         name.starts_with("non-ripe-ncc-managed-") || is_registry(block.holder, holder_handle);
}

// What networks and AS numbers have in common. Returns the handle of the holder.
std::string read_common(const rapidjson::Value& document, const RdapOptions& options, Block& block) {
  block.source = "rdap";
  block.handle = text_of(document, "handle");
  block.type = text_of(document, "type");
  block.parent_handle = text_of(document, "parentHandle");
  block.name = better_name(trimmed(json_string(document, "name")), document);
  if (const auto country = parse_country(trimmed(json_string(document, "country")))) {
    block.country = std::string_view(*country);
  }
  if (const rapidjson::Value* const status = json_array(document, "status")) {
    for (const rapidjson::Value& each : status->GetArray()) {
      if (each.IsString()) block.status.push_back(repair_text(json_text(each)).text);
    }
  }
  if (const RegistryEntry* const entry = find_registry_by_host(lower(json_string(document, "port43")))) {
    block.registry = entry->name;
  }
  RdapHolder holder = find_holder(document, options.with_contacts);
  block.entities = std::move(holder.handles);
  if (block.country.empty()) block.country = holder.country;
  block.holder = std::move(holder.name);
  if (block.holder.empty()) block.holder = repair_text(remark_of(document, block.name)).text;
  if (block.holder.empty()) block.holder = block.name;
  return holder.handle;
}

// Reads the JSON and its class; a Reading when there is nothing more to read.
std::optional<Reading> open_answer(int status, std::string_view body, std::string_view wanted_class,
                                   rapidjson::Document& document) {
  const std::string problem =
      body.size() > kMaxRdapBytes ? "is longer than 1 MiB" : read_json(body, kMaxRdapDepth, document);
  const bool readable = problem.empty() && document.IsObject();
  std::string_view title, detail = trimmed(body.substr(0, body.find_first_of("\r\n<{")));
  if (readable) {
    title = trimmed(json_string(document, "title"));
    detail = description_of(document);
    const rapidjson::Value* const code = json_member(document, "errorCode");
    if (status == 200 && code != nullptr && code->IsInt() && code->GetInt() >= 400) status = code->GetInt();
  }
  if (auto judged = judge_status(status, title, detail)) return judged;
  if (!readable)
    return ended(Outcome::failed, problem.empty() ? "the answer is not a JSON object" : "the answer " + problem);
  if (tells_limit(document)) return ended(Outcome::limited, "Rate Limit Notice");
  const std::string_view found = json_string(document, "objectClassName");
  if (!found.empty() && lower(found) != wanted_class) {
    return ended(Outcome::failed, "the answer is of class " + quoted(found));
  }
  return std::nullopt;
}

}  // namespace

Reading read_rdap_network(int status, std::string_view body, const Range& asked, const RdapOptions& options) {
  rapidjson::Document document;
  if (auto done = open_answer(status, body, "ip network", document)) return *std::move(done);
  Reading reading;
  Block& block = reading.block;
  const std::string holder_handle = read_common(document, options, block);
  if (is_registrys_own(block, holder_handle)) {
    return ended(Outcome::none, "held by the registry itself: " + block.name + ' ' + block.type);
  }
  const std::optional<Range> range = range_of(document);
  if (!range) return ended(Outcome::failed, "odd range: the answer tells none");
  block.range = *range;
  // LACNIC echoes the address that was asked for.
  if (range->first == range->last && asked.contains(range->first) &&
      (asked.first != asked.last || block.registry == "lacnic")) {
    block.range = asked;
    block.range_is_asked = true;
  }
  if (!is_plausible(block.range, asked)) {
    return ended(Outcome::failed, "odd range: " + range_text(block.range) + " was answered for " + range_text(asked));
  }
  reading.outcome = Outcome::answer;
  return reading;
}

Reading read_rdap_autnum(int status, std::string_view body, std::uint32_t asked, const RdapOptions& options) {
  rapidjson::Document document;
  if (auto done = open_answer(status, body, "autnum", document)) return *std::move(done);
  Reading reading;
  const std::string holder_handle = read_common(document, options, reading.block);
  if (is_registrys_own(reading.block, holder_handle)) {
    return ended(Outcome::none, "held by the registry itself: " + reading.block.name);
  }
  const auto number = [&](std::string_view name) {
    const rapidjson::Value* const value = json_member(document, name);
    return value != nullptr && value->IsUint() ? value->GetUint() : asked;
  };
  reading.first_asn = number("startAutnum");
  reading.last_asn = number("endAutnum");
  if (asked < reading.first_asn || reading.last_asn < asked) {
    return ended(Outcome::failed, "odd range: the answer is about other AS numbers");
  }
  reading.outcome = Outcome::answer;
  return reading;
}

}  // namespace ip2asn
