// Pictures and figures for people.
#include <cmath>
#include <string>
#include <vector>

#include "base/chart.hh"
#include "base/figures.hh"
#include "base/html.hh"
#include "cunit_main.hh"
#include "support.hh"

using ip2asn::Area;
using ip2asn::test::same;

namespace {

constexpr double kGap = NAN;

void areas_lie_on_top_of_one_another() {
  const std::vector<Area> areas = {{"A", {1, 1, 2}}, {"B", {1, 0, 2}}};
  CU_ASSERT(
      same(ip2asn::stacked_areas(areas, 4, "a \"label\" & more"),
           "<svg viewBox=\"0 0 30 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"a &quot;label&quot; "
           "&amp; more\"><path class=\"B\" d=\"M0 1000v-500h10v250h10v-750h10V1000z\"/><path class=\"A\" "
           "d=\"M0 1000v-250h20v-250h10V1000z\"/></svg>",
           "two areas"));
}

void a_gap_is_not_nothing() {
  CU_ASSERT(same(ip2asn::stacked_areas(std::vector<Area>{{"A", {kGap, 0, 4, kGap, kGap}}}, 4, ""),
                 "<svg viewBox=\"0 0 50 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\"><path "
                 "class=\"gap\" d=\"M0 0h10v1000h-10zM30 0h20v1000h-20z\"/><path class=\"A\" "
                 "d=\"M10 1000h10v-1000h10V1000z\"/></svg>",
                 "gaps"));
}

void figures_have_the_digits_that_are_of_use() {
  std::string all;
  for (const double value : {0.0, 0.004, 0.042, 0.949, 0.95, 4.24, 85.14, 99.94, 99.96, 1204.4, -1.0, kGap}) {
    all += ip2asn::short_number(value) + ' ';
  }
  CU_ASSERT(same(all, "0 0.00 0.04 0.95 0.9 4.2 85.1 99.9 100 1,204 0 0 ", "numbers"));
  all.clear();
  for (const double value : {0.0, 999.0, 1000.0, 8.24e6, 2.91e10, 1e18}) all += ip2asn::byte_size(value) + ", ";
  CU_ASSERT(same(all, "0 B, 999 B, 1.0 kB, 8.2 MB, 29.1 GB, 1,000 PB, ", "sizes"));
  CU_ASSERT(same(ip2asn::percentage(1, 3) + ' ' + ip2asn::percentage(1, 0) + ' ' + ip2asn::percentage(1, 40) + ' ' +
                     ip2asn::percentage(1, 4000),
                 "33 0 2.5 0.03", "shares"));
  std::string tops;
  for (const double value : {0.0, 0.7, 1.0, 1.1, 2.5, 5.0, 81.0}) {
    tops += std::to_string(std::lround(ip2asn::rounded_top(value) * 10)) + ' ';
  }
  CU_ASSERT(same(tops, "10 8 10 15 30 60 1000 ", "tops of a scale"));
}

void anybodys_text_is_text() {
  CU_ASSERT(same(ip2asn::html::escaped("<b a='x' c=\"y\">&\x01\xE2\x80\xAE</b>"),
                 "&lt;b a='x' c=&quot;y&quot;&gt;&amp;\xEF\xBF\xBD\xEF\xBF\xBD&lt;/b&gt;", "escaped"));
  std::string page;
  ip2asn::html::begin_page(page, "</title><script>", {});
  CU_ASSERT(page.find("<script>") == std::string::npos);
}

void the_policy_names_the_style_and_the_script() {
  const std::string with = ip2asn::html::policy({"p{}", "go()", 0}), without = ip2asn::html::policy({"p{}", {}, 0});
  CU_ASSERT(with.starts_with("default-src 'none'; ") && with.find("script-src 'sha256-") != std::string::npos);
  CU_ASSERT(with.find("connect-src 'self'") != std::string::npos && without.find("script") == std::string::npos);
  CU_ASSERT(ip2asn::html::policy({"q{}", {}, 0}) != without);
}

}  // namespace

int main() {
  return ip2asn::test::run("page",
                           {{"areas lie on top of one another", areas_lie_on_top_of_one_another},
                            {"a gap is not nothing", a_gap_is_not_nothing},
                            {"figures have the digits that are of use", figures_have_the_digits_that_are_of_use},
                            {"anybody's text is text", anybodys_text_is_text},
                            {"the policy names the style and the script", the_policy_names_the_style_and_the_script}});
}
