// Which cells of the counters the hosters and lists of a generation have.
//
// Cells are found by name; requests know numbers, of the generation that answered. Each process keeps the cells of the
// last few generations by number, so that no request compares a text.
//
// Concurrency contract. Any thread asks at any time, without a lock. The first one that meets a generation writes its
// table; those that come meanwhile find the cells by name. Tables are of fixed size and are used again for later
// generations, and a reader looks twice at whose table it is; equal generations have equal tables in one process.
#pragma once

#include "module/network.hh"
#include "serve/counters.hh"

namespace ip2asn::httpd {

/// Adds to the cells of the client's hoster and lists.
void add_to_named(Counters& counters, const Network& network, const RequestCounts& amounts);

}  // namespace ip2asn::httpd
