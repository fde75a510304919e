// The routes whose answers are long: AS lists, subnets, bulk.
#pragma once

#include "module/endpoint/route.hh"

namespace ip2asn::httpd {

/// /v1/as/ns
int answer_as_list(const Request& request);
/// /v1/as/n/<n>/subnets
int answer_as_subnets(const Request& request);
/// /v1/as/country/<CC> and …/subnets
int answer_country(const Request& request);

/// PUT and POST /v1/as/ips. The body is read whole, entry by entry, before the first word of the answer: until then it
/// can turn out to be too large. At most `max_entries` of them.
int answer_bulk(const Request& request, std::size_t max_entries);

}  // namespace ip2asn::httpd
