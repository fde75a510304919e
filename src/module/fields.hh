// The fields of an annotation: what a request can be told about the network it comes from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ip2asn::httpd {

enum Field : std::uint8_t {
  kAddr,
  kAsn,
  kName,
  kCountry,
  kFirstIp,
  kLastIp,
  kPrefix,
  kAnnounced,
  kHoster,
  kHosterClass,
  kLists,
  kFieldCount,
};

struct FieldName {
  std::string_view name;  ///< in the configuration
  const char* variable;   ///< in a request's environment and its notes, and in expressions
  const char* header;     ///< towards a proxied application
};

inline constexpr std::array<FieldName, kFieldCount> kFields = {{
    {"addr", "IP2ASN_ADDR", "X-IP2ASN-Addr"},
    {"asn", "IP2ASN_ASN", "X-IP2ASN-ASN"},
    {"name", "IP2ASN_NAME", "X-IP2ASN-Name"},
    {"country", "IP2ASN_COUNTRY", "X-IP2ASN-Country"},
    {"first_ip", "IP2ASN_FIRST_IP", "X-IP2ASN-First-IP"},
    {"last_ip", "IP2ASN_LAST_IP", "X-IP2ASN-Last-IP"},
    {"prefix", "IP2ASN_PREFIX", "X-IP2ASN-Prefix"},
    {"announced", "IP2ASN_ANNOUNCED", "X-IP2ASN-Announced"},
    {"hoster", "IP2ASN_HOSTER", "X-IP2ASN-Hoster"},
    {"hoster_class", "IP2ASN_HOSTER_CLASS", "X-IP2ASN-Hoster-Class"},
    {"lists", "IP2ASN_LISTS", "X-IP2ASN-Lists"},
}};

/// A set of fields, one bit each.
using FieldSet = std::uint16_t;

constexpr FieldSet bit(Field field) { return static_cast<FieldSet>(1u << field); }

inline constexpr FieldSet kDefaultFields = bit(kAsn) | bit(kName) | bit(kCountry) | bit(kHoster) | bit(kAnnounced);
/// Those that need the ends of the range, which cost a search more.
inline constexpr FieldSet kRangeFields = bit(kFirstIp) | bit(kLastIp) | bit(kPrefix);

/// The field of that name in the configuration, or kFieldCount.
constexpr Field find_field(std::string_view name) {
  std::size_t field = 0;
  while (field < kFieldCount && kFields[field].name != name) ++field;
  return static_cast<Field>(field);
}

}  // namespace ip2asn::httpd
