// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace ip2asn {

/// "422,740".
std::string grouped(std::uint64_t count);

/// "0.04", "4.2", "85.1", "220", "1,204": as many digits as are of use.
std::string short_number(double value);

/// "8.2 MB", "512 B", in powers of 1000.
std::string byte_size(double bytes);

/// "36", "3.1", "0.02": of a hundred; "0" when there is no whole.
std::string percentage(double part, double whole);

}  // namespace ip2asn
