#include "cli/describe.hh"

#include <array>
#include <cstdio>
#include <ctime>

#include "base/text.hh"

namespace ip2asn::cli {
namespace {

// What a finding means and what came of the row, in the order of Finding.
constexpr std::array<std::string_view, kFindingKinds> kMeanings = {
    "the line is longer than 64 KiB; skipped",
    "not the fields that a row of this file has; skipped",
    "the AS number is not a decimal number from 0 to 4294967295; skipped",
    "start or end is no IP address; skipped",
    "start and end are of different families; skipped",
    "the start lies after the end; skipped",
    "an earlier row has this range with another AS; skipped",
    "overlaps an earlier row in part; what is behind that is kept",
    "an exact copy of an earlier row; one is kept",
    "control, bidi or invalid characters became U+FFFD; kept",
    "the description is longer than 255 bytes and was cut; kept",
    "the country is neither two capitals nor None; kept without one",
    "a line of a list is neither an AS number nor a network; skipped",
    "a line of a names file does not name an AS; skipped",
};

}  // namespace

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string text = grouped(count) + ' ';
  text += noun;
  if (count != 1) text += 's';
  return text;
}

std::string utc_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  char text[64];
  if (seconds == 0 || gmtime_r(&time, &parts) == nullptr) return "unknown";
  if (std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) return "unknown";
  return text;
}

std::string age(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};
  if (seconds < 0) return "from the future by " + age(-seconds);
  for (const Unit& unit : kUnits) {
    if (seconds >= 2 * unit.seconds) return counted(static_cast<std::uint64_t>(seconds / unit.seconds), unit.name);
  }
  return counted(static_cast<std::uint64_t>(seconds), "second");
}

std::string explain(const Findings& findings) {
  std::string text;
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const auto kind = static_cast<Finding>(i);
    const std::uint64_t count = findings.count(kind);
    if (count == 0) continue;
    text += "  " + counted(count, "row") + ": " + std::string(describe(kind)) + ": " + std::string(kMeanings[i]) + '\n';
    std::uint64_t shown = 0;
    for (const Findings::Example& example : findings.examples()) {
      if (example.kind != kind) continue;
      text += "    " + (example.file.empty() ? "" : printable(example.file) + ", ") + "line " +
              std::to_string(example.line) + ": " + printable(example.text) + '\n';
      ++shown;
    }
    if (count > shown) text += "    and " + grouped(count - shown) + " more\n";
  }
  return text;
}

std::string describe_families(const Image& image) {
  std::string text;
  for (const Family family : {Family::v4, Family::v6}) {
    const FamilyInfo info = image.family_info(family);
    text += family == Family::v4 ? "  IPv4: " : "  IPv6: ";
    text += counted(info.ranges, "range") + " of " + counted(info.asns, "ASN") + '\n';
  }
  return text;
}

std::string content_id(const Image& image) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(image.content_id()));
  return text;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 4096;
  return repair_text(text, kLongest).text;
}

}  // namespace ip2asn::cli
