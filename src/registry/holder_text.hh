// Which texts of a registry's answer could be the name of a holder: descriptions are free text, and tell places,
// addresses and whom to write to as well.
#pragma once

#include <string>
#include <string_view>

namespace ip2asn {

/// Whether `line` of a description could name a holder. Not: a place ("Zurich, Switzerland"), a street or a postal
/// code with its city, a mailbox, a URL, a telephone number, a request ("please send…"), an ornament. A company's
/// branch ("Example, Germany") is told from a place by the network's name, in which the company mostly is.
bool could_name_holder(std::string_view line, std::string_view network_name);

/// Whether `text` is a handle of a registry's database, as "ORG-EX1-RIPE" or "EXAMPLE-MNT", rather than a name.
bool is_handle(std::string_view text) noexcept;

/// Whether `text` tells a person's whereabouts rather than a holder: an e-mail address is in it.
bool holds_mailbox(std::string_view text) noexcept;

}  // namespace ip2asn
