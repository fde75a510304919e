// The status page: who is asking, for people.
#pragma once

#include "module/httpd.hh"
#include "serve/recent.hh"

namespace ip2asn::httpd {

/// The page of all, of an AS (?as=N) or of a hosting company (?hoster=NAME), over the last hour or day (?span=day).
int answer_status_page(request_rec* r, Counters& counted, const Recent& recent);

}  // namespace ip2asn::httpd
