// Pictures of series as SVG for a page: shapes only. Texts beside them are HTML, which does not shrink with a picture.
//
// Values stand for equal times, one after the other; NaN is a gap. Shapes fill the width and height that the page's
// style gives them. Heights are rounded to a thousandth.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ip2asn {

/// What a shape is drawn as: the name of a class in the page's style.
struct Area {
  std::string_view css_class;
  std::vector<double> values;
};

/// Areas on top of one another, the first at the bottom, up to `top`. All have as many values, and gaps in the same
/// places, which are of the class "gap": they must not look as 0. `label` says what is seen; anybody's text.
std::string stacked_areas(std::span<const Area> areas, double top, std::string_view label);

/// One small area without a label, up to its own greatest value.
std::string sparkline(const std::vector<double>& values);

/// The least of 1, 1.5, 2, 3, 4, 6, 8 times a power of ten that `value` does not exceed; 1 for none.
double rounded_top(double value);

}  // namespace ip2asn
