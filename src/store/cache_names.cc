#include "store/cache_names.hh"

namespace ip2asn {

std::optional<Digest> digest_of_name(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  // Names are written in lower case alone.
  if (name.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  return parse_digest(std::string(name));
}

}  // namespace ip2asn
