// The routes whose answer is short: one address, one AS, the page at the endpoint's root.
#pragma once

#include "module/endpoint/route.hh"

namespace ip2asn::httpd {

/// /v1/as/ip/<address>
int answer_address(const Request& request);
/// /v1/as/ip
int answer_own_address(const Request& request);
/// /v1/as/n/<n>
int answer_as(const Request& request);
/// /, with what its form asks for
int answer_page(const Request& request);

}  // namespace ip2asn::httpd
