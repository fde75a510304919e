// Zip archives (PKWARE's APPNOTE) of one file, read as a stream.
#pragma once

#include <memory>

#include "base/unpack.hh"

namespace ip2asn {

/// Unpacks the one file of an archive, stored or deflated, and checks its CRC-32. An archive of several files, one that
/// is encrypted, and other ways of packing are errors that say so.
std::unique_ptr<Unpacker> make_zip_unpacker();

}  // namespace ip2asn
