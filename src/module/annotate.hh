// The annotation: IP2ASN_* variables in a request's environment.
//
// Which settings hold for a request is known piece by piece, and a request may get to its file by way of others: so
// what it was given is settled again whenever its settings may have changed. That costs next to nothing where they have
// not.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// post_read_request: annotates by the settings of the server or virtual host. Runs again for an internal redirect,
/// whose request starts with a fresh environment.
int annotate_early(request_rec* r) noexcept;

/// header_parser: settles the annotation once the directory's own settings are known.
int annotate_settled(request_rec* r) noexcept;

/// fixups: the same for subrequests, for which header_parser does not run.
int annotate_subrequest(request_rec* r) noexcept;

/// insert_filter: settles it for who has become another file's request since (DirectoryIndex, MultiViews,
/// FallbackResource), before the handler is called.
void annotate_for_handler(request_rec* r) noexcept;

/// log_transaction: annotates requests that ended before post_read_request by the settings of the server or virtual
/// host. Requests that are connected by internal redirects have what any of them has: the log shows their variables
/// whichever of them it asks.
int annotate_for_log(request_rec* r) noexcept;

/// Gives back the request headers that were removed after the request was given them.
void annotate_again(request_rec* r);

}  // namespace ip2asn::httpd
