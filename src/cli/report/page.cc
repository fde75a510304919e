#include "cli/report/page.hh"

#include "base/html.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--soft:#4b5563;--line:#d5dae0;--bar:#2563a8;"
    "--rest:#9aa5b1;--warn:#fff3cd;--warn-ink:#5c4400}\n"
    "@media(prefers-color-scheme:dark){:root{--ground:#14171a;--ink:#e6e8eb;--soft:#b3bac2;--line:#363d45;"
    "--bar:#6ea8e6;--rest:#5d6874;--warn:#4a3a08;--warn-ink:#ffe9a8}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:52rem;background:var(--ground);color:var(--ink);"
    "font:16px/1.5 system-ui,'DejaVu Sans',sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.2rem;margin-top:2.2rem}\n"
    ".warning{background:var(--warn);color:var(--warn-ink);padding:.6rem .8rem;border-radius:.3rem}\n"
    ".chart{display:block;overflow:visible}.chart text{font-size:14px;fill:var(--ink)}\n"
    ".chart .v{text-anchor:end;fill:var(--soft)}.chart .b{fill:var(--bar)}.chart .r{fill:var(--rest)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.3rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\n"
    "th{color:var(--soft);font-weight:600;overflow-wrap:normal}.n td+td,.n th+th{text-align:right;white-space:nowrap}\n"
    "details{margin:.6rem 0}summary{cursor:pointer}\n"
    // On a telephone the name has a line of its own, above the rest of its row.
    "@media(max-width:30rem){table,tbody{display:block;font-size:.9rem}tr{display:grid;border-bottom:1px solid "
    "var(--line);grid-template-columns:5.7rem 1fr 2fr}.n tr{grid-template-columns:3fr 2fr 5fr 2fr}"
    "th,td{border:0;padding:.15rem .2rem}th:first-child,td:first-child{grid-column:1/-1}}\n"
    "ul{padding-left:1.2rem;color:var(--soft)}footer{margin-top:3rem;color:var(--soft);font-size:.9rem}\n";

constexpr std::string_view kNone = "There is none.";

}  // namespace

Page::Page(std::string_view title) {
  html_ =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<title>" +
      html::escaped(title) + "</title>\n<style>\n" + std::string(kStyle) + "</style>\n</head>\n<body>\n<h1>" +
      html::escaped(title) + "</h1>\n";
}

void Page::element(std::string_view name, std::string_view text) {
  const std::string tag(name);
  html_ += '<' + tag + '>' + html::escaped(text) + "</" + tag + ">\n";
}

void Page::heading(std::string_view text) { element("h2", text); }
void Page::paragraph(std::string_view text) { element("p", text); }
void Page::warning(std::string_view text) { html_ += "<p class=\"warning\">" + html::escaped(text) + "</p>\n"; }

void Page::chart(const Chart& chart) {
  heading(chart.title);
  if (chart.bars.empty()) {
    paragraph(kNone);
  } else {
    html_ += inline_svg(chart);
  }
}

void Page::table(std::span<const std::string_view> columns, const std::vector<std::vector<std::string>>& rows,
                 bool texts) {
  if (rows.empty()) {
    paragraph(kNone);
    return;
  }
  html_ += texts ? "<div class=\"wide\"><table>\n<tr>" : "<div class=\"wide\"><table class=\"n\">\n<tr>";
  for (const std::string_view column : columns) html_ += "<th>" + html::escaped(column) + "</th>";
  html_ += "</tr>\n";
  for (const std::vector<std::string>& row : rows) {
    html_ += "<tr>";
    for (const std::string& cell : row) html_ += "<td>" + html::escaped(cell) + "</td>";
    html_ += "</tr>\n";
  }
  html_ += "</table></div>\n";
}

void Page::list(std::string_view title, std::string_view explanation, const std::vector<std::string>& entries) {
  constexpr std::size_t kShort = 10;
  html_ += entries.size() <= kShort ? "<details open><summary>" : "<details><summary>";
  html_ += html::escaped(title) + "</summary>\n<p>" + html::escaped(explanation) + "</p>\n<ul>\n";
  for (const std::string& entry : entries) element("li", entry);
  html_ += "</ul></details>\n";
}

std::string Page::finish() && {
  html_ += "</body>\n</html>\n";
  return std::move(html_);
}

}  // namespace ip2asn::cli
