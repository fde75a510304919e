#include "module/authz.hh"

#include <apr_lib.h>
#include <mod_auth.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "module/index_store.hh"
#include "module/names.hh"
#include "module/network.hh"
#include "net/asn.hh"

namespace ip2asn::httpd {
namespace {

struct Name {
  NameKind kind;
  const char* text;
};

// A parsed Require line; lives in the configuration's pool.
struct Requirement {
  const char* provider = nullptr;
  // Whether a match counts against the client: the line is negated, by `not` or by the sections around it.
  bool against = false;
  bool unknown = false;  // asn: clients whose network is not announced
  bool any = false;      // hoster: of any name
  std::span<const std::uint32_t> asns;
  std::span<const Name> names;
  std::span<const CountryCode> countries;
  // The last generation of the index that was seen to have all names.
  mutable std::atomic<std::uint64_t> complete{0};
};
static_assert(std::is_trivially_destructible_v<Requirement>);

// Whether the line stands under an odd number of negations.
bool counts_against(const cmd_parms* cmd) {
  bool against = false;
  for (const ap_directive_t* at = cmd->directive; at != nullptr; at = at->parent) {
    const std::string_view args = at->args != nullptr ? at->args : "";
    const bool negated_line = strcasecmp(at->directive, "Require") == 0 && args.size() > 3 &&
                              strncasecmp(args.data(), "not", 3) == 0 && apr_isspace(args[3]);
    if (negated_line || strcasecmp(at->directive, "<RequireNone") == 0) against = !against;
  }
  return against;
}

template <class T>
std::span<const T> span_of(const apr_array_header_t* array) {
  return {reinterpret_cast<const T*>(array->elts), static_cast<std::size_t>(array->nelts)};
}

struct Words {
  cmd_parms* cmd;
  const char* rest;
  const char* next() { return ap_getword_conf(cmd->pool, &rest); }
};

// What a provider makes of the words of its line: null, or a message.
using ParseWord = const char* (*)(cmd_parms* cmd, const char* word, Requirement& line, apr_array_header_t* items);

const char* parse_asn_word(cmd_parms* cmd, const char* word, Requirement& line, apr_array_header_t* items) {
  if (strcasecmp(word, "unknown") == 0) {
    line.unknown = true;
    return nullptr;
  }
  const auto asn = parse_asn(word);
  if (!asn || *asn == 0) {
    return apr_psprintf(cmd->pool, "Require asn: '%s' is no AS number; write AS1 to AS4294967295, or unknown", word);
  }
  APR_ARRAY_PUSH(items, std::uint32_t) = *asn;
  return nullptr;
}

const char* parse_list_word(cmd_parms* cmd, const char* word, Requirement&, apr_array_header_t* items) {
  APR_ARRAY_PUSH(items, Name) = {NameKind::list, word};
  return use_name(cmd, NameKind::list, word);
}

const char* parse_hoster_word(cmd_parms* cmd, const char* word, Requirement& line, apr_array_header_t* items) {
  constexpr char kClass[] = "class:";
  if (strcasecmp(word, "any") == 0) {
    line.any = true;
    return nullptr;
  }
  const bool is_class = strncasecmp(word, kClass, sizeof(kClass) - 1) == 0;
  const Name name = {is_class ? NameKind::hoster_class : NameKind::hoster, is_class ? word + sizeof(kClass) - 1 : word};
  APR_ARRAY_PUSH(items, Name) = name;
  return use_name(cmd, name.kind, name.text);
}

const char* parse_country_word(cmd_parms* cmd, const char* word, Requirement&, apr_array_header_t* items) {
  const auto country = parse_country(word);
  if (!country) {
    return apr_psprintf(cmd->pool, "Require as-country: '%s' is no country code; write two letters, like DE", word);
  }
  APR_ARRAY_PUSH(items, CountryCode) = *country;
  return nullptr;
}

const char* parse_line(cmd_parms* cmd, const char* provider, const char* text, const void** parsed,
                       std::size_t item_size, ParseWord parse_word, void (*finish)(Requirement&, apr_array_header_t*)) {
  GlobalConfig& global = global_config();
  const bool in_htaccess = ap_check_cmd_context(cmd, NOT_IN_HTACCESS) != nullptr;
  if (in_htaccess && global.database == nullptr) {
    return apr_psprintf(cmd->pool, "Require %s: there is no IP2ASNDatabase", provider);
  }
  if (!in_htaccess && global.require_place.file == nullptr) {
    global.require_place = {cmd->directive->filename, cmd->directive->line_num};
  }
  auto* line = new (apr_palloc(cmd->pool, sizeof(Requirement))) Requirement();
  line->provider = provider;
  line->against = counts_against(cmd);
  apr_array_header_t* items = apr_array_make(cmd->pool, 4, static_cast<int>(item_size));
  Words words{cmd, text};
  const char* word = words.next();
  if (*word == '\0') return apr_psprintf(cmd->pool, "Require %s wants at least one argument", provider);
  for (; *word != '\0'; word = words.next()) {
    if (const char* error = parse_word(cmd, word, *line, items)) return error;
  }
  finish(*line, items);
  *parsed = line;
  return nullptr;
}

void take_names(Requirement& line, apr_array_header_t* items) { line.names = span_of<Name>(items); }

void take_asns(Requirement& line, apr_array_header_t* items) {
  auto* asns = reinterpret_cast<std::uint32_t*>(items->elts);
  std::sort(asns, asns + items->nelts);
  line.asns = span_of<std::uint32_t>(items);
}

void take_countries(Requirement& line, apr_array_header_t* items) { line.countries = span_of<CountryCode>(items); }

bool asn_matches(const Requirement& line, const Network& network) {
  if (network.asn == 0) return line.unknown;
  return std::binary_search(line.asns.begin(), line.asns.end(), network.asn);
}

bool list_matches(const Requirement& line, const Network& network) {
  if (network.lists == nullptr) return false;
  std::string_view rest = network.lists;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view list = rest.substr(0, comma);
    for (const Name& name : line.names) {
      if (list == name.text) return true;
    }
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

bool hoster_matches(const Requirement& line, const Network& network) {
  if (network.hoster == nullptr) return false;
  if (line.any) return true;
  for (const Name& name : line.names) {
    const char* of_client = name.kind == NameKind::hoster ? network.hoster : network.hoster_class;
    if (of_client != nullptr && std::strcmp(of_client, name.text) == 0) return true;
  }
  return false;
}

bool country_matches(const Requirement& line, const Network& network) {
  if (network.country == nullptr) return false;
  for (const CountryCode& country : line.countries) {
    if (country == std::string_view(network.country)) return true;
  }
  return false;
}

// Whether the generation that answered has all names of the line: new data may lack what the configuration was checked
// against. A name that is not there must not read as "no match", which a negated line turns into a pass.
bool is_complete(const Requirement& line, const Network& network) {
  if (line.names.empty() || line.complete.load(std::memory_order_relaxed) == network.content_id) return true;
  const IndexPin pin;
  if (!pin) return false;
  for (const Name& name : line.names) {
    if (!has_name(*pin, name.kind, name.text)) return false;
  }
  line.complete.store(pin->content_id(), std::memory_order_relaxed);
  return true;
}

using Matches = bool (*)(const Requirement&, const Network&);

template <Matches matches>
authz_status true_answer(request_rec* r, const Requirement& line) {
  const Network* network = client_network(r);
  if (network == nullptr) {
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "ip2asn: no look-up is possible for 'Require %s'", line.provider);
    return AUTHZ_GENERAL_ERROR;
  }
  if (matches(line, *network)) return AUTHZ_GRANTED;
  if (is_complete(line, *network)) return AUTHZ_DENIED;
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "ip2asn: the data has no more all names that 'Require %s' asks for",
                line.provider);
  return AUTHZ_GENERAL_ERROR;
}

template <Matches matches>
authz_status check(request_rec* r, const char*, const void* parsed) noexcept {
  return guarded(r->server, AUTHZ_GENERAL_ERROR, [&] {
    const auto& line = *static_cast<const Requirement*>(parsed);
    const authz_status in_favour = line.against ? AUTHZ_DENIED : AUTHZ_GRANTED;
    const authz_status status = true_answer<matches>(r, line);
    if (status == in_favour) [[likely]]
      return status;
    const DirConfig& config = dir_config(r);
    if (status == AUTHZ_GENERAL_ERROR && config.allow_on_error.value_or(false)) return in_favour;
    if (!config.report.value_or(false)) return status;
    RequestState& state = state_of(r);
    if (state.rehearsing) return status;
    state.let_through = true;
    return in_favour;
  });
}

template <class Parse>
const char* parse_guarded(cmd_parms* cmd, Parse&& parse) noexcept {
  return guarded(cmd->server, static_cast<const char*>("out of memory"), parse);
}

const char* parse_asn_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(
      cmd, [&] { return parse_line(cmd, "asn", text, parsed, sizeof(std::uint32_t), parse_asn_word, take_asns); });
}
const char* parse_list_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(
      cmd, [&] { return parse_line(cmd, "asn-list", text, parsed, sizeof(Name), parse_list_word, take_names); });
}
const char* parse_hoster_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(
      cmd, [&] { return parse_line(cmd, "hoster", text, parsed, sizeof(Name), parse_hoster_word, take_names); });
}
const char* parse_country_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(cmd, [&] {
    return parse_line(cmd, "as-country", text, parsed, sizeof(CountryCode), parse_country_word, take_countries);
  });
}

constexpr authz_provider kAsnProvider = {check<asn_matches>, parse_asn_line};
constexpr authz_provider kListProvider = {check<list_matches>, parse_list_line};
constexpr authz_provider kHosterProvider = {check<hoster_matches>, parse_hoster_line};
constexpr authz_provider kCountryProvider = {check<country_matches>, parse_country_line};

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
int rehearse(request_rec* r, RequestState& state) {
  const ap_logconf* const log = r->log;
  apr_table_t *const env = r->subprocess_env, *const notes = r->notes, *const headers = r->err_headers_out;
  ap_logconf quiet = {};
  quiet.level = APLOG_EMERG;
  r->log = &quiet;
  r->subprocess_env = apr_table_copy(r->pool, env);
  r->notes = apr_table_copy(r->pool, notes);
  r->err_headers_out = apr_table_copy(r->pool, headers);
  state.rehearsing = true;
  // As in the first round, before anybody has authenticated.
  char* const user = std::exchange(r->user, nullptr);
  int status = run_authz_core<ap_LINK_access_checker_ex_t>(ap_hook_get_access_checker_ex(), r);
  r->user = user;
  if (status == DECLINED) status = run_authz_core<ap_LINK_auth_checker_t>(ap_hook_get_auth_checker(), r);
  state.rehearsing = false;
  r->log = log;
  r->subprocess_env = env;
  r->notes = notes;
  r->err_headers_out = headers;
  return status;
}

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

int report_denial(request_rec* r) noexcept {
  RequestState* const state = find_state(r);
  if (state == nullptr || !state->let_through) return DECLINED;
  return guarded(r->server, DECLINED, [r, state] {
    // A subrequest says nothing that its request has not said.
    const RequestState* main = r->main != nullptr ? find_state(r->main) : nullptr;
    if (main != nullptr && main->let_through) return DECLINED;
    const int status = rehearse(r, *state);
    if (status == OK || status == DECLINED) return DECLINED;
    apr_table_setn(r->subprocess_env, "IP2ASN_REPORT", apr_itoa(r->pool, status));
    const Network* network = client_network(r);
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                  "ip2asn: report only: would have answered %d to %s %s from AS%u, hoster %s, lists %s", status,
                  r->method, r->unparsed_uri, network != nullptr ? network->asn : 0,
                  network != nullptr && network->hoster != nullptr ? network->hoster : "none",
                  network != nullptr && network->lists != nullptr ? network->lists : "none");
    return DECLINED;
  });
}

}  // namespace ip2asn::httpd
