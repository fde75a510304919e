// The objects of a WHOIS answer: runs of "key: value" lines.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ip2asn {

/// Keys are in lower case, without the ornaments of rwhois ("network:IP-Network;I:" is "ip-network") and JPNIC
/// ("g. [Organization]" is "organization").
struct WhoisObject {
  std::vector<std::pair<std::string, std::string>> lines;

  /// The first value that is not empty; empty where there is none.
  std::string_view get(std::string_view key) const;
  /// The first such value of several keys, in their order.
  template <class... Keys>
  std::string_view first_of(Keys... keys) const {
    std::string_view found;
    ((found = found.empty() ? get(keys) : found), ...);
    return found;
  }
};

/// Comments are left out; so is what KRNIC says in Korean before it says it in English, and the tags of web gateways.
std::vector<WhoisObject> whois_objects(std::string_view text);

}  // namespace ip2asn
