#include "module/handler.hh"

#include <cstring>

#include "module/dir_config.hh"
#include "module/endpoint/lists.hh"
#include "module/endpoint/openapi.hh"
#include "module/endpoint/respond.hh"
#include "module/endpoint/route.hh"
#include "module/endpoint/single.hh"

namespace ip2asn::httpd {
namespace {

constexpr apr_int64_t bit_of(int method) { return AP_METHOD_BIT << method; }

int answer(request_rec* r) {
  const Request request = understand(r);
  const api::Resource resource = request.route.resource;
  if (resource == api::Resource::none) {
    return send_error(request, HTTP_NOT_FOUND, "there is no such route; openapi.json has them all");
  }
  if (resource == api::Resource::bulk) {
    r->allowed = bit_of(M_POST) | bit_of(M_PUT);
    if (r->method_number != M_POST && r->method_number != M_PUT) return send_not_allowed(request, "POST, PUT");
    return answer_bulk(request, dir_config(r).batch_limit());
  }
  r->allowed = bit_of(M_GET);
  if (r->method_number != M_GET) return send_not_allowed(request, "GET, HEAD");
  switch (resource) {
    case api::Resource::address:
      return answer_address(request);
    case api::Resource::own_address:
      return answer_own_address(request);
    case api::Resource::as:
      return answer_as(request);
    case api::Resource::as_subnets:
      return answer_as_subnets(request);
    case api::Resource::as_list:
      return answer_as_list(request);
    case api::Resource::country:
    case api::Resource::country_subnets:
      return answer_country(request);
    case api::Resource::openapi:
      return answer_openapi(request);
    case api::Resource::page:
    case api::Resource::none:
    case api::Resource::bulk:
      break;
  }
  return answer_page(request);
}

}  // namespace

int handle_lookup(request_rec* r) noexcept {
  if (r->handler == nullptr || std::strcmp(r->handler, kHandlerName) != 0) return DECLINED;
  return guarded(r->server, HTTP_INTERNAL_SERVER_ERROR, [r] { return answer(r); });
}

}  // namespace ip2asn::httpd
