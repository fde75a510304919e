// How the cache names what it keeps: by SHA-256.
#pragma once

#include <nettle/sha2.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ip2asn/control_block.hh"

namespace ip2asn {

/// SHA-256 of a stream of bytes.
class Sha256 {
 public:
  Sha256() { sha256_init(&context_); }
  void update(std::string_view bytes) {
    sha256_update(&context_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }
  /// Once, at the end.
  Digest finish();

 private:
  sha256_ctx context_;
};

/// A file name made of a digest and a suffix.
inline std::string digest_name(const Digest& digest, std::string_view suffix) {
  return to_hex(digest) + std::string(suffix);
}

/// The digest of such a name; nothing for any other.
std::optional<Digest> digest_of_name(std::string_view name, std::string_view suffix);

/// What names of compiled indexes end with.
inline constexpr std::string_view kEntrySuffix = ".idx";

}  // namespace ip2asn
