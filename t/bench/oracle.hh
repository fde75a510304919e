// The index against a binary search over the runs, at random addresses and around every end of a range.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "data.hh"

namespace ip2asn::bench {

namespace oracle {

inline void around(std::uint32_t start, std::vector<std::uint32_t>& out) {
  // The end before and the start, each with the addresses beside it.
  for (const std::uint32_t near : {~1u, ~0u, 0u, 1u}) out.push_back(start + near);
}

inline void around(const Key6& start, std::vector<Key6>& out) {
  Key6 at{start.hi - (start.lo < 2), start.lo - 2};
  for (int i = 0; i < 4; ++i) {
    out.push_back(at);
    if (++at.lo == 0) ++at.hi;
  }
}

inline std::uint32_t random_address(const std::vector<Run4>&, std::mt19937_64& random) {
  return static_cast<std::uint32_t>(random());
}

// Anywhere in the whole space would nearly always be between the ranges: so half of the addresses share a random number
// of bits with a range's start.
inline Key6 random_address(const std::vector<Run6>& runs, std::mt19937_64& random) {
  const Key6 any{random(), random()};
  if (random() % 2 == 0) return any;
  const Key6& near = runs[random() % runs.size()].start;
  const auto shared = static_cast<int>(random() % 128);
  if (shared >= 64) return {near.hi, near.lo ^ any.lo >> (shared - 64)};
  return {near.hi ^ any.hi >> shared, any.lo};
}

inline std::uint32_t one(const Index4& index, std::uint32_t address) { return index.lookup(address); }
inline std::uint32_t one(const Index6& index, const Key6& address) { return index.lookup(address.hi, address.lo); }

}  // namespace oracle

/// How many of `count` random addresses and of those around each start of `runs` the index answers differently, one by
/// one or in a batch. Prints a line.
template <class Index, class Run>
std::uint64_t differences(const Index& index, const std::vector<Run>& runs, std::uint64_t count, std::uint32_t seed,
                          const char* title) {
  using Address = decltype(Run::start);
  std::mt19937_64 random(seed);
  std::uint64_t wrong = 0;
  std::uint64_t checked = 0;
  std::vector<Address> addresses;
  std::vector<std::uint32_t> records;
  const auto check = [&] {
    records.resize(addresses.size());
    index.lookup(addresses, records.data());
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const std::uint32_t expected = naive_record(runs, addresses[i]);
      wrong += records[i] != expected || oracle::one(index, addresses[i]) != expected;
    }
    checked += addresses.size();
    addresses.clear();
  };
  for (const Run& run : runs) oracle::around(run.start, addresses);
  check();
  for (std::uint64_t done = 0; done < count; done += addresses.size()) {
    check();
    // Batches of every length up to a few hundred.
    for (std::uint64_t i = 0, n = std::min<std::uint64_t>(count - done, 1 + done % 509); i < n; ++i) {
      addresses.push_back(oracle::random_address(runs, random));
    }
  }
  check();
  std::printf("%s: %llu addresses, one by one and in batches: %llu differences\n", title,
              static_cast<unsigned long long>(checked), static_cast<unsigned long long>(wrong));
  return wrong;
}

}  // namespace ip2asn::bench
