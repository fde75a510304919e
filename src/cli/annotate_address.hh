// Addresses in the text of logs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/address.hh"

namespace ip2asn::cli {

struct FoundAddress {
  Address address;
  std::size_t begin = 0, end = 0;  ///< where it stands, without brackets and port
};

/// The first address in `text` at or behind `from`: IPv4 or IPv6, bare, in brackets, with a port, a prefix length or a
/// zone, before an arrow or as the first of a range, behind a word and a colon ("IPv6:2001:db8::1"). It stands for
/// itself: what goes on as a word ("v1.2.3.4", "1.2.3.4.example", "Chrome/120.0.0.0", "rv:1.9.2.13") is none, nor are
/// eight bytes divided by colons (a WWN). Allocates nothing.
std::optional<FoundAddress> next_address(std::string_view text, std::size_t from = 0) noexcept;

/// The same, from the start, without its place.
std::optional<Address> find_address(std::string_view text) noexcept;

/// What `word` is as a whole: an address, with or without brackets, quotation marks, a port, a zone or a comma behind
/// it. With `port`, the last group of an IPv6 address without brackets is a port ("2001:db8::1:5843").
std::optional<Address> address_of(std::string_view word, bool port = false) noexcept;

/// The client in a list as X-Forwarded-For has it, each proxy having added the peer it saw. With `proxies` 0 the last
/// one that is not of a private network; else the one that the first of so many proxies has added. Nothing where that
/// element is no address: what stands before it is the client's own claim.
std::optional<Address> forwarded_client(std::string_view list, std::size_t proxies) noexcept;

/// All addresses in `line`, with their last octet, or the last 80 bits of IPv6, made zero. Appended to `out`.
void anonymize(std::string_view line, std::string& out);
Address anonymized(const Address& address) noexcept;
inline constexpr int kAnonymousBits4 = 24, kAnonymousBits6 = 48;

}  // namespace ip2asn::cli
