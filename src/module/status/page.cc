#include "module/status/page.hh"

#include <cstring>
#include <ctime>

#include "base/figures.hh"
#include "base/html.hh"
#include "module/claim.hh"
#include "module/count.hh"
#include "module/endpoint/html.hh"
#include "module/query.hh"
#include "module/send.hh"
#include "module/status/page_look.hh"
#include "module/status/page_parts.hh"
#include "module/status/recent_data.hh"
#include "net/asn.hh"

namespace ip2asn::httpd {
namespace {

Order asked_order(request_rec* r) {
  constexpr std::pair<std::string_view, Order> kOrders[] = {
      {"bytes", Order::bytes}, {"errors", Order::errors}, {"denied", Order::denied}, {"as", Order::asn}};
  const char* const asked = query_value(r, "order");
  for (const auto& [name, order] : kOrders) {
    if (asked != nullptr && asked == name) return order;
  }
  return Order::requests;
}

std::string utc(std::int64_t micros, const char* format) {
  const std::time_t seconds = micros / 1'000'000;
  std::tm parts{};
  char text[32];
  if (gmtime_r(&seconds, &parts) == nullptr) return "unknown";
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

std::string server_name(const request_rec* r) {
  return r->server->server_hostname != nullptr ? r->server->server_hostname : "this server";
}

// Before the names of the other routes; nothing where the page's own path has no end that is known.
std::string base_of(const request_rec* r) {
  std::string_view path = section_path(r);
  if (path.ends_with('/')) path.remove_suffix(1);
  return path.empty() ? "" : std::string(path) + '/';
}

void put_links(std::string& page, request_rec* r, const StatusQuestion& question, std::string_view base) {
  std::string same;
  if (question.asn) same = "&amp;as=" + std::to_string(*question.asn);
  if (!question.hoster.empty()) same = "&amp;" + link_to({}, "hoster", question.hoster).substr(1);
  page += "<nav aria-label=\"Pages\">";
  for (const auto& [span, name] : {std::pair(Span::hour, "hour"), std::pair(Span::day, "day")}) {
    page += "<a href=\"?span=" + std::string(name) + same + "\"";
    if (span == question.span) page += " aria-current=\"page\"";
    page += ">last " + std::string(name) + "</a>";
  }
  if (!same.empty())
    page += "<a href=\"" + std::string(question.span == Span::day ? "?span=day" : "?") + "\">all networks</a>";
  page += "<a href=\"" + html::escaped(base) + "data.json\">JSON</a><a href=\"" + html::escaped(base) +
          "metrics\">metrics</a>";
  if (const std::string_view endpoint = path_of_handler(r, kHandlerName); !endpoint.empty()) {
    page += "<a href=\"" + html::escaped(api::link_path(endpoint)) + "/\">look an address up</a>";
  }
  page += "</nav>\n";
}

void put_one_line(std::string& page, const request_rec* r, Counters& counted, const IndexPin& pin, std::int64_t now) {
  const std::uint32_t restarts = counted.restarts().load(std::memory_order_relaxed);
  page += "<p class=\"soft\">" + html::escaped(server_name(r)) + " · " + utc(now, "%H:%M:%S UTC") +
          " · counting since " + utc(counted.since(), "%Y-%m-%d %H:%M");
  if (restarts != 0) page += " (" + grouped(restarts) + (restarts == 1 ? " restart)" : " restarts)");
  page += pin ? " · data " + html::escaped(data_age(*pin)) : " · no data";
  page += "</p>\n";
}

// Nothing to be seen has a reason.
void put_hint(std::string& page, const Recent& recent, const std::vector<Slot>& slots, std::int64_t now) {
  if (!slots.empty() && now - recent.last_tick() < 3 * Recent::kHourStep) return;
  page += now - recent.last_tick() < 3 * Recent::kHourStep
              ? "<p>Counting has just begun: the first ten seconds are not over yet.</p>\n"
              : "<p class=\"alert\">Nothing was noted for " +
                    grouped(static_cast<std::uint64_t>((now - recent.last_tick()) / 1'000'000)) +
                    " seconds: is mod_watchdog loaded, and does a child of httpd live? Counters go on meanwhile.</p>\n";
}

std::string title_of(const StatusFacts& facts) {
  if (facts.question.asn) {
    const Record record = record_of(facts.pin, *facts.question.asn);
    return "AS" + std::to_string(*facts.question.asn) + ' ' +
           std::string(*facts.question.asn == 0 ? "not announced" : record.description);
  }
  return facts.question.hoster.empty() ? "Who is asking" : facts.question.hoster;
}

void put_who(std::string& page, request_rec* r, const StatusFacts& facts) {
  const std::uint32_t asn = *facts.question.asn;
  const Record record = record_of(facts.pin, asn);
  page += "<p>";
  if (!record.country.empty()) page += "Registered in " + html::escaped(record.country) + ". ";
  if (!record.hoster.empty()) {
    page += "Hosting company: <a href=\"" + link_to(facts.question, "hoster", record.hoster) + "\">" +
            html::escaped(record.hoster) + "</a> <span class=\"soft\">" + html::escaped(record.hoster_class) +
            "</span>. ";
  }
  if (const std::string_view endpoint = path_of_handler(r, kHandlerName); !endpoint.empty() && asn != 0) {
    page += "<a href=\"" + html::escaped(api::link_path(endpoint)) + "/v1/as/n/" + std::to_string(asn) +
            "\">What is known of it</a>.";
  }
  page += "</p>\n";
}

std::string make_page(request_rec* r, Counters& counted, const Recent& recent, const StatusQuestion& question) {
  const std::int64_t now = apr_time_now();
  const IndexPin pin;
  const HosterClasses classes = hoster_classes(pin);
  const std::vector<Slot> slots = recent.read(question.span);
  const Window whole = gather(slots, 0);
  const Window day = question.span == Span::day ? whole : gather(recent.read(Span::day), 0);
  const Window present = question.span == Span::day ? whole : gather(slots, last_minute(slots));
  const StatusFacts facts{question, counted, pin, classes, slots, present, whole, day.seconds > 0 ? day : whole, now};
  const bool one = question.asn.has_value() || !question.hoster.empty();

  std::string page;
  const std::string title = title_of(facts);
  html::begin_page(page, one ? title + ", " + server_name(r) : title + ": " + server_name(r), kStatusLook);
  page += "<header>\n<h1>" + html::escaped(title) + "</h1>\n";
  put_links(page, r, question, base_of(r));
  page += "<p id=\"say\" role=\"status\" class=\"w\"></p>\n</header>\n<main>\n";
  put_one_line(page, r, counted, pin, now);
  put_hint(page, recent, slots, now);
  if (question.asn) put_who(page, r, facts);
  put_figures(page, facts);
  put_chart(page, facts);
  if (!question.asn) put_ases(page, facts);
  if (!one) {
    page += "<div class=\"two\">\n";
    put_kind(page, facts, SlotKind::hoster, "Hosters");
    put_kind(page, facts, SlotKind::country, "Countries");
    put_kind(page, facts, SlotKind::list, "Lists");
    put_limits(page, *limits());
    page += "</div>\n";
  } else {
    put_one(page, facts);
  }
  page +=
      "</main>\n<footer>\n<p>Networks only: no address of a client is kept. Countries are where networks are "
      "registered. Times are UTC.</p>\n</footer>\n";
  html::end_page(page, kStatusLook);
  return page;
}

}  // namespace

int answer_status_page(request_rec* r, Counters& counted, const Recent& recent) {
  StatusQuestion question;
  question.span = asked_span(r);
  question.order = asked_order(r);
  if (const char* const asked = query_value(r, "as")) {
    question.asn = parse_asn(asked);
    if (!question.asn) {
      ap_set_content_type(r, "text/plain; charset=utf-8");
      r->status = HTTP_BAD_REQUEST;
      return send_whole(r, "as wants an AS number, such as as=64496\n");
    }
  } else if (const char* const hoster = query_value(r, "hoster")) {
    question.hoster = hoster;
  }
  const std::string policy = html::policy(kStatusLook);
  apr_table_setn(r->headers_out, "Content-Security-Policy", apr_pstrmemdup(r->pool, policy.data(), policy.size()));
  ap_set_content_type(r, "text/html; charset=utf-8");
  return send_whole(r, make_page(r, counted, recent, question));
}

}  // namespace ip2asn::httpd
