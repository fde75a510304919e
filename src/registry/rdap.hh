// RDAP answers (RFC 9083), as the registries have given them since 2015.
//
// Every member may be absent, null or of another type; then it says nothing. Pure; any thread.
#pragma once

#include <string_view>

#include "registry/answer.hh"

namespace ip2asn {

/// What of an answer is read.
inline constexpr std::size_t kMaxRdapBytes = 1 << 20;
inline constexpr std::size_t kMaxRdapDepth = 64;

struct RdapOptions {
  bool with_contacts = false;  ///< persons' handles among the entities
};

/// Reads the body of an answer with HTTP status `status` to a query for `asked`. The block's registry and server are
/// the caller's to fill in; where the caller does not know the registry, port43 names it.
Reading read_rdap_network(int status, std::string_view body, const Range& asked, const RdapOptions& options);

/// The same for an AS number.
Reading read_rdap_autnum(int status, std::string_view body, std::uint32_t asked, const RdapOptions& options);

}  // namespace ip2asn
