#include "core/cache_names.hh"

namespace ip2asn {

Digest Sha256::finish() {
  std::uint8_t bytes[SHA256_DIGEST_SIZE];
  sha256_digest(&context_, sizeof(bytes), bytes);
  Digest digest{};
  for (std::size_t i = 0; i < sizeof(bytes); ++i) digest[i / 8] = digest[i / 8] << 8 | bytes[i];
  return digest;
}

std::optional<Digest> digest_of_name(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  // Names are written in lower case alone.
  if (name.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return parse_digest(std::string(name));
}

}  // namespace ip2asn
