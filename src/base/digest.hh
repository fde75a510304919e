// SHA-256, by which the project names what must not be confused with anything else.
#pragma once

#include <nettle/sha2.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ip2asn {

/// A SHA-256. That of what an index was compiled from is its name in the cache.
using Digest = std::array<std::uint64_t, 4>;

/// 64 hexadecimal digits.
std::string to_hex(const Digest& digest);
std::optional<Digest> parse_digest(const std::string& hex);

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

}  // namespace ip2asn
