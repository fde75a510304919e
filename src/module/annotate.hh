// The annotation: IP2ASN_* variables in a request's environment.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// post_read_request: annotates by the settings of the server or virtual host. Runs again for an internal redirect,
/// whose request starts with a fresh environment.
int annotate_early(request_rec* r) noexcept;

/// header_parser: settles the annotation once the directory's own settings are known.
int annotate_settled(request_rec* r) noexcept;

}  // namespace ip2asn::httpd
