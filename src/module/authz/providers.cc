// What mod_authz_core asks: the providers, and what they answer when a line cannot be judged or is only reported.

#include <mod_auth.h>

#include "module/authz/authz.hh"
#include "module/authz/requirement.hh"

namespace ip2asn::httpd {
namespace {

using Judge = Verdict (*)(request_rec*, const Requirement&);

authz_status status_of(request_rec* r, const Requirement& line, Verdict verdict) {
  switch (verdict) {
    case Verdict::match:
      return AUTHZ_GRANTED;
    case Verdict::no_match:
      return AUTHZ_DENIED;
    case Verdict::no_look_up:
      ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "ip2asn: no look-up is possible for 'Require %s'", line.provider);
      return AUTHZ_GENERAL_ERROR;
    case Verdict::name_missing:
      break;
  }
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "ip2asn: the current data lacks a name that 'Require %s' asks for",
                line.provider);
  return AUTHZ_GENERAL_ERROR;
}

template <Judge judge>
authz_status check(request_rec* r, const char*, const void* parsed) noexcept {
  return guarded(r->server, AUTHZ_GENERAL_ERROR, [&] {
    const auto& line = *static_cast<const Requirement*>(parsed);
    const authz_status in_favour = line.against ? AUTHZ_DENIED : AUTHZ_GRANTED;
    const authz_status status = status_of(r, line, judge(r, line));
    if (status == in_favour) [[likely]]
      return status;
    const DirConfig& config = dir_config(r);
    if (status == AUTHZ_GENERAL_ERROR && config.allow_on_error.value_or(false)) return in_favour;
    if (!config.report.value_or(false)) {
      mark(r, status == AUTHZ_GENERAL_ERROR ? &RequestState::refused_unseen : &RequestState::refused);
      return status;
    }
    RequestState& state = state_of(r);
    if (state.dry_run) return status;
    state.let_through = true;
    return in_favour;
  });
}

constexpr authz_provider kAsnProvider = {check<judge_asn>, parse_asn_line};
constexpr authz_provider kListProvider = {check<judge_list>, parse_list_line};
constexpr authz_provider kHosterProvider = {check<judge_hoster>, parse_hoster_line};
constexpr authz_provider kCountryProvider = {check<judge_country>, parse_country_line};

}  // namespace

void register_authz_providers(apr_pool_t* pool) noexcept {
  const auto add = [pool](const char* name, const authz_provider& provider) {
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, name, AUTHZ_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
  };
  add("asn", kAsnProvider);
  add("asn-list", kListProvider);
  add("hoster", kHosterProvider);
  add("as-country", kCountryProvider);
}

}  // namespace ip2asn::httpd
