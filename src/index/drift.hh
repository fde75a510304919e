// The drift guard: new data that lost too much of the old is more likely broken than true.
#pragma once

#include <optional>
#include <string>

#include "index/image.hh"

namespace ip2asn {

/// Share in per cent that new data may lose when nobody says otherwise.
inline constexpr double kDefaultMaxDrift = 5;

/// Compares, for each family, announced ranges, distinct ASes and covered addresses. When one of them fell by more than
/// `max_percent` (0 to 100) of the old, returns a sentence that names what fell, from what to what; nullopt when all is
/// within bounds. Growth is no drift, and neither is a family that the old data did not have. Any thread.
std::optional<std::string> drift(const Image& old_image, const Image& new_image, double max_percent);

}  // namespace ip2asn
