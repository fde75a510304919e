#include "net/prefix_text.hh"

#include <string>

#include "base/text.hh"

namespace ip2asn {

Result<Prefix> network_of(std::string_view text) {
  const auto prefix = parse_prefix(text);
  if (!prefix) {
    return Error{Errc::argument,
                 quoted(text) +
                     " is no network; write one like 192.0.2.0/24 or 2001:db8::/32, with no bit set behind its length"};
  }
  const Address plain = unmapped(prefix->address);
  if (plain.family != prefix->address.family && prefix->length >= 96) return Prefix{plain, prefix->length - 96};
  return *prefix;
}

}  // namespace ip2asn
