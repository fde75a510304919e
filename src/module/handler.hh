// The look-up endpoint: SetHandler ip2asn. Its routes, each with what answers it, are in endpoint/.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// Answers the routes of the look-up API, in JSON, plain text or HTML. Never resolves a name, opens a file or speaks to
/// another host.
int handle_lookup(request_rec* r) noexcept;

}  // namespace ip2asn::httpd
