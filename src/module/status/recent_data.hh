// recent.json: the slots of the last hour or day.
#pragma once

#include "module/httpd.hh"
#include "serve/recent.hh"

namespace ip2asn::httpd {

/// The span that the query asks for; an hour when it asks for none.
Span asked_span(request_rec* r);

int answer_recent(request_rec* r, const Counters& counted, const Recent& recent);

}  // namespace ip2asn::httpd
