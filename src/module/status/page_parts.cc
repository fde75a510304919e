#include "module/status/page_parts.hh"

#include <algorithm>
#include <cmath>

#include "base/chart.hh"
#include "base/figures.hh"
#include "base/html.hh"
#include "compile/hoster_map.hh"
#include "serve/count_snapshot.hh"
#include "serve/slot_changes.hh"

namespace ip2asn::httpd {
namespace {

double amount(std::uint64_t count) noexcept { return static_cast<double>(count); }

double per_second(std::uint64_t count, const Window& window) noexcept {
  return window.seconds > 0 ? amount(count) / window.seconds : 0;
}

std::uint64_t errors(const Counts& counts) noexcept { return counts[kErrors4xx] + counts[kErrors5xx]; }

std::string or_dash(std::uint64_t count) { return count == 0 ? "–" : grouped(count); }

// What a window has of what is asked for: one AS, one hosting company, or everybody.
Counts of_question(const StatusFacts& facts, const Window& window) {
  if (facts.question.asn) {
    const auto& ases = window[SlotKind::as];
    const auto found = ases.find(*facts.question.asn);
    return found != ases.end() ? found->second : Counts{};
  }
  if (facts.question.hoster.empty()) return window.all;
  Counts total{};
  for (const auto& [key, counts] : window[SlotKind::hoster]) {
    if (key_text(facts.counters, SlotKind::hoster, key) == facts.question.hoster) add(total, counts);
  }
  return total;
}

Counts of_question(const StatusFacts& facts, const Slot& slot) {
  if (facts.question.asn) return amounts_of(slot, SlotKind::as, *facts.question.asn);
  if (facts.question.hoster.empty()) return slot.all;
  Counts total{};
  for (const SlotEntry& entry : slot[SlotKind::hoster].entries) {
    if (key_text(facts.counters, SlotKind::hoster, entry.key) == facts.question.hoster) add(total, entry.amounts);
  }
  return total;
}

// Requests of hosting companies, whose cloud computing is shown for itself.
struct Hosting {
  double hosting = 0, cloud = 0;
};
template <class Entries, class Key, class Amounts>
Hosting hosting_of(const StatusFacts& facts, const Entries& entries, Key key, Amounts amounts) {
  Hosting sum;
  for (const auto& entry : entries) {
    const std::string name = key_text(facts.counters, SlotKind::hoster, key(entry));
    const std::string_view category = class_of(facts.classes, name);
    if (!is_hosting_class(category)) continue;
    (category == "cloud" ? sum.cloud : sum.hosting) += amount(amounts(entry)[kRequests]);
  }
  return sum;
}

Hosting hosting_of(const StatusFacts& facts, const Window& window) {
  return hosting_of(
      facts, window[SlotKind::hoster], [](const auto& entry) { return entry.first; },
      [](const auto& entry) -> const Counts& { return entry.second; });
}

Hosting hosting_of(const StatusFacts& facts, const Slot& slot) {
  return hosting_of(
      facts, slot[SlotKind::hoster].entries, [](const SlotEntry& entry) { return entry.key; },
      [](const SlotEntry& entry) -> const Counts& { return entry.amounts; });
}

std::string hosting_share(const StatusFacts& facts, const Window& window) {
  const Hosting of = hosting_of(facts, window);
  return percentage(of.hosting + of.cloud, amount(window.all[kRequests]));
}

void put_figure(std::string& page, std::string_view name, const std::string& value, const std::string& more,
                bool wrong = false) {
  page += "<div>";
  page += name;
  page += wrong ? "<b class=\"w\">" : "<b>";
  page += value + "</b><span>" + more + "</span></div>\n";
}

std::string clock_time(std::int64_t micros) {
  const std::int64_t minute = micros / 60'000'000;
  char text[8];
  std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(minute / 60 % 24), static_cast<int>(minute % 60));
  return text;
}

std::string_view name_of(Span span) { return span == Span::hour ? "hour" : "day"; }

}  // namespace

Record record_of(const IndexPin& pin, std::uint32_t asn) {
  if (!pin) return {};
  const auto records = pin->records_of(asn);
  return records.empty() ? Record() : pin->record(records.front());
}

std::string link_to(const StatusQuestion& question, std::string_view name, std::string_view value) {
  std::string link = "?";
  if (question.span == Span::day && name != "span") link += "span=day&amp;";
  link += name;
  link += '=';
  for (const char c : value) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (plain) {
      link += c;
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      link += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
    }
  }
  return link;
}

void put_figures(std::string& page, const StatusFacts& facts) {
  const Counts present = of_question(facts, facts.present), whole = of_question(facts, facts.whole);
  const std::string span(name_of(facts.question.span));
  page += "<div class=\"sum\">\n";
  put_figure(page, "requests a second", short_number(per_second(present[kRequests], facts.present)),
             span + ": " + grouped(whole[kRequests]));
  put_figure(page, "out", byte_size(per_second(present[kBytes], facts.present)) + "/s",
             span + ": " + byte_size(amount(whole[kBytes])));
  if (!facts.question.asn && facts.question.hoster.empty()) {
    put_figure(page, "from hosting companies", hosting_share(facts, facts.present) + " %",
               "day: " + hosting_share(facts, facts.day) + " %");
  } else {
    put_figure(page, "of all requests",
               percentage(amount(present[kRequests]), amount(facts.present.all[kRequests])) + " %",
               span + ": " + percentage(amount(whole[kRequests]), amount(facts.whole.all[kRequests])) + " %");
  }
  const double requests = amount(present[kRequests]);
  put_figure(page, "errors", percentage(amount(errors(present)), requests) + " %",
             "4xx " + percentage(amount(present[kErrors4xx]), requests) + ", 5xx " +
                 percentage(amount(present[kErrors5xx]), requests));
  put_figure(page, "denied, last " + span, or_dash(whole[kDenied]), "would be denied: " + or_dash(whole[kReported]),
             whole[kDenied] != 0);
  if (!facts.question.asn && facts.question.hoster.empty()) {
    const bool more = facts.present.other[static_cast<std::size_t>(SlotKind::as)][kRequests] != 0;
    put_figure(page, "networks", (more ? "over " : "") + grouped(facts.present[SlotKind::as].size()),
               "of " + grouped(facts.counters.seen_ases()) + " seen");
  } else {
    put_figure(page, "mean time",
               present[kRequests] == 0 ? "–" : short_number(amount(present[kMicros]) / requests / 1000) + " ms",
               "from request to end of answer");
  }
  page += "</div>\n";
}

void put_chart(std::string& page, const StatusFacts& facts) {
  const Span span = facts.question.span;
  const std::int64_t end = picture_end(facts.slots, span, facts.now);
  const std::size_t parts = span == Span::hour ? 360 : 288;
  const bool one = facts.question.asn.has_value() || !facts.question.hoster.empty();
  std::vector<Area> areas;
  const auto requests = [&](const Slot& slot) { return amount(of_question(facts, slot)[kRequests]); };
  if (one) {
    areas.push_back({"A", rates(facts.slots, span, end, parts, requests)});
  } else {
    areas.push_back({"A", rates(facts.slots, span, end, parts, [&](const Slot& slot) {
                       const Hosting of = hosting_of(facts, slot);
                       return std::max(0.0, amount(slot.all[kRequests]) - of.hosting - of.cloud);
                     })});
    areas.push_back(
        {"B", rates(facts.slots, span, end, parts, [&](const Slot& slot) { return hosting_of(facts, slot).hosting; })});
    areas.push_back(
        {"C", rates(facts.slots, span, end, parts, [&](const Slot& slot) { return hosting_of(facts, slot).cloud; })});
  }
  double greatest = 0;
  for (std::size_t i = 0; i < parts; ++i) {
    double sum = 0;
    for (const Area& area : areas) sum += area.values[i];
    if (!std::isnan(sum)) greatest = std::max(greatest, sum);
  }
  const double top = rounded_top(greatest);
  const std::string title = "Requests a second, last " + std::string(name_of(span));
  page += "<section>\n<h2>" + title + "</h2>\n";
  const bool has_gap =
      std::any_of(areas[0].values.begin(), areas[0].values.end(), [](double v) { return std::isnan(v); });
  if (!one || has_gap) {
    page += "<p class=\"key\">";
    constexpr std::pair<std::string_view, std::string_view> kKey[] = {
        {"A", "others"}, {"B", "hosting"}, {"C", "cloud"}, {"gap", "not known"}};
    for (const auto& [css_class, name] : kKey) {
      if (css_class == "gap" ? !has_gap : one) continue;
      page += "<span><svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><path class=\"";
      page += css_class;
      page += "\" d=\"M0 0h1v1h-1z\"/></svg>";
      page += name;
      page += "</span>";
    }
    page += "</p>\n";
  }
  page += "<div class=\"plot\"><div class=\"ys\"><span>" + short_number(top) + "</span><span>" + short_number(top / 2) +
          "</span><span>0</span></div>\n" + stacked_areas(areas, top, title + "; at most " + short_number(greatest)) +
          "\n<div class=\"xs\">";
  constexpr int kMarks = 6;
  for (int i = 0; i <= kMarks; ++i) {
    page += "<span>" + clock_time(end - length_of(span) + length_of(span) / kMarks * i) + "</span>";
  }
  page += "</div></div>\n</section>\n";
}

void put_kind(std::string& page, const StatusFacts& facts, SlotKind kind, std::string_view title) {
  constexpr std::size_t kMost = 15;
  const Window& window = facts.present;
  std::vector<std::pair<std::uint32_t, Counts>> rows(window[kind].begin(), window[kind].end());
  if (rows.empty()) return;
  std::sort(rows.begin(), rows.end(),
            [](const auto& a, const auto& b) { return a.second[kRequests] > b.second[kRequests]; });
  page += "<section>\n<h2>" + std::string(title) +
          "</h2>\n<table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">req/s</th>"
          "<th scope=\"col\">%</th><th scope=\"col\">denied</th></tr></thead>\n<tbody>\n";
  Counts rest = window.other[static_cast<std::size_t>(kind)];
  for (std::size_t i = kMost; i < rows.size(); ++i) add(rest, rows[i].second);
  if (rows.size() > kMost) rows.resize(kMost);
  const auto put_row = [&](const std::string& name, const Counts& counts) {
    page += "<tr><th scope=\"row\">" + name + "</th><td>" + short_number(per_second(counts[kRequests], window)) +
            "</td><td>" + percentage(amount(counts[kRequests]), amount(window.all[kRequests])) + "</td><td" +
            (counts[kDenied] != 0 ? " class=\"w\">" : ">") + or_dash(counts[kDenied]) + "</td></tr>\n";
  };
  for (const auto& [key, counts] : rows) {
    const std::string name = key_text(facts.counters, kind, key);
    std::string shown = html::escaped(name);
    if (kind == SlotKind::hoster) {
      shown = "<a href=\"" + link_to(facts.question, "hoster", name) + "\">" + shown + "</a>";
      if (const std::string_view category = class_of(facts.classes, name); !category.empty()) {
        shown += " <span class=\"soft\">" + html::escaped(category) + "</span>";
      }
    }
    put_row(shown, counts);
  }
  if (rest[kRequests] != 0) put_row("<span class=\"soft\">all others</span>", rest);
  page += "</tbody>\n</table>\n</section>\n";
}

void put_limits(std::string& page, const RequestLimits& limits) {
  std::string rows;
  limits.each([&](std::string_view name, const Counts& counts, std::uint64_t) {
    rows += "<tr><th scope=\"row\">" + html::escaped(name) + "</th><td>" + or_dash(counts[kRequests]) + "</td><td" +
            (counts[kDenied] != 0 ? " class=\"w\">" : ">") + or_dash(counts[kDenied]) + "</td><td>" +
            or_dash(counts[kReported]) + "</td></tr>\n";
  });
  if (rows.empty()) return;
  page +=
      "<section>\n<h2>Limits, since counting began</h2>\n<table>\n<thead><tr><th scope=\"col\">Name</th>"
      "<th scope=\"col\">over</th><th scope=\"col\">denied</th><th "
      "scope=\"col\">reported</th></tr></thead>\n<tbody>\n" +
      rows + "</tbody>\n</table>\n</section>\n";
}

void put_one(std::string& page, const StatusFacts& facts) {
  page +=
      "<section>\n<h2>To keep it out</h2>\n<p>Within <code>&lt;RequireAll&gt;</code>, beside a line that lets others "
      "in:</p>\n<p><code>";
  if (facts.question.asn) {
    page += "Require not asn " + std::to_string(*facts.question.asn);
  } else {
    page += "Require not hoster " + html::escaped(facts.question.hoster);
  }
  page += "</code></p>\n</section>\n";
}

}  // namespace ip2asn::httpd
