// Names of hosts as lists have them.
#pragma once

#include <string>
#include <string_view>

namespace ip2asn::cli {

/// ASCII letters in lower case, as names have them.
std::string lower_case(std::string_view text);

/// Whether it can be asked for: labels of letters, digits, '-' and '_', of 63 bytes at most, 253 in all.
bool is_host_name(std::string_view name);

/// The host that an entry of a list means: a name, an address, a URL or a link in Markdown, perhaps with a port, a
/// wildcard ("*.example.org") or a blocklist's signs ("||example.org^"). Lower case, without a final dot, Unicode by
/// IDNA (UTS 46, RFC 5891). What is none of these comes back trimmed and in lower case.
std::string host_of(std::string_view text);

/// Whether `name`, of host_of(), is what lists hold: an address, or a name of two labels or more whose last one has a
/// letter. A word or a number alone may be a name, too, but tells nothing of the list.
bool looks_like_host(std::string_view name);

}  // namespace ip2asn::cli
