// MaxMind DB files of AS databases: GeoLite2-ASN, DB-IP, IPinfo, ip-location-db, and others whose records have members
// of such names (see columns.hh).
#pragma once

#include <memory>

#include "sources/reader.hh"

namespace ip2asn {

/// Keeps the file in memory until its end, where its structure is described. One network of the file's tree is one row.
/// In a tree of IPv6, IPv4 stands below ::/96; other places of the tree that lead there (::ffff:0:0/96, 2002::/16) are
/// aliases and give no rows. A file that is not of this format is refused as what holds a NUL.
std::unique_ptr<Reader> make_mmdb_reader(RowSink& sink);

}  // namespace ip2asn
