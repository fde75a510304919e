// HTML pages that need nothing from elsewhere: one style for light and dark, telephones and screens.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/chart.hh"

namespace ip2asn::cli {

/// Collects a page. Texts are escaped here.
class Page {
 public:
  explicit Page(std::string_view title);

  void heading(std::string_view text);
  void paragraph(std::string_view text);
  /// A paragraph that stands out.
  void warning(std::string_view text);
  /// A heading and the chart under it. Where a chart or a table has nothing in it, the page says so instead.
  void chart(const Chart& chart);
  /// Columns after the first hold numbers, or texts when `texts`. Wide tables scroll in themselves.
  void table(std::span<const std::string_view> columns, const std::vector<std::vector<std::string>>& rows,
             bool texts = false);
  /// A list that opens at a touch when it is long.
  void list(std::string_view title, std::string_view explanation, const std::vector<std::string>& entries);

  std::string finish() &&;

 private:
  void element(std::string_view name, std::string_view text);
  std::string html_;
};

}  // namespace ip2asn::cli
