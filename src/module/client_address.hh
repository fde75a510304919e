// Whom a request is taken for.
#pragma once

#include <optional>

#include "module/httpd.hh"
#include "net/address.hh"

namespace ip2asn::httpd {

/// The client's address as httpd knows it, after mod_remoteip; IPv4-mapped addresses as IPv4. Nothing that a client can
/// send changes it. None for a connection that is not of the internet: httpd may take a local socket that it was
/// started with for one of the internet, but the address itself tells.
inline std::optional<Address> client_address(const request_rec* r) noexcept {
  const apr_sockaddr_t* from = r->useragent_addr;
  if (from == nullptr) return std::nullopt;
  if (from->family != from->sa.sin.sin_family) return std::nullopt;
  if (from->family == APR_INET) return Address::from_v4_bytes(&from->sa.sin.sin_addr);
#if APR_HAVE_IPV6
  if (from->family == APR_INET6) return unmapped(Address::from_v6_bytes(&from->sa.sin6.sin6_addr));
#endif
  return std::nullopt;
}

}  // namespace ip2asn::httpd
