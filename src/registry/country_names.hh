// The English names of countries, as registrants write them.
#pragma once

#include <string_view>

namespace ip2asn {

/// Whether `text`, in lower case and without dots, is the name of a country. Any thread.
bool is_country_name(std::string_view text) noexcept;

}  // namespace ip2asn
