// IP2ASNReport: what Require would have answered, without its being done.

#include <cstring>
#include <string_view>
#include <utility>

#include "module/authz/authz.hh"
#include "module/network.hh"

namespace ip2asn::httpd {
namespace {

// For the log, whose texts a NUL ends: those of a Network do.
const char* text_or_none(std::string_view text) { return text.empty() ? "none" : text.data(); }

// Runs mod_authz_core's hook of one kind; DECLINED when it has none.
template <class Link>
int run_authz_core(const apr_array_header_t* hooks, request_rec* r) {
  for (int i = 0; hooks != nullptr && i < hooks->nelts; ++i) {
    const Link& link = APR_ARRAY_IDX(hooks, i, Link);
    if (std::strcmp(link.szName, "mod_authz_core.c") == 0) return link.pFunc(r);
  }
  return DECLINED;
}

// What mod_authz_core would have answered, were it not for IP2ASNReport. It leaves no traces: its log lines would tell
// of a denial that there is not, and its marks and headers are for one.
int dry_run(request_rec* r, RequestState& state) {
  const ap_logconf* const log = r->log;
  apr_table_t *const env = r->subprocess_env, *const notes = r->notes, *const headers = r->err_headers_out;
  ap_logconf quiet = {};
  quiet.level = APLOG_EMERG;
  r->log = &quiet;
  r->subprocess_env = apr_table_copy(r->pool, env);
  r->notes = apr_table_copy(r->pool, notes);
  r->err_headers_out = apr_table_copy(r->pool, headers);
  state.dry_run = true;
  // As in the first round, before anybody has authenticated.
  char* const user = std::exchange(r->user, nullptr);
  int status = run_authz_core<ap_LINK_access_checker_ex_t>(ap_hook_get_access_checker_ex(), r);
  r->user = user;
  if (status == DECLINED) status = run_authz_core<ap_LINK_auth_checker_t>(ap_hook_get_auth_checker(), r);
  state.dry_run = false;
  r->log = log;
  r->subprocess_env = env;
  r->notes = notes;
  r->err_headers_out = headers;
  return status;
}

}  // namespace

int report_denial(request_rec* r) noexcept {
  RequestState* const state = find_state(r);
  if (state == nullptr || !state->let_through) return DECLINED;
  return guarded(r->server, DECLINED, [r, state] {
    // A subrequest says nothing that its request has not said.
    const RequestState* main = r->main != nullptr ? find_state(r->main) : nullptr;
    if (main != nullptr && main->let_through) return DECLINED;
    const int status = dry_run(r, *state);
    if (status == OK || status == DECLINED) return DECLINED;
    mark(r, &RequestState::reported);
    apr_table_setn(r->subprocess_env, "IP2ASN_REPORT", apr_itoa(r->pool, status));
    const Network* network = client_network(r);
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "ip2asn: report only: would have answered %d to %s %s from AS%u, hoster %s, lists %s", status,
                  r->method, r->unparsed_uri, network != nullptr ? network->answer.record.asn : 0,
                  text_or_none(network != nullptr ? network->answer.record.hoster : std::string_view()),
                  text_or_none(network != nullptr ? network->answer.lists.text : std::string_view()));
    return DECLINED;
  });
}

}  // namespace ip2asn::httpd
