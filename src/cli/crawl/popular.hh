// What is asked for most: the networks by which requests were counted, for a crawl that asks for these first.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hh"
#include "index/image.hh"

namespace ip2asn::cli {

struct Popularity {
  struct Counts {
    double requests = 0, bytes = 0;
  };
  std::unordered_map<std::uint32_t, Counts> of_asn;

  /// Reads counts: the data.json of the module's status page, or what 'ip2asn annotate --summary --json' prints. Counts
  /// of several files add up.
  Result<Done> add(const std::string& path);
};

/// The announced ranges of an index, those that are asked for most first, and of equals those that cost most bytes, then
/// the largest. What is known is the requests of an AS: a range's part of them is taken to be its part of the AS's
/// addresses.
std::vector<Range> popular_ranges(const Image& image, const Popularity& popularity, bool v4, bool v6);

}  // namespace ip2asn::cli
