// Files that people name as sources and that cannot be used, known by their magic numbers.
#pragma once

#include <optional>
#include <string_view>

namespace ip2asn {

/// What a file that begins with `head` is and what to do instead, to stand behind "FILE: "; nothing when it is not
/// known.
std::optional<std::string_view> refused_by_magic(std::string_view head) noexcept;

}  // namespace ip2asn
