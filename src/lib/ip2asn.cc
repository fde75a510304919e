// The C library: what include/ip2asn.h promises, on the core. No exception leaves it.

#include "ip2asn.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.hh"
#include "base/system_error.hh"
#include "compile/database.hh"
#include "index/image.hh"
#include "index/subnets.hh"

#define IP2ASN_EXPORT extern "C" __attribute__((visibility("default")))

using ip2asn::Address;
using ip2asn::Database;
using ip2asn::Errc;
using ip2asn::Error;
using ip2asn::Family;
using ip2asn::Image;
using ip2asn::ImageBuffer;
using ip2asn::Key6;
using ip2asn::Match;
using ip2asn::Prefix;
using ip2asn::Range;
using ip2asn::Record;
using ip2asn::RecordId;
using ip2asn::Result;
using ip2asn::Subnets;

struct ip2asn_db {
  std::variant<Database, ImageBuffer> owner;
  Image image;
};

namespace {

int status_of(Errc code) {
  switch (code) {
    case Errc::argument:
      return IP2ASN_ERROR_ARGUMENT;
    case Errc::unreadable:
      return IP2ASN_ERROR_FILE;
    case Errc::version:
      return IP2ASN_ERROR_VERSION;
    case Errc::empty:
      return IP2ASN_ERROR_EMPTY;
    case Errc::limit:
      return IP2ASN_ERROR_LIMIT;
    case Errc::changed:
      return IP2ASN_ERROR_CHANGED;
    case Errc::memory:
      return IP2ASN_ERROR_MEMORY;
    default:
      return IP2ASN_ERROR_DAMAGED;
  }
}

void write_text(char* out, std::size_t size, std::string_view text) {
  if (out == nullptr || size == 0) return;
  const std::size_t n = std::min(size - 1, text.size());
  std::memcpy(out, text.data(), n);
  out[n] = '\0';
}

// Runs `open`, which returns a Result<ip2asn_db*>, and tells the caller how it went.
template <class Open>
int open_guarded(ip2asn_db** db, char* error, std::size_t error_size, Open&& open) noexcept {
  if (db == nullptr) return IP2ASN_ERROR_ARGUMENT;
  *db = nullptr;
  write_text(error, error_size, "");
  try {
    Result<ip2asn_db*> opened = open();
    if (opened) {
      *db = *opened;
      return IP2ASN_OK;
    }
    write_text(error, error_size, opened.error().message);
    return status_of(opened.error().code);
  } catch (const std::bad_alloc&) {
    write_text(error, error_size, "out of memory");
    return IP2ASN_ERROR_MEMORY;
  } catch (...) {
    write_text(error, error_size, "internal failure");
    return IP2ASN_ERROR_DAMAGED;
  }
}

std::optional<Address> address_of(int family, const void* bytes) noexcept {
  if (bytes == nullptr) return std::nullopt;
  if (family == AF_INET) return Address::from_v4_bytes(bytes);
  if (family == AF_INET6) return Address::from_v6_bytes(bytes);
  return std::nullopt;
}

void fill(const Image& image, RecordId id, ip2asn_result& result) noexcept {
  result = {};
  result.name = result.hoster = result.hoster_class = "";
  if (id == 0) return;
  // The texts are ended by NULs in the image, all but the country.
  const Record record = image.record(id);
  result.asn = record.asn;
  std::copy(record.country.begin(), record.country.end(), result.country);
  result.name = record.description.data();
  if (!record.hoster.empty()) result.hoster = record.hoster.data();
  if (!record.hoster_class.empty()) result.hoster_class = record.hoster_class.data();
}

void write_bytes(const Address& address, std::uint8_t* out) noexcept {
  if (address.family == Family::v4) {
    for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(address.lo >> (24 - 8 * i));
    return;
  }
  for (int i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(address.hi >> (56 - 8 * i));
    out[8 + i] = static_cast<std::uint8_t>(address.lo >> (56 - 8 * i));
  }
}

ip2asn_range range_of(const Range& range, int prefix_length) noexcept {
  ip2asn_range result{};
  result.family = range.first.family == Family::v4 ? AF_INET : AF_INET6;
  write_bytes(range.first, result.first);
  write_bytes(range.last, result.last);
  result.prefix_length = prefix_length;
  return result;
}

int find_range(const ip2asn_db& db, const Address& address, ip2asn_range& range, std::uint32_t* asn) noexcept {
  const Match match = db.image.find(address);
  const Prefix largest = largest_prefix(match.range, match.range.first);
  range = range_of(match.range, largest.range() == match.range ? largest.length : -1);
  if (asn != nullptr) *asn = db.image.asn(match.record);
  return IP2ASN_OK;
}

// Looks up blocks of keys that `load(i)` makes, in the index of their family.
template <class Key, class Index, class Load>
void look_up_many(const Image& image, const Index& index, std::size_t count, std::uint32_t* asns, Load&& load) {
  constexpr std::size_t kBlock = 256;
  std::array<Key, kBlock> keys;
  std::array<std::uint32_t, kBlock> records;
  for (std::size_t done = 0; done < count;) {
    const std::size_t n = std::min(kBlock, count - done);
    for (std::size_t i = 0; i < n; ++i) keys[i] = load(done + i);
    index.lookup(std::span(keys).first(n), records.data());
    for (std::size_t i = 0; i < n; ++i) asns[done + i] = image.asn(records[i]);
    done += n;
  }
}

}  // namespace

IP2ASN_EXPORT const char* ip2asn_strerror(int status) {
  switch (status) {
    case IP2ASN_OK:
      return "success";
    case IP2ASN_ERROR_ARGUMENT:
      return "an argument is not valid";
    case IP2ASN_ERROR_ADDRESS:
      return "the text is not an IP address";
    case IP2ASN_ERROR_FILE:
      return "the file cannot be opened or read";
    case IP2ASN_ERROR_DAMAGED:
      return "the file is damaged, or is neither an index nor a source";
    case IP2ASN_ERROR_VERSION:
      return "the index has a format that this version does not read; compile it again";
    case IP2ASN_ERROR_EMPTY:
      return "the file announces no address";
    case IP2ASN_ERROR_LIMIT:
      return "the file is larger than is accepted";
    case IP2ASN_ERROR_CHANGED:
      return "the file changed while it was read; try again";
    case IP2ASN_ERROR_MEMORY:
      return "out of memory";
    default:
      return "unknown status";
  }
}

IP2ASN_EXPORT const char* ip2asn_version(void) { return PACKAGE_VERSION; }

IP2ASN_EXPORT int ip2asn_open(const char* path, unsigned flags, ip2asn_db** db, char* error, std::size_t error_size) {
  return open_guarded(db, error, error_size, [&]() -> Result<ip2asn_db*> {
    if (path == nullptr) return Error{Errc::argument, "no path was given"};
    if ((flags & ~unsigned{IP2ASN_OPEN_INDEX_ONLY}) != 0) return Error{Errc::argument, "an unknown flag was given"};
    if ((flags & IP2ASN_OPEN_INDEX_ONLY) != 0) {
      const auto is_index = ip2asn::is_index_file(path);
      if (!is_index) return is_index.error();
      if (!*is_index) {
        return Error{Errc::damaged, std::string(path) + ": is not a compiled index; make one with ip2asn compile"};
      }
    }
    ip2asn::Findings findings;
    auto database = Database::open({path}, ip2asn::HosterMap(), ip2asn::SourceOptions(), findings);
    if (!database) return std::move(database).error();
    const Image image = database->image();
    return new ip2asn_db{*std::move(database), image};
  });
}

IP2ASN_EXPORT int ip2asn_open_memory(const void* bytes, std::size_t size, ip2asn_db** db, char* error,
                                     std::size_t error_size) {
  return open_guarded(db, error, error_size, [&]() -> Result<ip2asn_db*> {
    if (bytes == nullptr) return Error{Errc::argument, "no bytes were given"};
    ImageBuffer buffer(size);
    if (size != 0) std::memcpy(buffer.bytes().data(), bytes, size);
    const auto image = Image::open(std::as_const(buffer).bytes());
    if (!image) return Error{image.error().code, "the memory " + image.error().message};
    return new ip2asn_db{std::move(buffer), *image};
  });
}

IP2ASN_EXPORT void ip2asn_close(ip2asn_db* db) { delete db; }

IP2ASN_EXPORT int ip2asn_lookup_string(const ip2asn_db* db, const char* address, ip2asn_result* result) {
  if (db == nullptr || address == nullptr || result == nullptr) return IP2ASN_ERROR_ARGUMENT;
  const auto parsed = ip2asn::parse_address(address);
  fill(db->image, parsed ? db->image.lookup(*parsed) : 0, *result);
  return parsed ? IP2ASN_OK : IP2ASN_ERROR_ADDRESS;
}

IP2ASN_EXPORT int ip2asn_lookup_bytes(const ip2asn_db* db, int family, const void* address, ip2asn_result* result) {
  if (db == nullptr || result == nullptr) return IP2ASN_ERROR_ARGUMENT;
  const auto read = address_of(family, address);
  fill(db->image, read ? db->image.lookup(*read) : 0, *result);
  return read ? IP2ASN_OK : IP2ASN_ERROR_ARGUMENT;
}

IP2ASN_EXPORT int ip2asn_lookup_sockaddr(const ip2asn_db* db, const struct sockaddr* address, ip2asn_result* result) {
  const void* bytes = nullptr;
  if (address != nullptr && address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address != nullptr && address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  return ip2asn_lookup_bytes(db, address != nullptr ? address->sa_family : AF_UNSPEC, bytes, result);
}

IP2ASN_EXPORT int ip2asn_asns4(const ip2asn_db* db, const std::uint32_t* addresses, std::size_t count,
                               std::uint32_t* asns) {
  if (db == nullptr || (count != 0 && (addresses == nullptr || asns == nullptr))) return IP2ASN_ERROR_ARGUMENT;
  look_up_many<std::uint32_t>(db->image, db->image.index4(), count, asns, [&](std::size_t i) { return addresses[i]; });
  return IP2ASN_OK;
}

IP2ASN_EXPORT int ip2asn_asns6(const ip2asn_db* db, const std::uint8_t (*addresses)[16], std::size_t count,
                               std::uint32_t* asns) {
  if (db == nullptr || (count != 0 && (addresses == nullptr || asns == nullptr))) return IP2ASN_ERROR_ARGUMENT;
  look_up_many<Key6>(db->image, db->image.index6(), count, asns, [&](std::size_t i) {
    const Address address = Address::from_v6_bytes(addresses[i]);
    return Key6{address.hi, address.lo};
  });
  // The few that are IPv4 in IPv6 have their answers in the other index.
  for (std::size_t i = 0; i < count; ++i) {
    const Address address = Address::from_v6_bytes(addresses[i]);
    if (unmapped(address).family == Family::v4) asns[i] = db->image.asn(db->image.lookup(address));
  }
  return IP2ASN_OK;
}

IP2ASN_EXPORT int ip2asn_range_string(const ip2asn_db* db, const char* address, ip2asn_range* range,
                                      std::uint32_t* asn) {
  if (db == nullptr || address == nullptr || range == nullptr) return IP2ASN_ERROR_ARGUMENT;
  const auto parsed = ip2asn::parse_address(address);
  return parsed ? find_range(*db, *parsed, *range, asn) : IP2ASN_ERROR_ADDRESS;
}

IP2ASN_EXPORT int ip2asn_range_bytes(const ip2asn_db* db, int family, const void* address, ip2asn_range* range,
                                     std::uint32_t* asn) {
  if (db == nullptr || range == nullptr) return IP2ASN_ERROR_ARGUMENT;
  const auto read = address_of(family, address);
  return read ? find_range(*db, *read, *range, asn) : IP2ASN_ERROR_ARGUMENT;
}

IP2ASN_EXPORT int ip2asn_lookup_asn(const ip2asn_db* db, std::uint32_t asn, ip2asn_result* result) {
  if (db == nullptr || result == nullptr) return IP2ASN_ERROR_ARGUMENT;
  // The records that cover most space have the lowest numbers.
  const auto records = db->image.records_of(asn);
  fill(db->image, records.empty() ? 0 : records.front(), *result);
  return IP2ASN_OK;
}

IP2ASN_EXPORT int ip2asn_each_prefix(const ip2asn_db* db, std::uint32_t asn,
                                     int (*each)(const ip2asn_range* range, void* context), void* context) {
  if (db == nullptr || each == nullptr) return IP2ASN_ERROR_ARGUMENT;
  if (db->image.records_of(asn).empty()) return IP2ASN_OK;
  try {
    Subnets subnets = Subnets::of_as(db->image, asn);
    for (Prefix prefix; subnets.next(db->image, prefix);) {
      const ip2asn_range range = range_of(prefix.range(), prefix.length);
      if (each(&range, context) != 0) break;
    }
  } catch (const std::bad_alloc&) {
    return IP2ASN_ERROR_MEMORY;
  }
  return IP2ASN_OK;
}

IP2ASN_EXPORT int ip2asn_each_asn(const ip2asn_db* db, int (*each)(std::uint32_t asn, void* context), void* context) {
  if (db == nullptr || each == nullptr) return IP2ASN_ERROR_ARGUMENT;
  std::uint32_t before = 0;
  for (const RecordId id : db->image.records_by_asn()) {
    const std::uint32_t asn = db->image.asn(id);
    if (asn == before) continue;
    before = asn;
    if (each(asn, context) != 0) break;
  }
  return IP2ASN_OK;
}

IP2ASN_EXPORT int ip2asn_get_metadata(const ip2asn_db* db, ip2asn_metadata* metadata) {
  if (db == nullptr || metadata == nullptr) return IP2ASN_ERROR_ARGUMENT;
  const auto v4 = db->image.family_info(Family::v4), v6 = db->image.family_info(Family::v6);
  *metadata = {};
  metadata->index_id = db->image.content_id();
  metadata->data_time = db->image.data_time();
  metadata->format_version = ip2asn::kImageVersion;
  metadata->size = db->image.bytes().size();
  metadata->ranges4 = v4.ranges;
  metadata->ranges6 = v6.ranges;
  metadata->asns4 = v4.asns;
  metadata->asns6 = v6.asns;
  metadata->addresses4 = v4.addresses;
  metadata->addresses6 = v6.addresses;
  return IP2ASN_OK;
}
