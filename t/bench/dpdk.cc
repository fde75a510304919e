#include "dpdk.hh"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_log.h>
#include <rte_lpm.h>
#include <rte_vect.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "net/address.hh"

namespace ip2asn::bench {

namespace {

struct Route {
  Prefix prefix;
  std::uint32_t record;
};

template <class Run, class Make>
std::vector<Route> routes(const std::vector<Run>& runs, const Address& end, Make make) {
  std::vector<Route> routes;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].record == 0) continue;
    const Address last = i + 1 < runs.size() ? previous(make(runs[i + 1].start)) : end;
    for (const Prefix& prefix : prefixes({make(runs[i].start), last})) routes.push_back({prefix, runs[i].record});
  }
  // rte_lpm takes the rules of one length faster when they come together.
  std::stable_sort(routes.begin(), routes.end(),
                   [](const Route& a, const Route& b) { return a.prefix.length < b.prefix.length; });
  return routes;
}

std::array<std::uint8_t, 16> bytes_of(const Address& address) {
  std::array<std::uint8_t, 16> bytes;
  for (std::size_t i = 0; i < 16; ++i) {
    bytes[i] = static_cast<std::uint8_t>((i < 8 ? address.hi : address.lo) >> (56 - 8 * (i % 8)));
  }
  return bytes;
}

int failed(const char* what) {
  std::fprintf(stderr, "%s does not hold the data: %s\n", what, rte_strerror(rte_errno));
  return -1;
}

constexpr std::uint32_t kTables8 = 1u << 16;

rte_lpm* make_lpm(const std::vector<Route>& routes) {
  rte_lpm_config config{};
  config.max_rules = static_cast<std::uint32_t>(routes.size() + 1);
  config.number_tbl8s = kTables8;
  rte_lpm* lpm = rte_lpm_create("lpm", SOCKET_ID_ANY, &config);
  if (lpm == nullptr) return failed("rte_lpm"), nullptr;
  for (const Route& route : routes) {
    const auto length = static_cast<std::uint8_t>(route.prefix.length);
    if (rte_lpm_add(lpm, route.prefix.address.v4_bits(), length, route.record) < 0) return failed("rte_lpm"), nullptr;
  }
  return lpm;
}

rte_fib* make_fib(const std::vector<Route>& routes) {
  rte_fib_conf config{};
  config.type = RTE_FIB_DIR24_8;
  config.max_routes = static_cast<int>(routes.size() * 2);
  config.dir24_8.nh_sz = RTE_FIB_DIR24_8_4B;
  config.dir24_8.num_tbl8 = kTables8;
  rte_fib* fib = rte_fib_create("fib", SOCKET_ID_ANY, &config);
  if (fib == nullptr) return failed("rte_fib"), nullptr;
  for (const Route& route : routes) {
    const auto length = static_cast<std::uint8_t>(route.prefix.length);
    if (rte_fib_add(fib, route.prefix.address.v4_bits(), length, route.record) < 0) return failed("rte_fib"), nullptr;
  }
  return fib;
}

rte_fib6* make_fib6(const std::vector<Route>& routes) {
  rte_fib6_conf config{};
  config.type = RTE_FIB6_TRIE;
  config.max_routes = static_cast<int>(routes.size() * 2);
  config.trie.nh_sz = RTE_FIB6_TRIE_4B;
  config.trie.num_tbl8 = 1u << 18;
  rte_fib6* fib = rte_fib6_create("fib6", SOCKET_ID_ANY, &config);
  if (fib == nullptr) return failed("rte_fib6"), nullptr;
  for (const Route& route : routes) {
    const auto length = static_cast<std::uint8_t>(route.prefix.length);
    if (rte_fib6_add(fib, bytes_of(route.prefix.address).data(), length, route.record) < 0) {
      return failed("rte_fib6"), nullptr;
    }
  }
  return fib;
}

}  // namespace

bool start_dpdk() {
  char program[] = "lookup", no_huge[] = "--no-huge", no_shconf[] = "--no-shconf", memory[] = "-m",
       megabytes[] = "1500", no_pci[] = "--no-pci", log[] = "--log-level=4", simd[] = "--force-max-simd-bitwidth=512";
  char* arguments[] = {program, no_huge, no_shconf, memory, megabytes, no_pci, log, simd};
  if (rte_eal_init(static_cast<int>(std::size(arguments)), arguments) >= 0) return true;
  std::fprintf(stderr, "DPDK does not start: %s\n", rte_strerror(rte_errno));
  return false;
}

std::vector<Engine<Queries4>> dpdk4(const Data4& data) {
  std::vector<Engine<Queries4>> engines;
  const std::vector<Route> all =
      routes(data.runs, Address::v4(~0u), [](std::uint32_t start) { return Address::v4(start); });
  const std::uint32_t* asns = data.asns.data();
  if (rte_lpm* lpm = make_lpm(all)) {
    const std::size_t bytes = (std::size_t{1} << 26) + kTables8 * 1024;
    engines.push_back(one_by_one<Queries4>(
        "DPDK rte_lpm", bytes, [lpm, asns](const Queries4& queries, std::size_t i, std::uint32_t after) {
          std::uint32_t record = 0;
          return rte_lpm_lookup(lpm, queries.addresses[i] ^ after, &record) == 0 ? asns[record] : 0;
        }));
  }
  if (rte_fib* fib = make_fib(all)) {
    const std::size_t bytes = (std::size_t{1} << 26) + kTables8 * 1024;
    engines.push_back(in_batches<Queries4>(
        "DPDK rte_fib, 64 at once", bytes,
        [fib, asns](const Queries4& queries, std::size_t i, std::size_t count, std::uint32_t* out) {
          std::array<std::uint64_t, kBatch> records;
          rte_fib_lookup_bulk(fib, const_cast<std::uint32_t*>(queries.addresses.data()) + i, records.data(),
                              static_cast<int>(count));
          for (std::size_t j = 0; j < count; ++j) out[j] = asns[records[j]];
        }));
  }
  return engines;
}

std::vector<Engine<Queries6>> dpdk6(const Data6& data) {
  std::vector<Engine<Queries6>> engines;
  const std::vector<Route> all =
      routes(data.runs, Address::v6(~0ull, ~0ull), [](const Key6& start) { return Address::v6(start.hi, start.lo); });
  const std::uint32_t* asns = data.asns.data();
  if (rte_fib6* fib = make_fib6(all)) {
    engines.push_back(in_batches<Queries6>(
        "DPDK rte_fib6, 64 at once", (std::size_t{1} << 26) + (std::size_t{1} << 18) * 1024,
        [fib, asns](const Queries6& queries, std::size_t i, std::size_t count, std::uint32_t* out) {
          std::array<std::uint64_t, kBatch> records;
          auto* addresses = reinterpret_cast<std::uint8_t(*)[16]>(const_cast<std::uint8_t*>(queries.bytes[i].data()));
          rte_fib6_lookup_bulk(fib, addresses, records.data(), static_cast<int>(count));
          for (std::size_t j = 0; j < count; ++j) out[j] = asns[records[j]];
        }));
  }
  return engines;
}

}  // namespace ip2asn::bench
