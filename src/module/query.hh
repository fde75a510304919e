// The query of a request.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// The value of `name` in the query, decoded and without blanks at its ends, in the request's pool; as it stands when
/// it cannot be decoded; null when there is none.
const char* query_value(request_rec* r, const char* name);

}  // namespace ip2asn::httpd
