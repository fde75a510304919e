#include "module/names.hh"

#include <strings.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "module/generations.hh"
#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

// Why there is not a single hoster, and what to do; null when there are some.
const char* no_hosters(apr_pool_t* pool, const IndexPin& pin) {
  if (!pin || pin->hoster_count() != 0) return nullptr;
  const GlobalConfig& config = global_config();
  const Place& place = config.hoster_map_place;
  if (config.hoster_map != nullptr && *config.hoster_map == '\0') {
    return apr_psprintf(pool, "IP2ASNHosterMap is None (%s line %d); name a hoster map", place.file, place.line);
  }
  if (config.hoster_map != nullptr) {
    return apr_psprintf(pool, "neither the hoster map %s nor the database has hosters (IP2ASNHosterMap, %s line %d)",
                        config.hoster_map, place.file, place.line);
  }
  const Generations* g = generations();
  if (g != nullptr && !g->request.recipe.hoster_map.empty()) {
    return "the database is a compiled index without hosters, or the hoster map " IP2ASN_HOSTER_MAP
           " is empty; compile the index with a hoster map, or name another one with IP2ASNHosterMap";
  }
  return "the default hoster map " IP2ASN_HOSTER_MAP
         " is missing; install it, or name a hoster map with IP2ASNHosterMap";
}

// The known name that differs from `name` in case alone, or null.
const char* other_case(apr_pool_t* pool, const IndexPin& pin, NameKind kind, const char* name) {
  if (!pin) return nullptr;
  const auto same = [&](std::string_view known) {
    return known.size() == std::strlen(name) && strncasecmp(known.data(), name, known.size()) == 0;
  };
  const auto copied = [pool](std::string_view known) { return apr_pstrmemdup(pool, known.data(), known.size()); };
  for (ListId i = 0; kind == NameKind::list && i < pin->list_count(); ++i) {
    if (same(pin->list_name(i))) return copied(pin->list_name(i));
  }
  for (std::uint16_t i = 1; kind != NameKind::list && i <= pin->hoster_count(); ++i) {
    const HosterName hoster = pin->hoster(i);
    const std::string_view known = kind == NameKind::hoster ? hoster.name : hoster.category;
    if (same(known)) return copied(known);
  }
  return nullptr;
}

const char* unknown(apr_pool_t* pool, NameKind kind, const char* name) {
  const IndexPin pin;
  if (kind != NameKind::list) {
    if (const char* reason = no_hosters(pool, pin)) {
      return apr_psprintf(pool, "there is no hoster%s'%s': %s", kind == NameKind::hoster ? " " : " of the class ", name,
                          reason);
    }
  }
  if (const char* known = other_case(pool, pin, kind, name)) {
    return apr_psprintf(pool, "there is no %s '%s'; names are case-sensitive: write '%s'",
                        kind == NameKind::list     ? "list"
                        : kind == NameKind::hoster ? "hoster"
                                                   : "hoster class",
                        name, known);
  }
  switch (kind) {
    case NameKind::list:
      return apr_psprintf(pool, "there is no list '%s'; define it with IP2ASNList", name);
    case NameKind::hoster:
      return apr_psprintf(pool, "there is no hoster '%s' in the hoster map (see IP2ASNHosterMap)", name);
    case NameKind::hoster_class:
      break;
  }
  return apr_psprintf(pool, "there is no hoster of the class '%s' in the hoster map (see IP2ASNHosterMap)", name);
}

bool is_configured_list(const GlobalConfig& config, const char* name) noexcept {
  for (int i = 0; config.lists != nullptr && i < config.lists->nelts; ++i) {
    if (std::strcmp(APR_ARRAY_IDX(config.lists, i, ListSetting).name, name) == 0) return true;
  }
  return false;
}

// The first name that is asked for and is not there, as `has` tells.
template <class Has>
std::optional<Error> missing(Has&& has) {
  const GlobalConfig& config = global_config();
  for (int i = 0; config.names != nullptr && i < config.names->nelts; ++i) {
    const NameUse& use = APR_ARRAY_IDX(config.names, i, NameUse);
    if (has(use)) continue;
    return Error{Errc::argument, "the new data lacks '" + std::string(use.name) + "', which a Require line asks for (" +
                                     use.place.file + " line " + std::to_string(use.place.line) + ")"};
  }
  return std::nullopt;
}

bool is_known(const IndexPin& pin, NameKind kind, const char* name) noexcept {
  return (kind == NameKind::list && is_configured_list(global_config(), name)) || (pin && has_name(*pin, kind, name));
}

}  // namespace

std::optional<Error> missing_name(const Image& image) {
  return missing([&image](const NameUse& use) { return has_name(image, use.kind, use.name); });
}

std::optional<Error> missing_in_map(const HosterMap& map) {
  return missing([&map](const NameUse& use) {
    return use.kind == NameKind::list ||
           std::any_of(map.hosters().begin(), map.hosters().end(), [&use](const Hoster& hoster) {
             return (use.kind == NameKind::hoster ? hoster.name : hoster.category) == use.name;
           });
  });
}

std::vector<std::string> used_hosters() {
  const GlobalConfig& config = global_config();
  std::vector<std::string> names;
  for (int i = 0; config.names != nullptr && i < config.names->nelts; ++i) {
    const NameUse& use = APR_ARRAY_IDX(config.names, i, NameUse);
    if (use.kind != NameKind::list)
      names.push_back((use.kind == NameKind::hoster ? "" : "class:") + std::string(use.name));
  }
  return names;
}

bool has_name(const Image& image, NameKind kind, std::string_view name) noexcept {
  if (kind == NameKind::list) return image.find_list(name).has_value();
  for (std::uint16_t i = 1; i <= image.hoster_count(); ++i) {
    const HosterName hoster = image.hoster(i);
    if ((kind == NameKind::hoster ? hoster.name : hoster.category) == name) return true;
  }
  return false;
}

const char* use_name(cmd_parms* cmd, NameKind kind, const char* name) {
  // .htaccess files come while requests are served: by then nothing global may change.
  if (ap_check_cmd_context(cmd, NOT_IN_HTACCESS) != nullptr) {
    const IndexPin pin;
    return !pin || is_known(pin, kind, name) ? nullptr : unknown(cmd->pool, kind, name);
  }
  GlobalConfig& config = global_config();
  if (config.names == nullptr) config.names = apr_array_make(cmd->pool, 8, sizeof(NameUse));
  const Place place{cmd->directive->filename, cmd->directive->line_num};
  APR_ARRAY_PUSH(config.names, NameUse) = {kind, apr_pstrdup(cmd->pool, name), place};
  return nullptr;
}

int check_names(server_rec* server) noexcept {
  return guarded(server, HTTP_INTERNAL_SERVER_ERROR, [server] {
    const GlobalConfig& config = global_config();
    const auto refuse = [server](const Place& place, const char* reason) {
      ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, server, "Require (%s line %d): %s", place.file, place.line,
                   reason);
      return HTTP_INTERNAL_SERVER_ERROR;
    };
    if (config.database == nullptr && config.require_place.file != nullptr) {
      return refuse(config.require_place,
                    "asks for the client's network, but there is no IP2ASNDatabase; name a database");
    }
    const IndexPin pin;
    // Without data nobody knows which names there are: a restart goes on, and no such line lets anybody in.
    if (!pin) return OK;
    for (int i = 0; config.names != nullptr && i < config.names->nelts; ++i) {
      const NameUse& use = APR_ARRAY_IDX(config.names, i, NameUse);
      if (!is_known(pin, use.kind, use.name)) {
        return refuse(use.place, unknown(server->process->pconf, use.kind, use.name));
      }
    }
    return OK;
  });
}

}  // namespace ip2asn::httpd
