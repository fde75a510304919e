// A small writer of MaxMind DB files, good and bad ones.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/address.hh"

namespace ip2asn::test {

/// Values of the data section.
inline std::string mmdb_head(unsigned type, std::size_t size) {
  std::string head;
  const std::size_t low = size < 29 ? size : size < 285 ? 29 : 30;
  head += static_cast<char>((type <= 7 ? type << 5 : 0) | low);
  if (type > 7) head += static_cast<char>(type - 7);
  if (low == 29) head += static_cast<char>(size - 29);
  if (low == 30) {
    head += static_cast<char>((size - 285) >> 8);
    head += static_cast<char>((size - 285) & 255);
  }
  return head;
}
inline std::string mmdb_text(std::string_view text) { return mmdb_head(2, text.size()) + std::string(text); }
inline std::string mmdb_number(std::uint64_t number, unsigned type = 6) {
  std::string bytes;
  for (; number != 0; number >>= 8) bytes.insert(bytes.begin(), static_cast<char>(number & 255));
  return mmdb_head(type, bytes.size()) + bytes;
}
inline std::string mmdb_map(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string map = mmdb_head(7, entries.size());
  for (const auto& [key, value] : entries) map += mmdb_text(key) + value;
  return map;
}
inline std::string mmdb_as(std::uint32_t asn, std::string_view name) {
  return mmdb_map(
      {{"autonomous_system_number", mmdb_number(asn)}, {"autonomous_system_organization", mmdb_text(name)}});
}

/// A network and where in the data section its record stands.
struct MmdbEntry {
  std::string network;  ///< of a tree of IPv6, IPv4 networks are put below ::/96
  std::size_t at = 0;
};

struct MmdbForm {
  unsigned record_bits = 28;
  unsigned ip_version = 6;
  std::string type = "GeoLite2-ASN";
  std::vector<std::string> aliases{};  ///< of the IPv4 part, such as "2002::/16"
};

/// A database of `entries`, which may nest, the wider ones first.
inline std::string mmdb_file(const std::string& data, const std::vector<MmdbEntry>& entries,
                             const MmdbForm& form = {}) {
  constexpr std::int64_t kNothing = -1;
  // A record: -1 for nothing, a node, or -2 - offset for data.
  std::vector<std::pair<std::int64_t, std::int64_t>> nodes{{kNothing, kNothing}};
  const auto insert = [&](const Prefix& prefix, std::int64_t value) {
    const bool inside = prefix.address.family == Family::v4 && form.ip_version == 6;
    const int length = prefix.length + (inside ? 96 : 0);
    const int width = form.ip_version == 6 ? 128 : 32;
    std::size_t node = 0;
    for (int i = 0; i < length; ++i) {
      const int bit = width - 1 - i;
      const bool set = ((bit >= 64 ? prefix.address.hi >> (bit - 64) : prefix.address.lo >> bit) & 1) != 0;
      if (i + 1 == length) {
        (set ? nodes[node].second : nodes[node].first) = value;
        return node;
      }
      std::int64_t next = set ? nodes[node].second : nodes[node].first;
      if (next < 0) {
        nodes.push_back({next, next});
        next = static_cast<std::int64_t>(nodes.size()) - 1;
        (set ? nodes[node].second : nodes[node].first) = next;
      }
      node = static_cast<std::size_t>(next);
    }
    return node;
  };
  for (const MmdbEntry& entry : entries) {
    insert(*parse_prefix(entry.network), -2 - static_cast<std::int64_t>(entry.at));
  }
  std::int64_t v4 = 0;
  for (int i = 0; i < 96 && v4 >= 0; ++i) v4 = nodes[static_cast<std::size_t>(v4)].first;
  for (const std::string& alias : form.aliases) insert(*parse_prefix(alias), v4);

  std::string file;
  const auto record = [&](std::int64_t value) {
    const auto count = static_cast<std::int64_t>(nodes.size());
    return static_cast<std::uint64_t>(value == kNothing ? count : value >= 0 ? value : count + 16 + (-2 - value));
  };
  const auto put = [&file](std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) file += static_cast<char>(value >> (8 * i) & 255);
  };
  for (const auto& [first, second] : nodes) {
    const std::uint64_t a = record(first), b = record(second);
    if (form.record_bits == 28) {
      put(a, 3);
      put((a >> 24) << 4 | b >> 24, 1);
      put(b, 3);
    } else {
      put(a, static_cast<int>(form.record_bits / 8));
      put(b, static_cast<int>(form.record_bits / 8));
    }
  }
  file += std::string(16, '\0') + data + "\xAB\xCD\xEFMaxMind.com";
  return file + mmdb_map({{"binary_format_major_version", mmdb_number(2, 5)},
                          {"binary_format_minor_version", mmdb_number(0, 5)},
                          {"build_epoch", mmdb_number(1'780'000'000, 9)},
                          {"database_type", mmdb_text(form.type)},
                          {"description", mmdb_map({{"en", mmdb_text("made for a test")}})},
                          {"ip_version", mmdb_number(form.ip_version, 5)},
                          {"languages", mmdb_head(11, 1) + mmdb_text("en")},
                          {"node_count", mmdb_number(nodes.size())},
                          {"record_size", mmdb_number(form.record_bits, 5)}});
}

/// Two ASes, both families.
inline std::string mmdb_sample(const MmdbForm& form = {}) {
  const std::string first = mmdb_as(13335, "CLOUDFLARENET");
  std::vector<MmdbEntry> entries{{"1.0.0.0/24", 0}, {"8.8.8.0/24", first.size()}};
  if (form.ip_version == 6) entries.push_back({"2606:4700::/32", 0});
  return mmdb_file(first + mmdb_as(15169, "GOOGLE"), entries, form);
}

}  // namespace ip2asn::test
