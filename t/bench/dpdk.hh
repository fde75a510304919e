// DPDK's rte_lpm, rte_fib and rte_fib6 as engines. Their next hops are record ids.
#pragma once

#include <optional>
#include <vector>

#include "data.hh"
#include "engine.hh"

namespace ip2asn::bench {

/// Starts DPDK's environment without huge pages; false, with a message on standard error, where it will not start.
bool start_dpdk();

/// Engines over `data`, which must outlive them; those that cannot hold it are left out, with a message.
std::vector<Engine<Queries4>> dpdk4(const Data4& data);
std::vector<Engine<Queries6>> dpdk6(const Data6& data);

}  // namespace ip2asn::bench
