// The module's part of mod_status' page.
#pragma once

namespace ip2asn::httpd {

/// Has mod_status, where it is loaded, show how many requests were counted, of how many ASes, and how many were denied.
void register_server_status() noexcept;

}  // namespace ip2asn::httpd
