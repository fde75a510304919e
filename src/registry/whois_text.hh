// Answers on port 43 (RFC 3912), which have no common form: RPSL objects (RIPE NCC, APNIC, AFRINIC), ARIN's, LACNIC's
// and registro.br's short ones, those of JPNIC, KRNIC and TWNIC, and rwhois (RFC 2167).
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "registry/answer.hh"
#include "registry/whois_objects.hh"

namespace ip2asn {

inline constexpr std::size_t kMaxWhoisBytes = 256 << 10;

struct WhoisReading {
  Reading reading;
  std::string referral;          ///< "whois://HOST[:PORT]" or "rwhois://…" that knows more; empty where there is none
  std::int64_t retry_after = 0;  ///< seconds that a refusal asks for
};

/// Reads an answer to a query for `asked`: of the networks in it that hold it, the narrowest. With `asked` nullptr any
/// will do. The block's server is the caller's to fill in; the registry is told where the text tells it.
WhoisReading read_whois(std::string_view text, const Range* asked);

/// Reads one network of a registry's database, whose organisation, where there is one, has this name and country. The
/// registry is told by the object's source.
Reading read_whois_object(const WhoisObject& object, std::string_view organisation, std::string_view country);

/// `text` as it is where it is UTF-8, else read as Latin-1.
std::string utf8_or_latin1(std::string_view text);

}  // namespace ip2asn
