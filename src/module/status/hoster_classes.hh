// Hosters' classes by name, of the data in use.
#pragma once

#include <map>
#include <string_view>

#include "module/index_store.hh"

namespace ip2asn::httpd {

/// Points into the pinned index.
using HosterClasses = std::map<std::string_view, std::string_view>;

inline HosterClasses hoster_classes(const IndexPin& pin) {
  HosterClasses classes;
  for (std::uint16_t i = 1; pin && i <= pin->hoster_count(); ++i) {
    const HosterName hoster = pin->hoster(i);
    classes.emplace(hoster.name, hoster.category);
  }
  return classes;
}

/// Empty for a hoster that the data has no more.
inline std::string_view class_of(const HosterClasses& classes, std::string_view hoster) noexcept {
  const auto found = classes.find(hoster);
  return found != classes.end() ? found->second : std::string_view();
}

}  // namespace ip2asn::httpd
