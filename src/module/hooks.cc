// Where the module hangs in httpd: every hook, and why it stands where it does.
//
// No hook names another module. To name one that must come before and one that must come after ties the two together,
// and moves one of them for everybody; a number between theirs moves nothing, in whatever order modules are loaded.

#include <mpm_common.h>

#include "module/advice/advice.hh"
#include "module/annotate.hh"
#include "module/authz/authz.hh"
#include "module/claim.hh"
#include "module/count.hh"
#include "module/expr.hh"
#include "module/forgery.hh"
#include "module/global_config.hh"
#include "module/handler.hh"
#include "module/httpd.hh"
#include "module/index_store.hh"
#include "module/limit.hh"
#include "module/names.hh"
#include "module/refresher.hh"
#include "module/status/server_status.hh"
#include "module/status/status.hh"

namespace ip2asn::httpd {
namespace {

int start_reading(apr_pool_t* pool, apr_pool_t*, apr_pool_t*) {
  reset_global_config();
  return register_refresh_lock(pool);
}

// Here rather than in post_config: a server that cannot start says so while it still has a terminal, and -t comes by.
int check(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* server) {
  const int loaded = load_index(pool, server);
  const int checked = loaded == OK ? check_names(server) : loaded;
  if (checked != OK) return checked;
  guard_servers(pool, server);
  advise(server);
  return OK;
}

int prepare(apr_pool_t* pool, apr_pool_t*, apr_pool_t*, server_rec* server) {
  const int counting = prepare_counting(pool, server);
  return counting == OK ? prepare_refresh(pool, server) : counting;
}

int annotate_and_ask(request_rec* r) noexcept {
  annotate_early(r);
  return ask_for_count(r);
}

int monitor(apr_pool_t*, server_rec* server) { return monitor_generations(server); }

}  // namespace
}  // namespace ip2asn::httpd

extern "C" void ip2asn_register_hooks(apr_pool_t* pool) {
  namespace glue = ip2asn::httpd;
  glue::register_authz_providers(pool);
  ap_hook_pre_config(glue::start_reading, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_check_config(glue::check, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_config(glue::prepare, nullptr, nullptr, APR_HOOK_MIDDLE);
  // Before mod_watchdog starts the thread that ticks.
  ap_hook_child_init(glue::start_refresh, nullptr, nullptr, APR_HOOK_FIRST);
  ap_hook_child_init(glue::count_lookups, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_monitor(glue::monitor, nullptr, nullptr, APR_HOOK_MIDDLE);
  // Before everybody who reads headers.
  ap_hook_post_read_request(glue::remove_forged_early, nullptr, nullptr, APR_HOOK_REALLY_FIRST - 10);
  glue::register_trailer_filter();
  // After mod_remoteip (FIRST), which finds the client's address, and before mod_setenvif (MIDDLE).
  ap_hook_post_read_request(glue::annotate_and_ask, nullptr, nullptr, APR_HOOK_FIRST + 5);
  // Before mod_setenvif (MIDDLE) looks at the directory's own SetEnvIf lines.
  ap_hook_header_parser(glue::annotate_settled, nullptr, nullptr, APR_HOOK_FIRST);
  // Before the directory's own rules of mod_rewrite (FIRST).
  ap_hook_fixups(glue::annotate_subrequest, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_insert_filter(glue::annotate_for_handler, nullptr, nullptr, APR_HOOK_FIRST);
  // Before those who write logs (MIDDLE).
  ap_hook_log_transaction(glue::annotate_for_log, nullptr, nullptr, APR_HOOK_FIRST);
  // After those who write logs (MIDDLE): a child that is killed between the two leaves a line that was not counted.
  ap_hook_log_transaction(glue::count_request, nullptr, nullptr, APR_HOOK_LAST);
  // After access control has let the request in.
  ap_hook_fixups(glue::report_denial, nullptr, nullptr, APR_HOOK_FIRST);
  // Behind both: what Require denies costs no allowance.
  ap_hook_fixups(glue::limit_request, nullptr, nullptr, APR_HOOK_FIRST + 1);
  ap_hook_expr_lookup(glue::find_in_expression, nullptr, nullptr, APR_HOOK_MIDDLE);
  // After all who rewrite or map paths, before the core would look for a file.
  ap_hook_translate_name(glue::claim_name, nullptr, nullptr, APR_HOOK_LAST);
  ap_hook_map_to_storage(glue::claim_storage, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_handler(glue::handle_lookup, nullptr, nullptr, APR_HOOK_MIDDLE);
  glue::register_server_status();
  ap_hook_handler(glue::handle_status, nullptr, nullptr, APR_HOOK_MIDDLE);
}
