// How the cache names what it keeps: by SHA-256.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hh"

namespace ip2asn {

/// A file name made of a digest and a suffix.
inline std::string digest_name(const Digest& digest, std::string_view suffix) {
  return to_hex(digest) + std::string(suffix);
}

/// The digest of such a name; nothing for any other.
std::optional<Digest> digest_of_name(std::string_view name, std::string_view suffix);

/// What names of compiled indexes end with.
inline constexpr std::string_view kEntrySuffix = ".idx";
/// Of records of what was found good, and of copies of it.
inline constexpr std::string_view kGoodSuffix = ".good";
inline constexpr std::string_view kCopySuffix = ".copy";

}  // namespace ip2asn
