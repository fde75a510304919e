#include "module/global_config.hh"

#include <string_view>
#include <utility>
#include <vector>

namespace ip2asn::httpd {
namespace {

constexpr char kDatabaseDirective[] = "IP2ASNDatabase";

// Trivial to destroy, as everything static in a module that is loaded and unloaded again.
GlobalConfig config;

}  // namespace

GlobalConfig& global_config() noexcept { return config; }

void reset_global_config() noexcept { config = GlobalConfig(); }

void add_local_data(const GlobalConfig& config, Recipe& recipe) {
  for (int i = 0; config.lists != nullptr && i < config.lists->nelts; ++i) {
    const ListSetting& list = APR_ARRAY_IDX(config.lists, i, ListSetting);
    recipe.lists.push_back({list.name, list.path});
    for (int j = 0; j < list.selector_count; ++j) {
      if (auto selector = parse_list_selector(list.selectors[j])) {
        recipe.lists.back().selectors.push_back(*std::move(selector));
      }
    }
  }
  for (int i = 0; config.names_files != nullptr && i < config.names_files->nelts; ++i) {
    recipe.names.emplace_back(APR_ARRAY_IDX(config.names_files, i, const char*));
  }
  for (int i = 0; config.overrides != nullptr && i < config.overrides->nelts; ++i) {
    const OverrideSetting& each = APR_ARRAY_IDX(config.overrides, i, OverrideSetting);
    const std::vector<std::string_view> words(each.words, each.words + each.count);
    if (auto parsed = parse_override(words)) recipe.overrides.push_back(*std::move(parsed));
  }
}

Blame blame_of(const GlobalConfig& config, const Recipe& recipe, const Error& error) {
  const auto is_about = [&error](std::string_view path) {
    const std::string_view message = error.message;
    return message.starts_with(path) && message.substr(path.size()).find_first_of(":,") == 0;
  };
  for (int i = 0; config.lists != nullptr && i < config.lists->nelts; ++i) {
    const ListSetting& list = APR_ARRAY_IDX(config.lists, i, ListSetting);
    if (is_about(list.path)) return {"IP2ASNList", list.place};
  }
  for (const std::string& path : recipe.names) {
    if (is_about(path)) return {"IP2ASNNames", config.names_files_place};
  }
  if (!recipe.hoster_map.empty() && is_about(recipe.hoster_map)) {
    return {"IP2ASNHosterMap", config.hoster_map_place};
  }
  return {kDatabaseDirective, config.database_place};
}

bool is_of_database(const GlobalConfig& config, const Recipe& recipe, const Error& error) {
  return std::string_view(blame_of(config, recipe, error).directive) == kDatabaseDirective;
}

std::string describe(const Blame& blame) {
  std::string text = blame.directive;
  if (blame.place.file == nullptr) return text + " (the default)";
  return text + " (" + blame.place.file + " line " + std::to_string(blame.place.line) + ')';
}

}  // namespace ip2asn::httpd
