// An engine under test, and how to make one of a look-up.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace ip2asn::bench {

/// A part of a workload: the queries from `begin` to before `end`.
struct Part {
  std::size_t begin;
  std::size_t end;
};

/// An engine. The functions hold the whole loop, so that look-ups are inlined where their library allows it.
template <class Queries>
struct Engine {
  std::string name;
  std::size_t bytes = 0;  ///< what it reads, columns not counted; 0 when unknown
  bool answers = true;    ///< false for the memory's limits, which only load
  /// The ASN of each query, written from `asns` on.
  std::function<void(const Queries&, Part, std::uint32_t* asns)> answer;
  /// The sum of the ASNs, so that no look-up can be left out.
  std::function<std::uint64_t(const Queries&, Part)> sum;
  /// The same, where each query waits for the answer before; may be empty.
  std::function<std::uint64_t(const Queries&, Part)> chain;
};

/// Zero, unknown to the compiler: makes a query depend on an answer without changing it.
extern const volatile std::uint32_t zero;

/// An engine whose `asn(queries, i, after)` gives the ASN of query i; `after` is 0 and must go into the address.
template <class Queries, class Asn>
Engine<Queries> one_by_one(std::string name, std::size_t bytes, Asn asn) {
  Engine<Queries> engine;
  engine.name = std::move(name);
  engine.bytes = bytes;
  engine.answer = [asn](const Queries& queries, Part part, std::uint32_t* out) {
    for (std::size_t i = part.begin; i < part.end; ++i) *out++ = asn(queries, i, 0);
  };
  engine.sum = [asn](const Queries& queries, Part part) {
    std::uint64_t sum = 0;
    for (std::size_t i = part.begin; i < part.end; ++i) sum += asn(queries, i, 0);
    return sum;
  };
  engine.chain = [asn](const Queries& queries, Part part) {
    const std::uint32_t none = zero;
    std::uint32_t last = 0;
    std::uint64_t sum = 0;
    for (std::size_t i = part.begin; i < part.end; ++i) sum += last = asn(queries, i, last & none);
    return sum;
  };
  return engine;
}

inline constexpr std::size_t kBatch = 64;

/// An engine whose `asns(queries, i, count, out)` gives the ASNs of up to kBatch queries from i on.
template <class Queries, class Asns>
Engine<Queries> in_batches(std::string name, std::size_t bytes, Asns asns) {
  Engine<Queries> engine;
  engine.name = std::move(name);
  engine.bytes = bytes;
  engine.answer = [asns](const Queries& queries, Part part, std::uint32_t* out) {
    for (std::size_t i = part.begin; i < part.end; i += kBatch, out += kBatch) {
      asns(queries, i, std::min(kBatch, part.end - i), out);
    }
  };
  engine.sum = [asns](const Queries& queries, Part part) {
    std::uint64_t sum = 0;
    std::array<std::uint32_t, kBatch> out;
    for (std::size_t i = part.begin; i < part.end; i += kBatch) {
      const std::size_t count = std::min(kBatch, part.end - i);
      asns(queries, i, count, out.data());
      for (std::size_t j = 0; j < count; ++j) sum += out[j];
    }
    return sum;
  };
  return engine;
}

}  // namespace ip2asn::bench
