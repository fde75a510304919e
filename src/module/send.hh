// Sending an answer that is there as a whole.
#pragma once

#include <string_view>

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// Sends `body`, whose status, type and other headers are set, with its length; for HEAD, what goes before it. Returns
/// what the handler returns.
int send_whole(request_rec* r, std::string_view body);

}  // namespace ip2asn::httpd
