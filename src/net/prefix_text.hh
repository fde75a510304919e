// Networks as people write them.
#pragma once

#include <string_view>

#include "base/result.hh"
#include "net/address.hh"

namespace ip2asn {

/// Reads a CIDR prefix or an address. One of IPv4-mapped addresses becomes IPv4: as such they are looked up. The
/// error's message gives the word, the reason and the way out, but no place.
Result<Prefix> network_of(std::string_view text);

}  // namespace ip2asn
