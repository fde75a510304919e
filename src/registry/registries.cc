#include "registry/registries.hh"

#include <algorithm>
#include <cctype>
#include <utility>

namespace ip2asn {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

// For ARIN, RIPE NCC and APNIC no limit of RDAP is published; one query a second is what operators take for polite.
// AFRINIC bars who asks for too much for a year. LACNIC says "10 queries per 1 minutes", and blocks at six.
constexpr RegistryEntry kRegistries[] = {
    {"arin",
     "rdap.arin.net",
     "whois.arin.net",
     {kSecond, 2},
     "https://www.arin.net/resources/registry/whois/tou/",
     "american registry for internet numbers",
     "ARIN"},
    {"ripencc",
     "rdap.db.ripe.net",
     "whois.ripe.net",
     {kSecond, 2},
     "https://apps.db.ripe.net/docs/HTML-Terms-And-Conditions",
     "ripe network coordination centre",
     "RIPE"},
    {"apnic",
     "rdap.apnic.net",
     "whois.apnic.net",
     {kSecond, 2},
     "https://www.apnic.net/manage-ip/using-whois/bulk-access/copyright/",
     "asia pacific network information centre",
     "APNIC"},
    {"lacnic",
     "rdap.lacnic.net",
     "whois.lacnic.net",
     {12 * kSecond, 1},
     "https://www.lacnic.net/2472/2/lacnic/terms-of-use",
     "latin american and caribbean ip address regional registry",
     "LACNIC"},
    {"afrinic",
     "rdap.afrinic.net",
     "whois.afrinic.net",
     {2 * kSecond, 1},
     "https://afrinic.net/whois/terms",
     "african network information cent",
     "AFRINIC"},
};

// Without case and without hyphens: "Asia-Pacific" is "Asia Pacific".
bool begins_as(std::string_view text, std::string_view start) noexcept {
  if (text.size() < start.size()) return false;
  return std::equal(start.begin(), start.end(), text.begin(), [](char wanted, char c) {
    return (c == '-' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)))) == wanted;
  });
}

}  // namespace

const RegistryEntry* find_registry(std::string_view name) noexcept {
  for (const RegistryEntry& entry : kRegistries) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

const RegistryEntry* find_registry_by_host(std::string_view host) noexcept {
  for (const RegistryEntry& entry : kRegistries) {
    if (entry.host == host || entry.whois_host == host) return &entry;
  }
  return nullptr;
}

std::string registry_name(std::string_view host, std::string_view port) {
  if (const RegistryEntry* const entry = find_registry_by_host(host)) return std::string(entry->name);
  std::string name(host);
  if (!port.empty()) name.append(":").append(port);
  return name;
}

Pace default_pace(std::string_view name) noexcept {
  const RegistryEntry* const entry = find_registry(name);
  return entry != nullptr ? entry->pace : Pace();
}

bool is_registry(std::string_view holder, std::string_view handle) noexcept {
  return std::any_of(std::begin(kRegistries), std::end(kRegistries), [&](const RegistryEntry& entry) {
    return begins_as(holder, entry.title) || (!handle.empty() && handle == entry.handle);
  });
}

std::string_view national_registry(std::string_view holder) noexcept {
  constexpr std::pair<std::string_view, std::string_view> kNational[] = {
      {"japan network information cent", "whois.nic.ad.jp"},
      {"jpnic", "whois.nic.ad.jp"},
      {"korea network information cent", "whois.kisa.or.kr"},
      {"korea internet & security agency", "whois.kisa.or.kr"},
      {"krnic", "whois.kisa.or.kr"},
      {"taiwan network information cent", "whois.twnic.net.tw"},
      {"twnic", "whois.twnic.net.tw"}};
  for (const auto& [title, server] : kNational) {
    if (begins_as(holder, title)) return server;
  }
  return {};
}

}  // namespace ip2asn
