#include "module/endpoint/html.hh"

#include <ctime>

#include "module/endpoint/hexadecimal.hh"
#include "module/endpoint/style.hh"

namespace ip2asn::httpd {
namespace {

std::string utc_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  char text[32];
  if (gmtime_r(&time, &parts) == nullptr) return "unknown";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts)};
}

std::string age(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86400, " days"}, {3600, " hours"}, {60, " minutes"}};
  for (const Unit& unit : kUnits) {
    if (seconds >= 2 * unit.seconds) return std::to_string(seconds / unit.seconds) + unit.name;
  }
  return "a moment";
}

}  // namespace

std::string data_time(const Image& image) {
  return image.data_time() > 0 ? "of " + utc_time(image.data_time()) : "of unknown age";
}

std::string data_age(const Image& image) {
  const std::int64_t seconds = apr_time_sec(apr_time_now()) - image.data_time();
  return data_time(image) + (image.data_time() > 0 && seconds > 0 ? ", " + age(seconds) + " old" : "");
}

std::string source_names(const Image& image) {
  std::string names;
  std::string_view rest = image.sources();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view path = rest.substr(0, end);
    // Where the files lie is nobody's business.
    if (!names.empty()) names += ", ";
    names += path.substr(path.rfind('/') + 1);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return names;
}

const char* page_policy(apr_pool_t* pool) {
  const std::string policy = html::policy(kLook);
  return apr_pstrmemdup(pool, policy.data(), policy.size());
}

Page::Page(const Request& request) : base_(api::link_path(request.base)) {}

void Page::text(std::string_view text) { html::append_escaped(made_, text); }

void Page::begin(std::string_view title, std::string_view asked) {
  html::begin_page(made_, title, kLook);
  raw("<header><a href=\"");
  raw(base_);
  raw("/\">IP to ASN</a></header>\n<main>\n<h1>");
  text(title);
  raw("</h1>\n<form method=\"get\" role=\"search\" action=\"");
  raw(base_);
  raw("/\">\n<label for=\"q\">IP address or AS number</label>\n"
      "<input id=\"q\" name=\"q\" type=\"text\" maxlength=\"64\" autocomplete=\"off\" autocapitalize=\"none\" "
      "spellcheck=\"false\" required placeholder=\"8.8.8.8, 2001:db8::1 or AS15169\" value=\"");
  text(asked);
  raw("\">\n<button type=\"submit\">Look up</button>\n</form>\n");
}

void Page::end(const Image* image) {
  raw("</main>\n<footer>\n");
  if (image != nullptr) {
    raw("<p>Data ");
    text(data_time(*image));
    if (const std::string names = source_names(*image); !names.empty()) {
      raw(", from ");
      text(names);
    }
    raw(".</p>\n<p>Generation <code>");
    char generation[16];
    put_hexadecimal(image->content_id(), generation);
    raw({generation, sizeof generation});
    raw("</code>.</p>\n");
  }
  raw("<p>The country is the one an AS is registered in, not a location. ");
  raw("For programs: <a href=\"");
  raw(base_);
  raw("/openapi.json\">description of the API</a>.</p>\n</footer>\n");
  html::end_page(made_, kLook);
}

void Page::begin_row(api::Field field) {
  raw("<tr><th scope=\"row\">");
  raw(api::kFields[field].title);
  raw("</th><td>");
}

void Page::row(api::Field field, std::string_view value) {
  begin_row(field);
  text(value);
  raw("</td></tr>\n");
}

void Page::as_link(std::uint32_t asn) {
  const std::string number = std::to_string(asn);
  raw("<a href=\"");
  raw(base_);
  raw("/v1/as/n/" + number + "\">AS" + number + "</a>");
}

void Page::answer_table(const api::Answer& answer) {
  raw("<table>\n<tbody>\n");
  for (api::Field field = 0; field < api::kFieldCount; ++field) {
    if ((api::kPublicFields & api::bit(field)) != 0) answer_row(answer, field);
  }
  raw("</tbody>\n</table>\n");
}

void Page::answer_row(const api::Answer& answer, api::Field field) {
  std::string value;
  if (field == api::kAnnounced) {
    value = answer.announced ? "yes" : "no";
  } else if (field != api::kAsn) {
    api::append(value, answer, field);
  } else if (answer.announced) {
    begin_row(field);
    as_link(answer.record.asn);
    raw("</td></tr>\n");
  }
  if (!value.empty()) row(field, value);
}

void Page::as_table(const api::AsSummary& summary, bool with_link) {
  raw("<table>\n<tbody>\n");
  begin_row(api::kAsn);
  as_link(summary.asn);
  raw("</td></tr>\n");
  row(api::kCountry, summary.country);
  row(api::kName, summary.description);
  if (!summary.hoster.empty()) {
    row(api::kHoster, summary.hoster);
    row(api::kHosterClass, summary.hoster_class);
  }
  raw("</tbody>\n</table>\n");
  if (!with_link || !summary.known) return;
  raw("<p><a href=\"");
  raw(base_);
  raw("/v1/as/n/" + std::to_string(summary.asn) + "/subnets\">Its address space</a></p>\n");
}

void Page::alert(std::string_view reason) {
  raw("<p role=\"alert\" class=\"alert\">");
  text(reason);
  raw(".</p>\n");
}

std::string error_page(const Request& request, int status, std::string_view reason, const Image* image) {
  Page page(request);
  const std::string_view asked =
      request.route.resource == api::Resource::address || request.route.resource == api::Resource::as
          ? request.route.argument.substr(0, 64)
          : std::string_view();
  // "400 Bad Request": what stands behind the number
  const std::string_view line = ap_get_status_line(status);
  page.begin(line.substr(line.find(' ') + 1), asked);
  page.alert(reason);
  page.end(image);
  return std::string(page.made());
}

}  // namespace ip2asn::httpd
