#include "store/recipe.hh"

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/system_error.hh"
#include "compile/hoster_map.hh"
#include "index/image.hh"

namespace ip2asn {
namespace {

// What belongs to a recipe besides the sources; `use` makes what is wanted of it.
template <class Use>
auto with_all(const Recipe& recipe, Findings& findings, Use&& use) -> decltype(use(HosterMap(), LocalData())) {
  HosterMap hosters;
  if (!recipe.hoster_map.empty()) {
    auto map = HosterMap::read(recipe.hoster_map);
    if (!map) return std::move(map).error();
    hosters = *std::move(map);
  }
  LocalData local;
  local.overrides = recipe.overrides;
  for (const ListFile& file : recipe.lists) {
    auto list = read_list(file, findings);
    if (!list) return std::move(list).error();
    local.lists.push_back(*std::move(list));
  }
  if (!recipe.names.empty()) {
    auto names = AsNames::read(recipe.names, recipe.options, findings);
    if (!names) return std::move(names).error();
    local.names = *std::move(names);
  }
  return use(hosters, local);
}

}  // namespace

std::vector<std::string> Recipe::inputs() const {
  std::vector<std::string> inputs;
  if (!hoster_map.empty()) inputs.push_back(hoster_map);
  for (const ListFile& list : lists) inputs.push_back(list.path);
  inputs.insert(inputs.end(), names.begin(), names.end());
  inputs.insert(inputs.end(), sources.begin(), sources.end());
  return inputs;
}

std::string Recipe::settings() const {
  // Counts and lengths before what they count keep two recipes from reading like one.
  std::string settings;
  const auto number = [&settings](std::uint64_t value) { settings += std::to_string(value) + ' '; };
  const auto text = [&](std::string_view value) {
    number(value.size());
    settings += value;
  };
  number(kImageVersion);
  number(options.strict);
  number(static_cast<std::uint64_t>(options.combine));
  number(hoster_map.empty() ? 0 : HosterMap::kRules);
  number(names.size());
  number(lists.size());
  for (const ListFile& list : lists) {
    text(list.name);
    number(list.selectors.size());
    for (const ListSelector& each : list.selectors) text(to_string(each));
  }
  number(overrides.size());
  for (const Override& each : overrides) {
    text(to_string(each.network));
    number(each.asn);
    for (const auto& part : {each.country, each.name}) {
      number(part.has_value());
      text(part.value_or(""));
    }
  }
  return settings;
}

std::string hoster_map_path(const std::optional<std::string>& chosen, const char* installed) {
  if (chosen) return *chosen;
  struct stat st;
  const bool missing = ::lstat(installed, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
  return missing ? "" : installed;
}

Result<Database> build(const Recipe& recipe, Findings& findings) {
  return guarded("reading ", recipe.sources.empty() ? std::string_view() : recipe.sources[0], [&] {
    return with_all(recipe, findings, [&](const HosterMap& hosters, const LocalData& local) {
      return Database::open(recipe.sources, hosters, recipe.options, findings, local);
    });
  });
}

Result<Done> build(const Recipe& recipe, Findings& findings, ImageSink& sink) {
  return guarded("reading ", recipe.sources.empty() ? std::string_view() : recipe.sources[0], [&] {
    return with_all(recipe, findings, [&](const HosterMap& hosters, const LocalData& local) {
      return Database::write(recipe.sources, hosters, recipe.options, findings, local, sink);
    });
  });
}

}  // namespace ip2asn
