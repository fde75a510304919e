#include "index/drift.hh"

#include <array>
#include <cstdio>

namespace ip2asn {
namespace {

struct Measure {
  const char* name;
  double before;
  double after;
};

// The product is compared, not the quotient: for counts it is exact, so that a fall of just the allowed share is
// allowed.
bool fell_too_far(const Measure& measure, double max_percent) {
  return (measure.before - measure.after) * 100 > max_percent * measure.before;
}

std::string describe(const char* family, const Measure& measure) {
  char text[160];
  std::snprintf(text, sizeof text, "%s %s fell by %.2f %% from %.10g to %.10g", family, measure.name,
                (measure.before - measure.after) / measure.before * 100, measure.before, measure.after);
  return text;
}

}  // namespace

std::optional<std::string> drift(const Image& old_image, const Image& new_image, double max_percent) {
  std::string sentence;
  for (const Family family : {Family::v4, Family::v6}) {
    const FamilyInfo before = old_image.family_info(family);
    const FamilyInfo after = new_image.family_info(family);
    const std::array<Measure, 3> measures = {{
        {"ranges", static_cast<double>(before.ranges), static_cast<double>(after.ranges)},
        {"ASNs", static_cast<double>(before.asns), static_cast<double>(after.asns)},
        {"covered addresses", before.addresses, after.addresses},
    }};
    for (const Measure& measure : measures) {
      if (!fell_too_far(measure, max_percent)) continue;
      if (!sentence.empty()) sentence += ", ";
      sentence += describe(family == Family::v4 ? "IPv4" : "IPv6", measure);
    }
  }
  if (sentence.empty()) return std::nullopt;
  char limit[64];
  std::snprintf(limit, sizeof limit, "; at most %.10g %% is allowed", max_percent);
  return sentence + limit;
}

}  // namespace ip2asn
