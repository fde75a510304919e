#include "base/figures.hh"

#include <cmath>
#include <cstdio>

namespace ip2asn {
namespace {

std::string with_places(double value, int places) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", places, value);
  return text;
}

}  // namespace

std::string grouped(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, 1, ',');
  return text;
}

std::string short_number(double value) {
  if (!(value > 0)) return "0";
  if (value >= 99.95) return grouped(static_cast<std::uint64_t>(std::llround(value)));
  return with_places(value, value < 0.95 ? 2 : 1);
}

std::string byte_size(double bytes) {
  constexpr const char* kUnits[] = {" B", " kB", " MB", " GB", " TB", " PB"};
  std::size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  return (unit == 0 ? with_places(bytes, 0) : short_number(bytes)) + kUnits[unit];
}

std::string percentage(double part, double whole) {
  if (!(whole > 0) || !(part > 0)) return "0";
  const double share = part / whole * 100;
  return with_places(share, share >= 9.95 ? 0 : share >= 0.95 ? 1 : 2);
}

}  // namespace ip2asn
