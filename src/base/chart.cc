#include "base/chart.hh"

#include <algorithm>
#include <cmath>

#include "base/html.hh"

namespace ip2asn {
namespace {

constexpr int kHeight = 1000, kStep = 10;

int height_of(double value, double top) {
  return kHeight - static_cast<int>(std::lround(std::clamp(value / top, 0.0, 1.0) * kHeight));
}

// The outline of one area: a shape for each run of values without a gap, relative from one step to the next.
std::string outline(std::span<const double> values, double top) {
  std::string path;
  for (std::size_t i = 0; i < values.size();) {
    if (std::isnan(values[i])) {
      ++i;
      continue;
    }
    path += 'M' + std::to_string(i * kStep) + ' ' + std::to_string(kHeight);
    int at = kHeight, width = 0;
    for (; i < values.size() && !std::isnan(values[i]); ++i) {
      const int next = height_of(values[i], top);
      if (next != at) {
        if (width != 0) path += 'h' + std::to_string(width);
        path += 'v' + std::to_string(next - at);
        width = 0;
      }
      at = next;
      width += kStep;
    }
    path += 'h' + std::to_string(width) + 'V' + std::to_string(kHeight) + 'z';
  }
  return path;
}

std::string opening(std::size_t count) {
  return "<svg viewBox=\"0 0 " + std::to_string(count * kStep) + ' ' + std::to_string(kHeight) +
         "\" preserveAspectRatio=\"none\" ";
}

}  // namespace

std::string stacked_areas(std::span<const Area> areas, double top, std::string_view label) {
  const std::size_t count = areas.empty() ? 0 : areas.front().values.size();
  std::string svg = opening(count) + "role=\"img\" aria-label=\"" + html::escaped(label) + "\">";
  std::string gaps;
  for (std::size_t i = 0; i < count;) {
    const std::size_t begin = i;
    while (i < count && std::isnan(areas.front().values[i])) ++i;
    if (i == begin) {
      ++i;
      continue;
    }
    gaps += 'M' + std::to_string(begin * kStep) + " 0h" + std::to_string((i - begin) * kStep) + 'v' +
            std::to_string(kHeight) + "h-" + std::to_string((i - begin) * kStep) + 'z';
  }
  if (!gaps.empty()) svg += "<path class=\"gap\" d=\"" + gaps + "\"/>";
  // From the back to the front: each covers the sum of those below it.
  std::vector<double> sums(count);
  std::vector<std::string> paths;
  for (const Area& area : areas) {
    for (std::size_t i = 0; i < count; ++i) sums[i] += area.values[i];
    paths.push_back("<path class=\"" + std::string(area.css_class) + "\" d=\"" + outline(sums, top) + "\"/>");
  }
  for (std::size_t i = paths.size(); i-- > 0;) svg += paths[i];
  return svg + "</svg>";
}

std::string sparkline(const std::vector<double>& values) {
  double top = 0;
  for (const double value : values) top = std::max(top, std::isnan(value) ? 0.0 : value);
  return opening(values.size()) + "aria-hidden=\"true\"><path class=\"A\" d=\"" + outline(values, top > 0 ? top : 1) +
         "\"/></svg>";
}

double rounded_top(double value) {
  if (!(value > 0) || !std::isfinite(value)) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double factor : {1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0}) {
    if (value <= factor * power) return factor * power;
  }
  return 10 * power;
}

}  // namespace ip2asn
