// What the fuzzers run: one function a target, which takes any bytes and stops the program when something that must
// hold does not.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace ip2asn::fuzz {

using Input = std::span<const std::uint8_t>;

void address(Input input);   ///< addresses and prefixes
void bulk(Input input);      ///< the body of a bulk request, and the answers to it
void gzip(Input input);      ///< a source in gzip
void hosters(Input input);   ///< a hoster map, and what it matches
void image(Input input);     ///< a compiled index: changed in places, with checksums that fit, and as it is
void lists(Input input);     ///< lists, and an index that holds them
void mmdb(Input input);      ///< a MaxMind database: as it is, and a good one changed in places
void names(Input input);     ///< names files
void registry(Input input);  ///< answers of registries, tables, statistics, dumps and lines of results
void request(Input input);   ///< path, Accept header and query of a request, and the answers to it
void source(Input input);    ///< a source as text

inline std::string_view text_of(Input input) { return {reinterpret_cast<const char*>(input.data()), input.size()}; }

/// Stops the program unless `condition` holds.
inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace ip2asn::fuzz
