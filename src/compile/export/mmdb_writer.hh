// An index as a MaxMind DB file (specification 2.0), for programs that read such files.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hh"
#include "compile/export/selection.hh"
#include "index/image.hh"

namespace ip2asn {

/// Readers look at the type of a database: GoAccess wants "ASN" in it, Python's geoip2 "GeoLite2-ASN", and Go's geoip2
/// just that and nothing around it. This one is a name of our own with which all but the last are content.
inline constexpr std::string_view kMmdbType = "ip2asn-ASN (compat=GeoLite2-ASN)";

/// The announced part of what is selected. Records have `autonomous_system_number` and
/// `autonomous_system_organization`, as GeoLite2-ASN has them, and `as_country_code`, `hoster` and `hoster_class` where
/// they are known. IPv4 stands below ::/96, to which ::ffff:0:0/96, and 2002::/16 where nobody announces any of it,
/// lead as well; what IPv6 rows say of these two first places is left out. An error when the file would be larger than
/// the format allows.
Result<std::string> write_mmdb(const Image& image, const Selected& selected, std::string_view type);

}  // namespace ip2asn
