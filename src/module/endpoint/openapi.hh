// The description of the API for programs.
#pragma once

#include "module/endpoint/route.hh"

namespace ip2asn::httpd {

/// /openapi.json: OpenAPI 3.1, always JSON, its server the endpoint's own path.
int answer_openapi(const Request& request);

}  // namespace ip2asn::httpd
