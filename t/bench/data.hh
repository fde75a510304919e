// The data that the benchmarks look up: the runs of an image, runs made finer, and queries.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "index/image.hh"

namespace ip2asn::bench {

/// A family's runs and what its records say.
template <class Run>
struct Data {
  std::vector<Run> runs;            ///< they cover the whole space
  std::vector<std::uint32_t> asns;  ///< by record
};
using Data4 = Data<Run4>;
using Data6 = Data<Run6>;

/// Addresses to look up, in every form in which an engine wants them, so that none pays for a conversion.
struct Queries4 {
  std::string name;
  std::vector<std::uint32_t> addresses;
  std::vector<sockaddr_in> sockets;
  std::vector<std::uint32_t> expected;  ///< ASNs
};
struct Queries6 {
  std::string name;
  std::vector<Key6> addresses;
  std::vector<sockaddr_in6> sockets;
  std::vector<std::array<std::uint8_t, 16>> bytes;
  std::vector<std::uint32_t> expected;
};

Data4 data4_of(const Image& image);
Data6 data6_of(const Image& image);

/// `data` with one more prefix inside a tenth of its runs, of a random length from /25 to /32 (/49 to /128), with
/// another record.
Data4 made_finer(const Data4& data, std::uint32_t seed);
Data6 made_finer(const Data6& data, std::uint32_t seed);

enum class Load4 { routed, whole, ranges, zipf };
enum class Load6 { ranges, global, zipf };

/// `count` random addresses: in announced space, anywhere, anywhere in a random range, or of a million clients in
/// announced space whose shares follow Zipf's law. Fills in what is expected.
Queries4 queries(const Data4& data, Load4 load, std::size_t count, std::uint32_t seed);
/// Anywhere in a random range, anywhere in 2000::/3, or of a million clients that live in random ranges.
Queries6 queries(const Data6& data, Load6 load, std::size_t count, std::uint32_t seed);

/// The record of an address by binary search over the runs: what all engines are held against.
std::uint32_t naive_record(const std::vector<Run4>& runs, std::uint32_t address);
std::uint32_t naive_record(const std::vector<Run6>& runs, const Key6& address);

}  // namespace ip2asn::bench
