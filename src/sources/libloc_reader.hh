// The text that libloc's `location dump` writes: stanzas of ASes with their names, then of networks, which nest.
#pragma once

#include <memory>

#include "sources/reader.hh"

namespace ip2asn {

/// A network without an AS is announced by nobody, also inside one that has one. The country is the network's.
std::unique_ptr<Reader> make_libloc_reader(RowSink& sink);

}  // namespace ip2asn
