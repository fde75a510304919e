#include "mmdb.hh"

#include <maxminddb.h>

#include <cstdio>
#include <memory>

namespace ip2asn::bench {

namespace {

struct Close {
  void operator()(MMDB_s* mmdb) const {
    MMDB_close(mmdb);
    delete mmdb;
  }
};

std::shared_ptr<MMDB_s> open(const std::string& path) {
  auto mmdb = std::make_unique<MMDB_s>();
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, mmdb.get());
  if (status != MMDB_SUCCESS) {
    std::fprintf(stderr, "%s: %s\n", path.c_str(), MMDB_strerror(status));
    return nullptr;
  }
  return {mmdb.release(), Close{}};
}

std::uint32_t asn_of(const MMDB_s& mmdb, const sockaddr* address) {
  int error = 0;
  MMDB_lookup_result_s result = MMDB_lookup_sockaddr(&mmdb, address, &error);
  if (error != MMDB_SUCCESS || !result.found_entry) return 0;
  MMDB_entry_data_s data;
  const int status = MMDB_get_value(&result.entry, &data, "autonomous_system_number", nullptr);
  return status == MMDB_SUCCESS && data.has_data ? data.uint32 : 0;
}

template <class Queries, class Socket>
std::optional<Engine<Queries>> engine(const std::string& path) {
  const std::shared_ptr<MMDB_s> mmdb = open(path);
  if (!mmdb) return std::nullopt;
  return one_by_one<Queries>("libmaxminddb, look-up + get", static_cast<std::size_t>(mmdb->file_size),
                             [mmdb](const Queries& queries, std::size_t i, std::uint32_t after) {
                               Socket socket = queries.sockets[i];
                               socket.first_bits() |= after;
                               return asn_of(*mmdb, socket.get());
                             });
}

// Copies of an address, whose first bits take the dependence on the answer before.
struct Socket4 {
  sockaddr_in socket;
  Socket4(const sockaddr_in& from) : socket(from) {}
  std::uint32_t& first_bits() { return socket.sin_addr.s_addr; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&socket); }
};

struct Socket6 {
  sockaddr_in6 socket;
  Socket6(const sockaddr_in6& from) : socket(from) {}
  std::uint32_t& first_bits() { return socket.sin6_addr.s6_addr32[0]; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&socket); }
};

}  // namespace

std::optional<Engine<Queries4>> mmdb4(const std::string& path) { return engine<Queries4, Socket4>(path); }
std::optional<Engine<Queries6>> mmdb6(const std::string& path) { return engine<Queries6, Socket6>(path); }

}  // namespace ip2asn::bench
