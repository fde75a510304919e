// Where the endpoint stands in a server's paths, and which route a request takes from there.
#pragma once

#include <string_view>

#include "answer/api.hh"
#include "module/httpd.hh"

namespace ip2asn::httpd {

/// What a request asks of the endpoint. The texts live as long as the request.
struct Request {
  request_rec* r = nullptr;
  std::string_view base;  ///< the endpoint's own path, decoded, without a slash at the end: "/ip2asn", or ""
  api::Route route;
  api::Form form = api::Form::json;
};

/// Reads the path and the Accept header. What follows the path of the <Location> that sets the handler is the route;
/// where that is a narrower one, or no <Location> with a path, the route begins at "/v1/as/".
Request understand(request_rec* r) noexcept;

}  // namespace ip2asn::httpd
