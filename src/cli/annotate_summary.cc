#include "cli/annotate_summary.hh"

#include <algorithm>
#include <cstdio>
#include <map>
#include <span>

#include "base/json.hh"
#include "base/text.hh"
#include "cli/describe.hh"
#include "cli/report/page.hh"

namespace ip2asn::cli {
namespace {

constexpr std::string_view kOverflow =
    "The log tells of more bytes than can be counted: sums of bytes end at 18,446,744,073,709,551,615, and shares of "
    "bytes mean nothing.";

std::string share(std::uint64_t part, std::uint64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%",
                whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0);
  return text;
}

TrafficTable table(std::string title, std::map<std::string, TrafficRow>& groups, std::size_t top) {
  TrafficTable made{std::move(title), {}, 0, {}};
  for (auto& [key, row] : groups) made.rows.push_back(std::move(row));
  // The map's order decides between equals, so that the result is always the same.
  std::stable_sort(made.rows.begin(), made.rows.end(), [](const TrafficRow& a, const TrafficRow& b) {
    return a.traffic.lines != b.traffic.lines ? a.traffic.lines > b.traffic.lines : a.traffic.bytes > b.traffic.bytes;
  });
  for (std::size_t i = top; i < made.rows.size(); ++i) made.other_traffic += made.rows[i].traffic;
  made.others = made.rows.size() - std::min(top, made.rows.size());
  made.rows.resize(made.rows.size() - made.others);
  return made;
}

std::string text_of(const Summary& summary) {
  std::string text = counted(summary.all.lines, "line");
  text += summary.has_bytes ? ", " + counted(summary.all.bytes, "byte") + '\n' : "\n";
  const auto left_out = [&](const Traffic& traffic, std::string_view what) {
    if (traffic.lines > 0) text += "  " + counted(traffic.lines, "line") + ' ' + std::string(what) + '\n';
  };
  left_out(summary.without_address, "without an address");
  left_out(summary.not_announced, "from addresses that nobody announces");
  if (summary.bytes_overflowed()) text += "  " + std::string(kOverflow) + '\n';
  const auto row = [&](std::string_view name, const Traffic& traffic) {
    constexpr std::size_t kLongestName = 150;
    const std::string shown = repair_text(name, kLongestName).text;
    char cells[64];
    std::snprintf(cells, sizeof cells, "  %14s %8s", grouped(traffic.lines).c_str(),
                  share(traffic.lines, summary.all.lines).c_str());
    text += cells;
    if (summary.has_bytes) {
      std::snprintf(cells, sizeof cells, " %18s %8s", grouped(traffic.bytes).c_str(),
                    share(traffic.bytes, summary.all.bytes).c_str());
      text += cells;
    }
    text += "  " + shown + '\n';
  };
  for (const TrafficTable& each : summary.tables) {
    text += '\n' + each.title + "\n           lines" + (summary.has_bytes ? "                       bytes\n" : "\n");
    for (const TrafficRow& line : each.rows)
      row(line.name + (line.description.empty() ? "" : ' ' + line.description), line.traffic);
    if (each.others > 0) row("Others (" + grouped(each.others) + ')', each.other_traffic);
  }
  return text;
}

void traffic(JsonText& json, const Traffic& counts, bool has_bytes) {
  json.key("lines");
  json.number(counts.lines);
  if (!has_bytes) return;
  json.key("bytes");
  json.number(counts.bytes);
}

void traffic(JsonText& json, std::string_view key, const Traffic& counts, bool has_bytes) {
  json.key(key);
  json.begin_object();
  traffic(json, counts, has_bytes);
  json.end_object();
}

std::string json_of(const Summary& summary) {
  constexpr std::string_view kKeys[] = {"asns", "hosters", "countries"};
  JsonText json;
  json.begin_object();
  traffic(json, "all", summary.all, summary.has_bytes);
  traffic(json, "without_address", summary.without_address, summary.has_bytes);
  traffic(json, "not_announced", summary.not_announced, summary.has_bytes);
  for (std::size_t i = 0; i < summary.tables.size(); ++i) {
    const TrafficTable& each = summary.tables[i];
    json.key(kKeys[i]);
    json.begin_object();
    json.key("top");
    json.begin_array();
    for (const TrafficRow& row : each.rows) {
      json.begin_object();
      json.key("name");
      json.string(row.name);
      if (!row.description.empty()) {
        json.key("description");
        json.string(row.description);
      }
      traffic(json, row.traffic, summary.has_bytes);
      json.end_object();
    }
    json.end_array();
    json.key("others");
    json.number(std::uint64_t{each.others});
    traffic(json, "other_traffic", each.other_traffic, summary.has_bytes);
    json.end_object();
  }
  json.end_object();
  return std::string(json.text()) + '\n';
}

std::string html_of(const Summary& summary, const Image& image) {
  Page page("Networks in the log");
  page.paragraph(counted(summary.all.lines, "line") +
                 (summary.has_bytes ? " with " + counted(summary.all.bytes, "byte") + " of responses; " : "; ") +
                 grouped(summary.without_address.lines) + " without an address, " +
                 grouped(summary.not_announced.lines) + " from addresses that nobody announces. Data of " +
                 utc_time(image.data_time()) + '.');
  if (summary.bytes_overflowed()) page.warning(kOverflow);
  constexpr std::string_view kColumns[] = {"Name", "Lines", "L%", "Bytes", "B%"};
  const std::size_t columns = summary.has_bytes ? 5 : 3;
  for (const TrafficTable& each : summary.tables) {
    Chart chart{each.title + " by lines", {}};
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const std::string& name, const std::string& full, const Traffic& counts, bool rest) {
      const std::string part = share(counts.lines, summary.all.lines);
      chart.bars.push_back({name, static_cast<double>(counts.lines), grouped(counts.lines) + " (" + part + ')', rest});
      rows.push_back(
          {full, grouped(counts.lines), part, grouped(counts.bytes), share(counts.bytes, summary.all.bytes)});
      rows.back().resize(columns);
    };
    for (const TrafficRow& row : each.rows) {
      const std::string full = row.description.empty() ? row.name : row.name + ' ' + row.description;
      add(full, full, row.traffic, false);
    }
    if (each.others > 0) {
      const std::string name = "Others (" + grouped(each.others) + ')';
      add(name, name, each.other_traffic, true);
    }
    page.chart(chart);
    if (!rows.empty()) page.table(std::span(kColumns).first(columns), rows);
  }
  return std::move(page).finish();
}

}  // namespace

void Tally::add(const Tally& other) noexcept {
  without_address_ += other.without_address_;
  has_bytes_ = has_bytes_ || other.has_bytes_;
  for (std::size_t i = 0; i < by_record_.size(); ++i) by_record_[i] += other.by_record_[i];
}

Summary summarize(const Image& image, const Tally& tally, std::size_t top) {
  Summary summary;
  summary.has_bytes = tally.has_bytes();
  summary.without_address = tally.without_address();
  summary.not_announced = tally.by_record()[0];
  summary.all = summary.without_address;
  std::map<std::uint32_t, TrafficRow> ases;
  std::map<std::string, TrafficRow> asns, hosters, countries;
  for (RecordId id = 0; id < image.record_count(); ++id) {
    const Traffic& counts = tally.by_record()[id];
    if (counts.lines == 0) continue;
    summary.all += counts;
    if (id == 0) continue;
    const Record record = image.record(id);
    TrafficRow& as = ases[record.asn];
    if (as.description.empty()) as.description = record.description;
    as.traffic += counts;
    const auto add = [&](std::map<std::string, TrafficRow>& to, std::string_view name) {
      TrafficRow& row = to[std::string(name)];
      row.name = name;
      row.traffic += counts;
    };
    if (!record.hoster.empty()) add(hosters, record.hoster);
    add(countries, record.country.empty() ? "None" : record.country);
  }
  for (auto& [asn, row] : ases) {
    char key[16];
    std::snprintf(key, sizeof key, "%010u", asn);
    row.name = "AS" + std::to_string(asn);
    asns[key] = std::move(row);
  }
  summary.tables.push_back(table("Networks (AS)", asns, top));
  summary.tables.push_back(table("Hosters", hosters, top));
  summary.tables.push_back(table("Registry countries", countries, top));
  return summary;
}

std::string write_summary(const Summary& summary, SummaryForm form, const Image& image) {
  switch (form) {
    case SummaryForm::json:
      return json_of(summary);
    case SummaryForm::html:
      return html_of(summary, image);
    case SummaryForm::text:
      break;
  }
  return text_of(summary);
}

}  // namespace ip2asn::cli
