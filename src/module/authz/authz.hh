// Access control: the providers asn, asn-list, hoster and as-country of mod_authz_core's Require.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// Registers the providers. A line is parsed once, when the configuration is read; what cannot be is a configuration
/// error. When no look-up is possible the answer is AUTHZ_GENERAL_ERROR unless IP2ASNOnError says otherwise:
/// mod_authz_core turns a negated AUTHZ_DENIED into a pass, and `Require not asn 64500` must not let everyone in when
/// the database is gone.
void register_authz_providers(apr_pool_t* pool) noexcept;

/// fixups: where IP2ASNReport let a request through, logs what the Require lines would have answered.
int report_denial(request_rec* r) noexcept;

}  // namespace ip2asn::httpd
