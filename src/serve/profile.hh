// What data amounts to: a few kilobytes that tell whether another state of it lost, gained or emptied something.
//
// A profile is kept with each state that was found good, so that new data can be compared with states whose files are
// long gone. Making one from an index takes some milliseconds for half a million ranges.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compile/hoster_map.hh"
#include "compile/list.hh"
#include "index/image.hh"
#include "sources/names.hh"

namespace ip2asn {

/// How a fall or a rise of an amount is judged (see acceptance.hh).
enum class AmountKind : std::uint8_t {
  counted,  ///< rows and ASNs of a database: may neither fall nor, when there are many, rise too far
  shared,   ///< the share that has a country, a name, a hoster: may not fall too far
  variety,  ///< different names: may not fall to less than half
  entries,  ///< of a list or hoster map: a few may go in any case
  space4,   ///< addresses of a list that is not short: may not fall too far
  space6,   ///< the same for IPv6
  reach4,   ///< public addresses that a list or hoster reaches: may not come to be a large part of all
  reach6,   ///< the same for IPv6
};

struct Amount {
  std::string name;
  AmountKind kind = AmountKind::counted;
  double value = 0;
  /// Amounts can be compared when these are equal: what they depend on besides the data.
  std::uint64_t context = 0;
};

/// An address and the AS that announces it.
struct Sample {
  std::uint64_t hi = 0, lo = 0;
  std::uint32_t v6 = 0;
  std::uint32_t asn = 0;
};

struct Profile {
  std::vector<Amount> amounts;
  std::vector<Sample> samples;  ///< spread evenly over the ranges of each family
  /// The lowest hashes of the ASNs and of the different names, ascending: all of them when there are few.
  std::vector<std::uint64_t> asns, names;
};

/// `hosters` identifies the hoster map that was compiled in.
Profile profile_of(const Image& image, std::uint64_t hosters = 0);
Profile profile_of(const NetworkList& list);
Profile profile_of(const AsNames& names);
/// `used` are the names that the configuration asks for: hosters, and classes behind "class:".
Profile profile_of(const HosterMap& map, const std::vector<std::string>& used);

/// Adds to the profile of a list, or of a hoster map, how many addresses it comes to hold by way of the ASes in it:
/// according to an image that was made with it.
void add_space_of_list(const Image& image, std::string_view list, Profile& profile);
void add_space_of_hosters(const Image& image, const std::vector<std::string>& used, Profile& profile);

/// How many of the ASNs, and of the names, of `before` are there in `after`, in per cent; 100 where there is too little
/// to tell.
double kept_asns(const Profile& before, const Profile& after);
double kept_names(const Profile& before, const Profile& after);
/// Of those samples of `before` that `after` announces, how many are of the same AS.
double same_samples(const Profile& before, const Image& after);

}  // namespace ip2asn
