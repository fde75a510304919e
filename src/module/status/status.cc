#include "module/status/status.hh"

#include <cstring>
#include <string_view>

#include "module/claim.hh"
#include "module/count.hh"
#include "module/send.hh"
#include "module/status/data.hh"
#include "module/status/metrics.hh"
#include "module/status/page.hh"
#include "module/status/recent_data.hh"

namespace ip2asn::httpd {
namespace {

int send_text(request_rec* r, int status, std::string_view text) {
  ap_set_content_type(r, "text/plain; charset=utf-8");
  r->status = status;
  return send_whole(r, text);
}

// What follows the path of the section; without one, what follows the last slash.
std::string_view route_of(const request_rec* r) {
  const std::string_view uri = r->uri, section = section_path(r);
  std::string_view rest;
  if (!section.empty() && uri.starts_with(section)) {
    rest = uri.substr(section.size());
  } else {
    rest = uri.substr(std::min(uri.size(), uri.rfind('/') + 1));
  }
  return rest.starts_with('/') ? rest.substr(1) : rest;
}

int answer(request_rec* r) {
  apr_table_setn(r->headers_out, "Cache-Control", "no-store");
  apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
  r->allowed = AP_METHOD_BIT << M_GET;
  if (r->method_number != M_GET) {
    apr_table_setn(r->headers_out, "Allow", "GET, HEAD");
    return send_text(r, HTTP_METHOD_NOT_ALLOWED, "this route takes GET, HEAD\n");
  }
  const std::string_view route = route_of(r);
  Counters* const counted = counters();
  const bool page = route.empty();
  if (!page && route != "data.json" && route != "recent.json" && route != "metrics") {
    return send_text(r, HTTP_NOT_FOUND, "there is no such route\n");
  }
  if (counted == nullptr) {
    return send_text(r, HTTP_SERVICE_UNAVAILABLE, "nothing is counted yet; set IP2ASNCount On\n");
  }
  if (page) return answer_status_page(r, *counted, *recent());
  if (route == "recent.json") return answer_recent(r, *counted, *recent());
  return route == "metrics" ? answer_metrics(r, *counted) : answer_data(r, *counted);
}

}  // namespace

int handle_status(request_rec* r) noexcept {
  if (r->handler == nullptr || std::strcmp(r->handler, kStatusHandlerName) != 0) return DECLINED;
  return guarded(r->server, HTTP_INTERNAL_SERVER_ERROR, [r] { return answer(r); });
}

}  // namespace ip2asn::httpd
