#include "module/handler.hh"

#include <atomic>
#include <cstdint>
#include <cstring>

#include "module/claim.hh"
#include "module/dir_config.hh"
#include "module/endpoint/lists.hh"
#include "module/endpoint/openapi.hh"
#include "module/endpoint/respond.hh"
#include "module/endpoint/route.hh"
#include "module/endpoint/single.hh"

namespace ip2asn::httpd {
namespace {

constexpr apr_int64_t bit_of(int method) { return AP_METHOD_BIT << method; }

std::atomic<std::uint64_t> answered{0};

apr_status_t tell_answered(void* server) {
  if (const std::uint64_t count = answered.exchange(0, std::memory_order_relaxed); count > 0) {
    ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, static_cast<const server_rec*>(server),
                 "ip2asn: the look-up endpoint has answered %" APR_UINT64_T_FMT " requests in this process", count);
  }
  return APR_SUCCESS;
}

int answer(request_rec* r) {
  answered.fetch_add(1, std::memory_order_relaxed);
  const Request request = understand(r);
  const api::Resource resource = request.route.resource;
  if (resource == api::Resource::none) {
    return send_error(request, HTTP_NOT_FOUND, api::ErrorCode::no_such_route,
                      "there is no such route; openapi.json has them all");
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

void count_lookups(apr_pool_t* pool, server_rec* server) noexcept {
  answered.store(0, std::memory_order_relaxed);
  apr_pool_cleanup_register(pool, server, tell_answered, apr_pool_cleanup_null);
}

}  // namespace ip2asn::httpd
