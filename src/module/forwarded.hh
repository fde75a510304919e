// Proxies in front of the server that nobody has told it of.
#pragma once

#include <array>

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// Request headers in which proxies and CDNs name the client.
inline constexpr std::array kForwardingHeaders = {
    "X-Forwarded-For", "CF-Connecting-IP", "CF-Connecting-IPv6", "True-Client-IP",      "X-Real-IP", "Fastly-Client-IP",
    "X-Client-IP",     "X-Azure-ClientIP", "X-Azure-SocketIP",   "X-Cluster-Client-IP", "Client-IP", "Forwarded",
};

/// Says, once a process and at level warn, that the client `r` is looked up by looks like a proxy: its address is of
/// special-purpose space, and the request names another client in a header that mod_remoteip has left. To be called
/// when mod_remoteip has had its turn, and before anybody adds such headers for an application.
void tell_of_proxy(const request_rec* r);

}  // namespace ip2asn::httpd
