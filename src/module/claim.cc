#include "module/claim.hh"

#include <ap_expr.h>

namespace ip2asn::httpd {
namespace {

// Others take a file name for granted. This one is no path, and ends in nothing that they could take for a file's type.
// It is the same memory for all requests: who wants another name puts it elsewhere. For its type's sake it is no
// constant.
char no_file[] = "ip2asn:";

const core_dir_config* core_config(const request_rec* r) {
  return static_cast<const core_dir_config*>(ap_get_core_module_config(r->per_dir_config));
}

// Whether `section` or an <If> within it is where SetHandler said what holds now: merging passes its expression on.
bool sets(const ap_conf_vector_t* section, const ap_expr_info_t* handler) {
  const auto* conf = static_cast<const core_dir_config*>(ap_get_core_module_config(section));
  if (conf->expr_handler == handler) return true;
  if (conf->sec_if == nullptr) return false;
  for (int i = 0; i < conf->sec_if->nelts; ++i) {
    if (sets(APR_ARRAY_IDX(conf->sec_if, i, const ap_conf_vector_t*), handler)) return true;
  }
  return false;
}

// The path of a section that has a plain one.
std::string_view plain_path(const ap_conf_vector_t* section) {
  const auto* conf = static_cast<const core_dir_config*>(ap_get_core_module_config(section));
  return conf->r == nullptr && !conf->d_is_fnmatch && conf->d != nullptr ? std::string_view(conf->d) : "";
}

const apr_array_header_t* locations_of(const request_rec* r) {
  return static_cast<const core_server_config*>(ap_get_core_module_config(r->server->module_config))->sec_url;
}

// What SetHandler, which is an expression to the core, names for this request. The core evaluates it again when the
// type of the file is settled; one that changes its mind on the way gets a request without a file.
std::string_view handler_named_by(request_rec* r, const core_dir_config* conf) {
  if (conf == nullptr || conf->expr_handler == nullptr) return "";
  const char* error = nullptr;
  const char* name = ap_expr_str_exec(r, conf->expr_handler, &error);
  return error == nullptr && name != nullptr ? std::string_view(name) : "";
}

bool is_ours(request_rec* r) {
  const std::string_view name = handler_named_by(r, core_config(r));
  return name == kHandlerName || name == kStatusHandlerName;
}

}  // namespace

std::string_view section_path(const request_rec* r) noexcept {
  const core_dir_config* merged = core_config(r);
  if (merged == nullptr || merged->expr_handler == nullptr) return "";
  // The last one set it, if several have.
  const apr_array_header_t* locations = locations_of(r);
  for (int i = locations->nelts - 1; i >= 0; --i) {
    const auto* section = APR_ARRAY_IDX(locations, i, const ap_conf_vector_t*);
    if (sets(section, merged->expr_handler)) return plain_path(section);
  }
  return "";
}

std::string_view path_of_handler(request_rec* r, std::string_view name) noexcept {
  const apr_array_header_t* locations = locations_of(r);
  for (int i = 0; i < locations->nelts; ++i) {
    const auto* section = APR_ARRAY_IDX(locations, i, const ap_conf_vector_t*);
    const std::string_view path = plain_path(section);
    const auto* conf = static_cast<const core_dir_config*>(ap_get_core_module_config(section));
    if (!path.empty() && handler_named_by(r, conf) == name) return path;
  }
  return "";
}

int claim_name(request_rec* r) noexcept {
  if (!is_ours(r)) return DECLINED;
  r->filename = no_file;
  return OK;
}

// httpd takes the location's settings away for this hook, and gives them back behind it: the name tells.
int claim_storage(request_rec* r) noexcept { return r->filename == no_file ? OK : DECLINED; }

}  // namespace ip2asn::httpd
