// The registries that are known by name: where they answer and how often they may be asked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ip2asn {

/// How often a registry is asked at most: a query every `interval_us`, `in_flight` at a time.
struct Pace {
  std::int64_t interval_us = 12'000'000;
  unsigned in_flight = 1;
};

struct RegistryEntry {
  std::string_view name;        ///< as in the files of the registries: "ripencc"
  std::string_view host;        ///< of its RDAP service
  std::string_view whois_host;  ///< on port 43
  Pace pace;
  std::string_view terms;  ///< where its conditions of use are
  std::string_view title;  ///< as a registrant calls itself, in lower case
  std::string_view handle;
};

/// By name or by RDAP or WHOIS host (in lower case); nullptr for any other.
const RegistryEntry* find_registry(std::string_view name) noexcept;
const RegistryEntry* find_registry_by_host(std::string_view host) noexcept;

/// The name of the registry that answers at `host`: one of the five, else the host, with ":port" where `port` is not
/// empty.
std::string registry_name(std::string_view host, std::string_view port);

/// The pace that a registry of this name is asked at when the user says nothing.
Pace default_pace(std::string_view name) noexcept;

/// Whether a registrant, by name or by handle, is itself one of the five registries.
bool is_registry(std::string_view holder, std::string_view handle) noexcept;

/// The WHOIS server of the national registry that `holder` is, under APNIC, and which knows to whom it gave its ranges;
/// empty for any other. Those whose data APNIC has itself are none.
std::string_view national_registry(std::string_view holder) noexcept;

}  // namespace ip2asn
