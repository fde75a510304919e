// SetHandler ip2asn-status: what the counters say, for people and programs. No client's address is in any of it.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// Answers the routes of the status page. Opens no file, and speaks to no other host.
int handle_status(request_rec* r) noexcept;

}  // namespace ip2asn::httpd
