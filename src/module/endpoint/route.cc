#include "module/endpoint/route.hh"

#include "module/claim.hh"

namespace ip2asn::httpd {

Request understand(request_rec* r) noexcept {
  Request request;
  request.r = r;
  const api::Location location = api::locate(r->uri, section_path(r));
  request.base = location.base;
  request.route = location.route;
  if (const char* accept = apr_table_get(r->headers_in, "Accept")) request.form = api::choose_form(accept);
  return request;
}

}  // namespace ip2asn::httpd
