// URLs (RFC 3986), by libcurl's parser.
#pragma once

#include <string>
#include <string_view>

namespace ip2asn {

/// The parts of an absolute URL; all empty when it is not one.
struct Url {
  std::string scheme;  ///< in lower case
  std::string host;    ///< in lower case; an IPv6 address without its brackets
  std::string port;    ///< as it is written; empty where it is not

  static Url parse(std::string_view text);
};

/// What a Location header leads to from `base`; empty when it makes no URL.
std::string resolve_url(std::string_view base, std::string_view location);

}  // namespace ip2asn
