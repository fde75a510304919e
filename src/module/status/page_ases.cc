// The table of ASes.

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/chart.hh"
#include "base/figures.hh"
#include "base/html.hh"
#include "module/status/page_parts.hh"

namespace ip2asn::httpd {
namespace {

struct Row {
  std::uint32_t asn;
  Counts counts;
  Record record;
};

struct Column {
  Order order;
  std::string_view name;  // in links
  std::string_view title;
  bool only_wide;  // not on a telephone
};
constexpr Column kColumns[] = {{Order::asn, "as", "AS", false},
                               {Order::requests, "requests", "req/s", false},
                               {Order::bytes, "bytes", "bytes/s", true},
                               {Order::errors, "errors", "errors %", true},
                               {Order::denied, "denied", "denied", false}};

std::uint64_t weight(const Counts& counts, Order order) noexcept {
  switch (order) {
    case Order::bytes:
      return counts[kBytes];
    case Order::errors:
      return counts[kErrors4xx] + counts[kErrors5xx];
    case Order::denied:
      return counts[kDenied];
    case Order::requests:
    case Order::asn:
      break;
  }
  return counts[kRequests];
}

std::vector<Row> busiest(const StatusFacts& facts) {
  constexpr std::size_t kMost = 20;
  std::vector<Row> rows;
  for (const auto& [asn, counts] : facts.present[SlotKind::as]) {
    Row row{asn, counts, record_of(facts.pin, asn)};
    if (!facts.question.hoster.empty() && row.record.hoster != facts.question.hoster) continue;
    rows.push_back(row);
  }
  const Order order = facts.question.order;
  const auto more = [order](const Row& a, const Row& b) { return weight(a.counts, order) > weight(b.counts, order); };
  const std::size_t shown = std::min(kMost, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(), more);
  rows.resize(shown);
  if (order == Order::asn)
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.asn < b.asn; });
  return rows;
}

// A small picture for each of the rows.
std::vector<std::string> pictures(const StatusFacts& facts, const std::vector<Row>& rows) {
  constexpr std::size_t kParts = 60;
  const Span span = facts.question.span;
  std::unordered_map<std::uint32_t, std::size_t> place;
  for (std::size_t i = 0; i < rows.size(); ++i) place.emplace(rows[i].asn, i);
  // By row and slot: slots are read once.
  std::vector<std::vector<double>> amounts(rows.size(), std::vector<double>(facts.slots.size()));
  for (std::size_t i = 0; i < facts.slots.size(); ++i) {
    for (const SlotEntry& entry : facts.slots[i][SlotKind::as].entries) {
      const auto found = place.find(entry.key);
      if (found != place.end()) amounts[found->second][i] = static_cast<double>(entry.amounts[kRequests]);
    }
  }
  const std::int64_t end = picture_end(facts.slots, span, facts.now);
  std::vector<std::string> made;
  for (const std::vector<double>& of_row : amounts) {
    made.push_back(sparkline(rates(facts.slots, span, end, kParts, [&](const Slot& slot) {
      return of_row[static_cast<std::size_t>(&slot - facts.slots.data())];
    })));
  }
  return made;
}

void put_name(std::string& page, const StatusFacts& facts, const Row& row) {
  const std::string number = std::to_string(row.asn);
  page += "<th scope=\"row\"><a href=\"" + link_to(facts.question, "as", number) + "\">AS" + number + "</a> ";
  page += row.asn == 0 ? "not announced" : html::escaped(row.record.description);
  if (!row.record.country.empty()) page += " <span class=\"soft\">" + html::escaped(row.record.country) + "</span>";
  if (!row.record.hoster.empty()) {
    page += " · <a href=\"" + link_to(facts.question, "hoster", row.record.hoster) + "\">" +
            html::escaped(row.record.hoster) + "</a>";
  }
  page += "</th>";
}

void put_heads(std::string& page, const StatusFacts& facts) {
  page += "<thead><tr>";
  for (const Column& column : kColumns) {
    page += "<th scope=\"col\"";
    if (column.only_wide) page += " class=\"h\"";
    if (column.order == facts.question.order) {
      page += column.order == Order::asn ? " aria-sort=\"ascending\"" : " aria-sort=\"descending\"";
    }
    std::string link = link_to(facts.question, "order", column.name);
    if (!facts.question.hoster.empty()) link += "&amp;" + link_to({}, "hoster", facts.question.hoster).substr(1);
    page += "><a href=\"" + link + "\">" + std::string(column.title) + "</a></th>";
    if (column.order != Order::requests) continue;
    page += facts.question.span == Span::hour ? "<th scope=\"col\" class=\"h\">last hour</th><th scope=\"col\">%</th>"
                                              : "<th scope=\"col\" class=\"h\">last day</th><th scope=\"col\">%</th>";
  }
  page += "</tr></thead>\n";
}

}  // namespace

void put_ases(std::string& page, const StatusFacts& facts) {
  const std::vector<Row> rows = busiest(facts);
  page += facts.question.span == Span::hour ? "<section>\n<h2>Networks, last minute</h2>\n"
                                            : "<section>\n<h2>Networks, last day</h2>\n";
  if (rows.empty()) {
    page += "<p>No requests.</p>\n</section>\n";
    return;
  }
  const std::vector<std::string> drawn = pictures(facts, rows);
  page += "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Networks\"><table>\n";
  put_heads(page, facts);
  page += "<tbody>\n";
  const double seconds = facts.present.seconds;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Counts& counts = rows[i].counts;
    const auto requests = static_cast<double>(counts[kRequests]);
    page += "<tr>";
    put_name(page, facts, rows[i]);
    page += "<td>" + short_number(requests / seconds) + "</td><td class=\"h\">" + drawn[i] + "</td><td>" +
            percentage(requests, static_cast<double>(facts.present.all[kRequests])) + "</td><td class=\"h\">" +
            byte_size(static_cast<double>(counts[kBytes]) / seconds) + "</td><td class=\"h\">" +
            percentage(static_cast<double>(counts[kErrors4xx] + counts[kErrors5xx]), requests) + "</td>" +
            (counts[kDenied] != 0 ? "<td class=\"w\">" + grouped(counts[kDenied]) : "<td>–") + "</td></tr>\n";
  }
  page += "</tbody>\n</table></div>\n</section>\n";
}

}  // namespace ip2asn::httpd
