// How much of one space lies in another: of what is announced, or handed out, in what is known.
#pragma once

#include <vector>

#include "index/image.hh"
#include "net/address.hh"
#include "registry/delegated.hh"

namespace ip2asn::cli {

/// Ranges of one family in order, disjoint.
using Space = std::vector<Range>;

/// Brings ranges of one family in order, and joins those that overlap.
Space space_of(std::vector<Range> ranges);

/// What an index says is announced.
Space routed_space(const Image& image, Family family);
/// What registries' statistics say is allocated or assigned.
Space delegated_space(const Delegated& delegated, Family family);

/// Addresses (IPv6: /48s), and those in both.
double size_of(const Space& space);
double size_of_both(const Space& a, const Space& b);

}  // namespace ip2asn::cli
