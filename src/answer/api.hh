// What a request to the look-up endpoint asks for: its route, the form of the answer, and addresses and AS numbers as
// people write them in URLs.
//
// Pure functions on text that anybody may have sent; they may be called from any thread, and allocate nothing but what
// they return.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ip2asn::api {

enum class Form : std::uint8_t { json, plain, html };

/// The form that an Accept header (RFC 9110 12.5.1) asks for. HTML and plain text only where they are named; among the
/// named ones the highest weight wins, then the first. JSON otherwise, also for an empty header: clients of the
/// public service send none, and parse JSON.
Form choose_form(std::string_view accept) noexcept;

/// The media type of a form, with its charset.
const char* media_type(Form form) noexcept;

enum class Resource : std::uint8_t {
  none,             ///< no such route
  page,             ///< /
  own_address,      ///< /v1/as/ip
  address,          ///< /v1/as/ip/<address>
  bulk,             ///< /v1/as/ips
  as,               ///< /v1/as/n/<number>
  as_subnets,       ///< /v1/as/n/<number>/subnets
  as_list,          ///< /v1/as/ns
  country,          ///< /v1/as/country/<code>
  country_subnets,  ///< /v1/as/country/<code>/subnets
  openapi,          ///< /openapi.json
};

struct Route {
  Resource resource = Resource::none;
  std::string_view argument;  ///< part of the path: the address, number or country as it was written, possibly empty
};

/// The route that `path` is, which begins where the endpoint does: "/v1/as/ns" or, for the page, "/" or "". One slash
/// at the end does not matter, but for /v1/as/ip/, which lacks its address.
Route parse_route(std::string_view path) noexcept;

/// Where an endpoint begins in a URI, and which of its routes the rest is.
struct Location {
  std::string_view base;  ///< part of `uri` (or of nothing, where no route was found)
  Route route;
};

/// Finds base and route in `uri`, a decoded path. `section` is the path of the configuration's section that it is
/// served by, with a slash at its start; empty for a section without a path: there the base is what stands before the
/// route.
Location locate(std::string_view uri, std::string_view section) noexcept;

/// `base` as links have it (RFC 3986 3.3): whatever stands in it, what a browser makes of it and a route behind it is a
/// path of the same host. Empty, or with a slash at its start and none at its end.
std::string link_path(std::string_view base);

/// Why `text`, which is no address, is none: a sentence's end, after "'…' ".
std::string_view why_no_address(std::string_view text) noexcept;

/// "15169", "AS15169" or "as15169": a decimal number from 0 to 4294967295 without leading zeros.
std::optional<std::uint32_t> parse_asn(std::string_view text) noexcept;

/// A country code: two letters, in capitals.
using CountryCode = std::array<char, 2>;
std::optional<CountryCode> parse_country(std::string_view text) noexcept;

}  // namespace ip2asn::api
