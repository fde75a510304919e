// Requests that a <Location> gives to one of this module's handlers: no file is behind them.
#pragma once

#include <string_view>

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// The names in SetHandler.
inline constexpr char kHandlerName[] = "ip2asn";
inline constexpr char kStatusHandlerName[] = "ip2asn-status";

/// translate_name, after all others: such a request has no file to be named.
int claim_name(request_rec* r) noexcept;

/// map_to_storage: it needs neither the directory walk nor a stat. Settings of <Directory> sections and .htaccess files
/// therefore do not hold for it; those of <Location> do.
int claim_storage(request_rec* r) noexcept;

/// The path of the <Location> that gives the request to its handler, or "" when none with a path does: a pattern, an
/// <If> outside, a directory, the server itself. Sections that merely apply to the request as well are of no account.
std::string_view section_path(const request_rec* r) noexcept;

/// The path of the first <Location> of the request's virtual host that sets the handler `name`, or "" for none: for
/// links from one page to another.
std::string_view path_of_handler(request_rec* r, std::string_view name) noexcept;

}  // namespace ip2asn::httpd
