// Bar charts: one model, drawn as SVG inside a page, as an SVG file, and as PNG.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace ip2asn::cli {

struct Bar {
  std::string label;
  double value = 0;   ///< at least 0
  std::string shown;  ///< the value as text: "1,234 (12.3 %)"
  bool rest = false;  ///< stands for several that are gathered, and is drawn paler
};

struct Chart {
  std::string title;
  std::vector<Bar> bars;
};

/// An <svg> element for the inside of a page: as wide as its place, its text as large as the page's. Colours come from
/// the page's style (see page.hh).
std::string inline_svg(const Chart& chart);

/// The whole of an SVG file, readable on light and on dark ground.
std::string svg_file(const Chart& chart);

/// The bytes of a PNG file, on white, drawn by cairo. Errc::memory or Errc::limit when cairo cannot.
Result<std::string> png_file(const Chart& chart);

/// Layout that all drawings share, in CSS pixels: a row holds label and value, and the bar under them.
namespace chart_layout {
inline constexpr int kWidth = 720, kTitle = 34, kRow = 38, kText = 15, kBarTop = 21, kBarHeight = 9, kMargin = 16;
}
/// Share of the widest bar, from 0 to 1.
double bar_share(const Chart& chart, const Bar& bar);
/// A label as it fits beside the value: clean_text() of it, cut at a character, with an ellipsis.
std::string short_label(std::string_view text);

}  // namespace ip2asn::cli
