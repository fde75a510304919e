#include "base/text.hh"
#include "compile/hoster_map.hh"
#include "targets.hh"

namespace ip2asn::fuzz {

// A map, and behind a NUL a description to look up in it.
void hosters(Input input) {
  const std::string_view text = text_of(input);
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view map_text = text.substr(0, end), description = text.substr(std::min(end + 1, text.size()));
  const auto map = HosterMap::parse(map_text, "m");
  if (!map) {
    require(is_clean(map.error().message, 4096), "an error can be printed");
    return;
  }
  for (const Hoster& hoster : map->hosters()) {
    require(!hoster.name.empty() && hoster.name.size() <= HosterMap::kMaxName, "names");
    require(!hoster.category.empty() && hoster.category.size() <= HosterMap::kMaxName, "classes");
  }
  for (const std::uint32_t asn : {0u, 1u, 64500u, ~0u}) {
    for (const std::string_view about : {description, map_text, std::string_view()}) {
      const std::uint32_t found = map->match(asn, about);
      require(found == HosterMap::kNone || found < map->hosters().size(), "a match is a hoster");
    }
  }
}

}  // namespace ip2asn::fuzz
