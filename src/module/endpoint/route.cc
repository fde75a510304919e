#include "module/endpoint/route.hh"

#include <ap_expr.h>

#include <cstring>

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

// The path of the <Location> that gives the request to this handler, or null when none with a path does: a pattern, an
// <If> outside, a directory, the server itself. Sections that merely apply to the request as well are of no account.
const char* section_path(const request_rec* r) {
  const core_dir_config* merged = core_config(r);
  if (merged == nullptr || merged->expr_handler == nullptr) return nullptr;
  const auto* server = static_cast<const core_server_config*>(ap_get_core_module_config(r->server->module_config));
  // The last one set it, if several have.
  for (int i = server->sec_url->nelts - 1; i >= 0; --i) {
    const auto* section = APR_ARRAY_IDX(server->sec_url, i, const ap_conf_vector_t*);
    if (!sets(section, merged->expr_handler)) continue;
    const auto* conf = static_cast<const core_dir_config*>(ap_get_core_module_config(section));
    return conf->r == nullptr && !conf->d_is_fnmatch ? conf->d : nullptr;
  }
  return nullptr;
}

// Whether SetHandler, which is an expression to the core, names this handler. The core evaluates it again when the type
// of the file is settled; one that changes its mind on the way gets a request without a file.
bool is_ours(request_rec* r) {
  const core_dir_config* conf = core_config(r);
  if (conf == nullptr || conf->expr_handler == nullptr) return false;
  const char* error = nullptr;
  const char* name = ap_expr_str_exec(r, conf->expr_handler, &error);
  return error == nullptr && name != nullptr && std::strcmp(name, kHandlerName) == 0;
}

}  // namespace

Request understand(request_rec* r) noexcept {
  Request request;
  request.r = r;
  const char* section = section_path(r);
  const api::Location location = api::locate(r->uri, section != nullptr ? section : "");
  request.base = location.base;
  request.route = location.route;
  if (const char* accept = apr_table_get(r->headers_in, "Accept")) request.form = api::choose_form(accept);
  return request;
}

int claim_name(request_rec* r) noexcept {
  if (!is_ours(r)) return DECLINED;
  r->filename = no_file;
  return OK;
}

// httpd takes the location's settings away for this hook, and gives them back behind it: the name tells.
int claim_storage(request_rec* r) noexcept { return r->filename == no_file ? OK : DECLINED; }

}  // namespace ip2asn::httpd
