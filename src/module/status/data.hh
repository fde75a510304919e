// data.json: every cell of the counters.
#pragma once

#include "module/httpd.hh"
#include "serve/counters.hh"

namespace ip2asn::httpd {

int answer_data(request_rec* r, Counters& counted);

}  // namespace ip2asn::httpd
