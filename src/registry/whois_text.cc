#include "registry/whois_text.hh"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

#include "base/text.hh"
#include "net/asn.hh"
#include "registry/holder_text.hh"
#include "registry/registries.hh"
#include "registry/whois_objects.hh"

namespace ip2asn {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

struct Refusal {
  std::string_view words;  // in lower case
  Outcome outcome;
};

// As the servers word them. What stands first counts.
constexpr Refusal kRefusals[] = {
    {"permanently denied", Outcome::refused},
    {"repeated abusive behaviour", Outcome::refused},
    {"% permission denied", Outcome::refused},
    {"%error:201", Outcome::limited},
    {"%error:202", Outcome::limited},
    {"query rate limit exceeded", Outcome::limited},
    {"maximum concurrent connections limit exceeded", Outcome::limited},
    {"number of connections from a single ip address has exceeded", Outcome::limited},
};

// What is said where nothing is found.
constexpr std::string_view kNothings[] = {"%error:101",       "no entries found", "% not assigned to", "no match",
                                          "no objects found", "not found",        "%error 230"};

// Refusals stand in comments, and in the texts of servers without any; never in the values of objects.
std::string comments_of(std::string_view text) {
  std::string comments;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    if (line.starts_with('%') || line.starts_with('#')) comments.append(lower(line)).push_back('\n');
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return comments;
}

// "Blocked for 300 seconds."
std::int64_t seconds_in(std::string_view comments) {
  constexpr std::string_view kBefore = "blocked for ";
  const std::size_t at = comments.find(kBefore);
  std::int64_t seconds = 0;
  if (at == std::string_view::npos) return 0;
  const char* const end = comments.data() + comments.size();
  const auto [rest, problem] = std::from_chars(comments.data() + at + kBefore.size(), end, seconds);
  if (problem != std::errc() || seconds < 0) return 0;
  return std::string_view(rest, end).starts_with(" minute") ? 60 * seconds : seconds;
}

std::string_view line_with(std::string_view text, std::string_view lower_words) {
  const std::size_t at = lower(text).find(lower_words);
  if (at == std::string_view::npos) return {};
  const std::size_t newline = text.rfind('\n', at);
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  return trimmed(text.substr(start, std::min(text.find('\n', at), text.size()) - start));
}

// "Example Inc. (EXAMP-2)" without the handle, as ARIN writes organisations.
std::string_view without_handle(std::string_view text) {
  const std::size_t open = text.rfind(" (");
  if (!text.ends_with(')') || open == std::string_view::npos) return text;
  const std::string_view handle = text.substr(open + 2, text.size() - open - 3);
  const bool fits = std::all_of(handle.begin(), handle.end(),
                                [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; });
  return fits ? trimmed(text.substr(0, open)) : text;
}

bool read_range_of(const WhoisObject& object, Range& range) {
  const std::string_view text =
      object.first_of("inetnum", "inet6num", "netrange", "ipv4 address", "ipv6 address", "network number",
                      "ipv6 prefix", "netblock", "ip-network-block", "ip-network");
  // KRNIC: "115.0.0.0 - 115.23.255.255 (/12+/13)"
  return !text.empty() && read_registry_range(text.substr(0, text.find(" (")), range);
}

struct Candidate {
  Block block;
  std::string org_handle, org_name, referral;
};

void take_arin_organisation(const WhoisObject& object, Candidate& candidate) {
  candidate.org_name = object.first_of("orgname", "custname");
  candidate.org_handle = object.first_of("orgid", "customer");
  if (candidate.block.country.empty()) candidate.block.country = object.get("country");
}

Candidate candidate_of(const WhoisObject& object, const Range& range) {
  Candidate candidate;
  Block& block = candidate.block;
  block.range = range;
  block.source = "whois";
  block.handle = object.first_of("nethandle", "id", "inetnum", "inet6num");
  block.parent_handle = object.get("parent");
  block.name = object.first_of("netname", "network-name", "network name", "service name");
  block.type = object.first_of("nettype", "status", "network type");
  block.country = object.first_of("country", "country-code");
  candidate.org_handle = object.first_of("org", "ownerid");
  candidate.referral = object.get("referralserver");
  block.holder = object.first_of("owner", "org-name", "organization name");
  if (block.holder.empty()) block.holder = without_handle(object.first_of("organization", "customer organization"));
  for (const auto& [key, value] : object.lines) {
    if (block.holder.empty() && key == "descr" && could_name_holder(value, block.name)) block.holder = value;
  }
  return candidate;
}

std::vector<Candidate> candidates_in(const std::vector<WhoisObject>& objects) {
  std::vector<Candidate> found;
  for (const WhoisObject& object : objects) {
    Range range;
    if (read_range_of(object, range)) {
      found.push_back(candidate_of(object, range));
    } else if (!found.empty() && !object.first_of("orgname", "custname").empty() && found.back().org_name.empty()) {
      take_arin_organisation(object, found.back());
    } else if (!found.empty() && found.back().referral.empty()) {
      found.back().referral = object.get("referralserver");
    }
  }
  // RIPE's, APNIC's and AFRINIC's organisations, by handle.
  for (Candidate& candidate : found) {
    for (const WhoisObject& object : objects) {
      if (candidate.org_handle.empty() || object.get("organisation") != candidate.org_handle) continue;
      candidate.org_name = object.get("org-name");
      if (candidate.block.country.empty()) candidate.block.country = object.get("country");
    }
  }
  return found;
}

// The narrowest that holds what was asked; of equals the first, which servers give in their own right.
Candidate* narrowest(std::vector<Candidate>& found, const Range* asked) {
  Candidate* best = nullptr;
  for (Candidate& candidate : found) {
    const Range& range = candidate.block.range;
    if (asked != nullptr && !(range.contains(asked->first) && range.contains(asked->last))) continue;
    if (best == nullptr || size_of(range) < size_of(best->block.range)) best = &candidate;
  }
  return best;
}

std::string_view registry_of_source(const WhoisObject& object) {
  constexpr std::pair<std::string_view, std::string_view> kSources[] = {
      {"ripe", "ripencc"}, {"apnic", "apnic"}, {"afrinic", "afrinic"}, {"arin", "arin"}, {"lacnic", "lacnic"}};
  const std::string source = lower(object.get("source"));
  for (const auto& [word, name] : kSources) {
    if (source.substr(0, source.find(' ')) == word) return name;
  }
  return object.get("netrange").empty() ? "" : "arin";
}

// Who answers, by the banner that its answers have, or else by the object's source.
std::string_view registry_in(std::string_view text, const WhoisObject& object) {
  constexpr std::pair<std::string_view, std::string_view> kBanners[] = {
      {"% This is the RIPE Database", "ripencc"},
      {"% [whois.apnic.net]", "apnic"},
      {"% This is the AfriNIC Whois server", "afrinic"},
      {"% LACNIC resource", "lacnic"},
      {"# ARIN WHOIS data", "arin"},
      {"% Copyright (c) Nic.br", "whois.registro.br"},
      {"[ JPNIC database", "whois.nic.ad.jp"},
      {"KRNIC is not an ISP", "whois.kisa.or.kr"},
  };
  for (const auto& [banner, name] : kBanners) {
    if (text.find(banner) != std::string_view::npos) return name;
  }
  return registry_of_source(object);
}

bool is_registrys_own(const Candidate& candidate) {
  const std::string type = lower(candidate.block.type), name = lower(candidate.block.name);
  return type.starts_with("allocated to ") || type.starts_with("transferred to ") ||
         type.find(", transferred to ") != std::string::npos || type.find("unspecified") != std::string::npos ||
         type.starts_with("iana ") || name.starts_with("iana-") || name.starts_with("non-ripe-ncc-managed-") ||
         is_registry(candidate.block.holder, candidate.org_handle);
}

void clean(std::string& text) { text = repair_text(text).text; }

Block finished(Candidate&& candidate) {
  Block& block = candidate.block;
  if (!candidate.org_name.empty()) block.holder = candidate.org_name;
  if (block.holder.empty()) block.holder = block.name;
  if (!candidate.org_handle.empty()) block.entities.push_back(candidate.org_handle);
  const auto country = parse_country(block.country);
  block.country = country ? std::string(std::string_view(*country)) : std::string();
  for (std::string* text : {&block.handle, &block.name, &block.holder, &block.type, &block.parent_handle}) clean(*text);
  for (std::string& entity : block.entities) clean(entity);
  return std::move(block);
}

}  // namespace

std::string utf8_or_latin1(std::string_view text) {
  // What is not UTF-8 is what repair_text() would replace; control characters are replaced as well, and stay.
  bool valid = true;
  for (std::size_t at = 0; at < text.size() && valid;) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t more = lead < 0x80                   ? 0
                             : lead >= 0xC2 && lead < 0xE0 ? 1
                             : lead >= 0xE0 && lead < 0xF0 ? 2
                             : lead >= 0xF0 && lead < 0xF5 ? 3
                                                           : text.size();
    valid = more < text.size() - at;
    for (std::size_t i = 1; valid && i <= more; ++i) valid = (static_cast<unsigned char>(text[at + i]) & 0xC0) == 0x80;
    at += more + 1;
  }
  if (valid) return std::string(text);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out += static_cast<char>(0xC0 | byte >> 6);
    out += byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F));
  }
  return out;
}

WhoisReading read_whois(std::string_view raw, const Range* asked) {
  WhoisReading result;
  Reading& reading = result.reading;
  const std::string text = utf8_or_latin1(raw.substr(0, kMaxWhoisBytes));
  const std::string comments = comments_of(text);
  for (const Refusal& refusal : kRefusals) {
    if (comments.find(refusal.words) == std::string::npos) continue;
    reading.outcome = refusal.outcome;
    reading.text = repair_text(line_with(text, refusal.words)).text;
    result.retry_after = seconds_in(comments);
    return result;
  }
  const std::vector<WhoisObject> objects = whois_objects(text);
  std::vector<Candidate> found = candidates_in(objects);
  Candidate* const best = narrowest(found, asked);
  if (best == nullptr) {
    const std::string words = lower(text);
    const auto nothing = std::find_if(std::begin(kNothings), std::end(kNothings),
                                      [&](std::string_view each) { return words.find(each) != std::string::npos; });
    const bool is_none = found.empty() && nothing != std::end(kNothings);
    reading.outcome = is_none ? Outcome::none : Outcome::failed;
    reading.text = is_none         ? repair_text(line_with(text, *nothing)).text
                   : found.empty() ? "the answer holds no network"
                                   : "odd range: the answer is about " + range_text(found.front().block.range) +
                                         ", which does not hold what was asked";
    return result;
  }
  if (best->org_name.empty() && !best->org_handle.empty() && best->block.holder.empty()) {
    best->block.holder = best->org_handle;
  }
  result.referral = best->referral;
  if (is_registrys_own(*best)) {
    reading.outcome = Outcome::none;
    reading.text = repair_text("held by the registry itself: " + best->block.name + ' ' + best->block.type).text;
    return result;
  }
  for (const WhoisObject& object : objects) {
    Range range;
    if (!read_range_of(object, range) || !(range == best->block.range)) continue;
    if (best->block.registry.empty()) best->block.registry = registry_in(text, object);
  }
  reading.block = finished(std::move(*best));
  if (!is_plausible(reading.block.range, asked != nullptr ? *asked : reading.block.range)) {
    reading = {};
    reading.text = "odd range: wider than a registry hands out";
    return result;
  }
  reading.outcome = Outcome::answer;
  return result;
}

Reading read_whois_object(const WhoisObject& object, std::string_view organisation, std::string_view country) {
  Reading reading;
  Range range;
  if (!read_range_of(object, range)) {
    reading.text = "odd range: the object tells none";
    return reading;
  }
  Candidate candidate = candidate_of(object, range);
  candidate.org_name = organisation;
  if (candidate.block.country.empty()) candidate.block.country = country;
  if (is_registrys_own(candidate)) {
    reading.outcome = Outcome::none;
    reading.text = "held by the registry itself";
    return reading;
  }
  candidate.block.registry = registry_of_source(object);
  reading.block = finished(std::move(candidate));
  reading.block.source = "rpsl";
  if (!is_plausible(range, range)) {
    reading = {};
    reading.text = "odd range: wider than a registry hands out";
    return reading;
  }
  reading.outcome = Outcome::answer;
  return reading;
}

}  // namespace ip2asn
