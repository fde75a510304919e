#include "net/special.hh"

#include <cstdint>
#include <span>

namespace ip2asn {
namespace {

// Whether packets to it are forwarded beyond one network. Where IANA says "N/A" (6to4 and what else is deprecated) they
// are not: nobody holds such space.
enum Reach : bool { local = false, global = true };

struct Entry4 {
  std::uint32_t first;
  int length;
  std::string_view name;
  Reach reach = local;
};

// Where entries nest, the narrower ones stand first.
constexpr Entry4 kSpecial4[] = {
    {0x00000000, 32, "This host on this network"},
    {0x00000000, 8, "This network"},
    {0x0A000000, 8, "Private-Use"},
    {0x64400000, 10, "Shared Address Space"},
    {0x7F000000, 8, "Loopback"},
    {0xA9FE0000, 16, "Link Local"},
    {0xAC100000, 12, "Private-Use"},
    {0xC0000000, 29, "IPv4 Service Continuity Prefix"},
    {0xC0000008, 32, "IPv4 dummy address"},
    {0xC0000009, 32, "Port Control Protocol Anycast", global},
    {0xC000000A, 32, "Traversal Using Relays around NAT Anycast", global},
    {0xC00000AA, 31, "NAT64/DNS64 Discovery"},
    {0xC0000000, 24, "IETF Protocol Assignments"},
    {0xC0000200, 24, "Documentation (TEST-NET-1)"},
    {0xC01FC400, 24, "AS112-v4", global},
    {0xC034C100, 24, "AMT", global},
    {0xC0586302, 32, "6a44-relay anycast address"},
    {0xC0586300, 24, "Deprecated (6to4 Relay Anycast)"},
    {0xC0A80000, 16, "Private-Use"},
    {0xC0AF3000, 24, "Direct Delegation AS112 Service", global},
    {0xC6120000, 15, "Benchmarking"},
    {0xC6336400, 24, "Documentation (TEST-NET-2)"},
    {0xCB007100, 24, "Documentation (TEST-NET-3)"},
    {0xE0000000, 4, "Multicast"},
    {0xFFFFFFFF, 32, "Limited Broadcast"},
    {0xF0000000, 4, "Reserved"},
};

struct Entry6 {
  std::uint64_t hi, lo;
  int length;
  std::string_view name;
  Reach reach = local;
};

constexpr Entry6 kSpecial6[] = {
    {0, 0, 128, "Unspecified Address"},
    {0, 1, 128, "Loopback Address"},
    {0, 0x0000FFFF00000000, 96, "IPv4-mapped Address"},
    {0x0064FF9B00000000, 0, 96, "IPv4-IPv6 Translat.", global},
    {0x0064FF9B00010000, 0, 48, "IPv4-IPv6 Translat."},
    {0x0100000000000000, 0, 64, "Discard-Only Address Block"},
    {0x0100000000000001, 0, 64, "Dummy IPv6 Prefix"},
    {0x2001000000000000, 0, 32, "TEREDO"},
    {0x2001000100000000, 1, 128, "Port Control Protocol Anycast", global},
    {0x2001000100000000, 2, 128, "Traversal Using Relays around NAT Anycast", global},
    {0x2001000100000000, 3, 128, "DNS-SD Service Registration Protocol Anycast", global},
    {0x2001000200000000, 0, 48, "Benchmarking"},
    {0x2001000300000000, 0, 32, "AMT", global},
    {0x2001000401120000, 0, 48, "AS112-v6", global},
    {0x2001001000000000, 0, 28, "Deprecated (previously ORCHID)"},
    {0x2001002000000000, 0, 28, "ORCHIDv2", global},
    {0x2001003000000000, 0, 28, "Drone Remote ID Protocol Entity Tags (DETs) Prefix", global},
    {0x2001000000000000, 0, 23, "IETF Protocol Assignments"},
    {0x20010DB800000000, 0, 32, "Documentation"},
    {0x2002000000000000, 0, 16, "6to4"},
    {0x2620004F80000000, 0, 48, "Direct Delegation AS112 Service", global},
    {0x3FFF000000000000, 0, 20, "Documentation"},
    {0x5F00000000000000, 0, 16, "Segment Routing (SRv6) SIDs"},
    {0xFC00000000000000, 0, 7, "Unique-Local"},
    {0xFE80000000000000, 0, 10, "Link-Local Unicast"},
    {0xFF00000000000000, 0, 8, "Multicast"},
};

// Whether the first `length` bits of the difference are 0.
bool same(std::uint64_t hi, std::uint64_t lo, int length) {
  if (length <= 64) return hi >> (64 - length) == 0;
  return hi == 0 && (length == 128 ? lo == 0 : lo >> (128 - length) == 0);
}

}  // namespace

std::optional<SpecialBlock> special_block(const Address& address) noexcept {
  if (address.family == Family::v4) {
    const std::uint64_t bits = address.v4_bits();
    for (const Entry4& entry : kSpecial4) {
      if ((bits ^ entry.first) >> (32 - entry.length) != 0) continue;
      return SpecialBlock{{Address::v4(entry.first), entry.length}, entry.name, entry.reach == global};
    }
    return std::nullopt;
  }
  for (const Entry6& entry : kSpecial6) {
    if (!same(address.hi ^ entry.hi, address.lo ^ entry.lo, entry.length)) continue;
    return SpecialBlock{{Address::v6(entry.hi, entry.lo), entry.length}, entry.name, entry.reach == global};
  }
  return std::nullopt;
}

std::vector<SpecialBlock> special_blocks(Family family) {
  std::vector<SpecialBlock> blocks;
  if (family == Family::v4) {
    for (const Entry4& entry : kSpecial4) {
      blocks.push_back({{Address::v4(entry.first), entry.length}, entry.name, entry.reach == global});
    }
    return blocks;
  }
  for (const Entry6& entry : kSpecial6) {
    blocks.push_back({{Address::v6(entry.hi, entry.lo), entry.length}, entry.name, entry.reach == global});
  }
  return blocks;
}

std::string_view special_purpose(const Address& address) noexcept {
  const std::optional<SpecialBlock> block = special_block(address);
  return block ? block->name : std::string_view();
}

}  // namespace ip2asn
