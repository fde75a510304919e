#include "module/names.hh"

#include <cstring>
#include <string>

#include "module/index_store.hh"

namespace ip2asn::httpd {
namespace {

const char* unknown(apr_pool_t* pool, NameKind kind, const char* name) {
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

bool is_known(const IndexPin& pin, NameKind kind, const char* name) noexcept {
  return (kind == NameKind::list && is_configured_list(global_config(), name)) || (pin && has_name(*pin, kind, name));
}

}  // namespace

std::optional<Error> missing_name(const Image& image) {
  const GlobalConfig& config = global_config();
  for (int i = 0; config.names != nullptr && i < config.names->nelts; ++i) {
    const NameUse& use = APR_ARRAY_IDX(config.names, i, NameUse);
    if (has_name(image, use.kind, use.name)) continue;
    return Error{Errc::argument, "the new data lacks '" + std::string(use.name) + "', which a Require line asks for (" +
                                     use.place.file + " line " + std::to_string(use.place.line) + ")"};
  }
  return std::nullopt;
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
