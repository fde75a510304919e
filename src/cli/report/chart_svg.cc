#include <algorithm>
#include <cstdio>

#include "base/html.hh"
#include "base/text.hh"
#include "cli/report/chart.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kStyle =
    "text{font:14px system-ui,'DejaVu Sans',sans-serif;fill:#1b1f24}.v{text-anchor:end;fill:#4b5563}"
    ".t{font-size:17px;font-weight:600}.b{fill:#2563a8}.r{fill:#9aa5b1}.g{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e6e8eb}.v{fill:#b3bac2}.b{fill:#6ea8e6}.r{fill:#5d6874}"
    ".g{fill:#14171a}}";

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f%%", share * 100);
  return text;
}

// The rows, from `top` on; widths are in per cent of the surrounding element.
std::string rows(const Chart& chart, int top) {
  using namespace chart_layout;
  std::string svg;
  for (const Bar& bar : chart.bars) {
    const std::string label = short_label(bar.label);
    svg += "<g>";
    if (label != bar.label) svg += "<title>" + html::escaped(bar.label) + "</title>";
    svg += "<text x=\"0\" y=\"" + std::to_string(top + kText) + "\">" + html::escaped(label) + "</text>";
    svg += "<text class=\"v\" x=\"100%\" y=\"" + std::to_string(top + kText) + "\">" + html::escaped(bar.shown) +
           "</text>";
    svg += std::string("<rect class=\"") + (bar.rest ? "r" : "b") + "\" x=\"0\" y=\"" + std::to_string(top + kBarTop) +
           "\" width=\"" + percent(bar_share(chart, bar)) + "\" height=\"" + std::to_string(kBarHeight) +
           "\" rx=\"2\"/></g>\n";
    top += kRow;
  }
  return svg;
}

}  // namespace

double bar_share(const Chart& chart, const Bar& bar) {
  double widest = 0;
  for (const Bar& each : chart.bars) widest = std::max(widest, each.value);
  return widest > 0 ? bar.value / widest : 0;
}

std::string short_label(std::string_view text) {
  const std::string label = clean_text(text);
  constexpr std::size_t kLongest = 26;
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  std::size_t characters = 0, cut = label.size();
  for (std::size_t at = 0; at < label.size(); ++at) {
    if (!begins(label[at])) continue;
    if (++characters == kLongest) cut = at;
    if (characters > kLongest) return label.substr(0, cut) + "…";
  }
  return label;
}

std::string inline_svg(const Chart& chart) {
  const int height = chart_layout::kRow * static_cast<int>(chart.bars.size());
  return "<svg class=\"chart\" role=\"img\" aria-label=\"" + html::escaped(chart.title) +
         "\" width=\"100%\" height=\"" + std::to_string(height) + "\">\n" + rows(chart, 0) + "</svg>\n";
}

std::string svg_file(const Chart& chart) {
  using namespace chart_layout;
  const int height = kTitle + kRow * static_cast<int>(chart.bars.size()) + 2 * kMargin;
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
         std::to_string(kWidth) + "\" height=\"" + std::to_string(height) + "\">\n<style>" + std::string(kStyle) +
         "</style>\n<rect class=\"g\" width=\"100%\" height=\"100%\"/>\n<svg x=\"" + std::to_string(kMargin) +
         "\" y=\"" + std::to_string(kMargin) + "\" width=\"" + std::to_string(kWidth - 2 * kMargin) + "\" height=\"" +
         std::to_string(height - 2 * kMargin) + "\">\n<text class=\"t\" x=\"0\" y=\"17\">" +
         html::escaped(chart.title) + "</text>\n" + rows(chart, kTitle) + "</svg>\n</svg>\n";
}

}  // namespace ip2asn::cli
