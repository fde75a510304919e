// What caches are told, and conditional requests.
#pragma once

#include "index/image.hh"
#include "module/endpoint/route.hh"

namespace ip2asn::httpd {

/// Sets the validators of an answer that depends on `image` and the request's path and form alone, and how long it may
/// be kept; then looks at the request's conditions (RFC 9110 13). Returns OK when the answer must be made, otherwise
/// what send_outcome() sends instead (304 or 412): nothing has been looked up by then.
int check_conditions(const Request& request, const Image& image) noexcept;

/// For answers that concern one client alone, or one moment.
void forbid_caching(const Request& request) noexcept;

}  // namespace ip2asn::httpd
