// The look-up endpoint: SetHandler ip2asn. Its routes, each with what answers it, are in endpoint/.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// Answers the routes of the look-up API, in JSON, plain text or HTML. Never resolves a name, opens a file or speaks to
/// another host.
int handle_lookup(request_rec* r) noexcept;

/// child_init: has the process say at its end, in the log at level debug, how many requests handle_lookup() has
/// answered.
void count_lookups(apr_pool_t* pool, server_rec* server) noexcept;

}  // namespace ip2asn::httpd
