#include "registry/rpsl.hh"

#include <algorithm>
#include <cctype>

#include "base/text.hh"
#include "registry/text_lines.hh"
#include "registry/whois_objects.hh"
#include "registry/whois_text.hh"

namespace ip2asn {
namespace {

// The attributes that are read; all else is left out as it streams by.
constexpr std::string_view kWanted[] = {"inetnum", "inet6num", "netname",      "descr",    "country",
                                        "org",     "status",   "organisation", "org-name", "source"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// A comment at the end of a line is none of the value.
std::string value_of(std::string_view text) {
  std::string value = utf8_or_latin1(trimmed(text));
  if (const std::size_t comment = value.find(" #"); comment != std::string::npos) value.resize(comment);
  return std::string(trimmed(value));
}

// Gives each object of the stream that begins with one of these attributes.
Result<Done> each_object(ByteSource& bytes, std::string_view first, std::string_view second,
                         const std::function<void(const WhoisObject&)>& take) {
  TextLines lines(bytes);
  WhoisObject object;
  bool skipping = false, wanted_line = false;
  const auto finish = [&] {
    if (!object.lines.empty()) take(object);
    object.lines.clear();
    skipping = wanted_line = false;
  };
  std::string_view line;
  Result<bool> more = lines.next(line);
  for (; more && *more; more = lines.next(line)) {
    if (trimmed(line).empty()) {
      finish();
      continue;
    }
    if (skipping || line.front() == '#' || line.front() == '%') continue;
    if (line.front() == ' ' || line.front() == '\t' || line.front() == '+') {
      if (!wanted_line) continue;
      constexpr std::size_t kMost = 1024;
      std::string& value = object.lines.back().second;
      const std::string rest = value_of(line.front() == '+' ? line.substr(1) : line);
      if (value.size() < kMost && !rest.empty()) value.append(value.empty() ? "" : " ").append(rest);
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string key = lower(trimmed(line.substr(0, colon)));
    if (object.lines.empty() && key != first && key != second) {
      skipping = true;
      continue;
    }
    wanted_line = std::find(std::begin(kWanted), std::end(kWanted), key) != std::end(kWanted);
    if (wanted_line) object.lines.emplace_back(key, value_of(line.substr(colon + 1)));
  }
  if (!more) return more.error();
  if (lines.cut() || !object.lines.empty()) finish();
  return Done{};
}

}  // namespace

bool is_rpsl_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 20) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Result<Done> RpslOrganisations::add(ByteSource& bytes) {
  return each_object(bytes, "organisation", "organisation", [&](const WhoisObject& object) {
    const std::string_view name = object.get("org-name");
    if (name.empty()) return;
    entries_[lower(object.get("organisation"))] = {std::string(name), std::string(object.get("country"))};
  });
}

const RpslOrganisations::Entry* RpslOrganisations::find(std::string_view handle) const {
  const auto found = entries_.find(lower(handle));
  return found != entries_.end() ? &found->second : nullptr;
}

Result<RpslCounts> read_rpsl(ByteSource& bytes, const RpslOrganisations& organisations,
                             const std::function<void(const Block&)>& take) {
  RpslCounts counts;
  const Result<Done> done = each_object(bytes, "inetnum", "inet6num", [&](const WhoisObject& object) {
    const RpslOrganisations::Entry* const organisation = organisations.find(object.get("org"));
    const Reading reading = read_whois_object(object, organisation != nullptr ? organisation->name : "",
                                              organisation != nullptr ? organisation->country : "");
    if (reading.outcome == Outcome::answer) {
      ++counts.networks;
      take(reading.block);
    } else {
      ++(reading.outcome == Outcome::none ? counts.own : counts.odd);
    }
  });
  if (!done) return done.error();
  return counts;
}

}  // namespace ip2asn
