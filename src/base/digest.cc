#include "base/digest.hh"

#include <charconv>

namespace ip2asn {
namespace {

constexpr std::size_t kWordDigits = 16;

}  // namespace

std::string to_hex(const Digest& digest) {
  std::string hex;
  for (const std::uint64_t word : digest) {
    for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[(word >> shift) & 15];
  }
  return hex;
}

std::optional<Digest> parse_digest(const std::string& hex) {
  Digest digest;
  if (hex.size() != digest.size() * kWordDigits) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const char* first = hex.data() + i * kWordDigits;
    const auto [end, error] = std::from_chars(first, first + kWordDigits, digest[i], 16);
    if (error != std::errc() || end != first + kWordDigits) return std::nullopt;
  }
  return digest;
}

Digest Sha256::finish() {
  std::uint8_t bytes[SHA256_DIGEST_SIZE];
  sha256_digest(&context_, sizeof(bytes), bytes);
  Digest digest{};
  for (std::size_t i = 0; i < sizeof(bytes); ++i) digest[i / 8] = digest[i / 8] << 8 | bytes[i];
  return digest;
}

}  // namespace ip2asn
