// Special-purpose address space.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "net/address.hh"

namespace ip2asn {

/// The name under which the narrowest entry that holds `address` stands in IANA's IPv4 or IPv6 Special-Purpose Address
/// Registry (RFC 6890), or "Multicast" (RFC 5771, RFC 4291 2.7); empty for any other address. The text is static.
/// Allocates nothing; any thread.
std::string_view special_purpose(const Address& address) noexcept;

/// An entry of these registries, or the multicast space.
struct SpecialBlock {
  Prefix prefix;
  std::string_view name;
  bool globally_reachable = false;
};

/// The narrowest entry that holds `address`; nullopt for ordinary addresses. As special_purpose().
std::optional<SpecialBlock> special_block(const Address& address) noexcept;

/// All entries of a family; where they nest, the narrower ones come first.
std::vector<SpecialBlock> special_blocks(Family family);

}  // namespace ip2asn
