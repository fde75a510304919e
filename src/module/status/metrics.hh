// metrics: the counters as Prometheus scrapes them.
#pragma once

#include "module/httpd.hh"
#include "serve/counters.hh"

namespace ip2asn::httpd {

/// Prometheus' text format 0.0.4, or OpenMetrics 1.0 where the client's Accept header prefers that. Of ASes, of which
/// there are tens of thousands, only the busiest of late have series, at most IP2ASNMetricsMax of them.
int answer_metrics(request_rec* r, Counters& counted);

}  // namespace ip2asn::httpd
