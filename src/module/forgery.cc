#include "module/forgery.hh"

#include <array>
#include <cstring>
#include <string_view>

#include "module/annotate.hh"
#include "module/dir_config.hh"
#include "module/forwarded.hh"
#include "module/global_config.hh"

namespace ip2asn::httpd {
namespace {

// Names are compared as CGI maps them to variables, and somewhat more generously, for applications behind a proxy have
// rules of their own: case does not count, and all that is neither letter nor digit is the same mark.
constexpr char kMark = '_';
constexpr auto kFold = [] {
  std::array<char, 256> fold{};
  for (int c = 1; c < 256; ++c) fold[c] = kMark;
  for (char c = '0'; c <= '9'; ++c) fold[static_cast<unsigned char>(c)] = c;
  for (char c = 'a'; c <= 'z'; ++c) fold[static_cast<unsigned char>(c)] = c;
  for (char c = 'A'; c <= 'Z'; ++c) fold[static_cast<unsigned char>(c)] = static_cast<char>(c - 'A' + 'a');
  return fold;
}();
constexpr char fold(char c) noexcept { return kFold[static_cast<unsigned char>(c)]; }

constexpr std::uint32_t initial_of(const char* name) noexcept {
  const char c = fold(*name);
  return c >= 'a' && c <= 'z' ? 1u << (c - 'a') : 1u << 26;
}

// The end of `folded` in `name`, or null when `name` does not begin with it.
const char* skip(const char* name, std::string_view folded) noexcept {
  for (const char c : folded) {
    if (fold(*name++) != c) return nullptr;
  }
  return name;
}

// What follows the REDIRECT_ that httpd puts before a variable's name at each internal redirect.
const char* skip_redirects(const char* name) noexcept {
  while (const char* rest = skip(name, "redirect_")) name = rest;
  return name;
}

// X-IP2ASN-*, which applications read, and IP2ASN_*.
bool looks_like_ours(const char* name) noexcept {
  if (const char* rest = skip(name, "x_")) name = rest;
  return skip(name, "ip2asn_") != nullptr;
}

bool is_same(const char* name, std::string_view folded) noexcept {
  const char* const end = skip(name, folded);
  return end != nullptr && *end == '\0';
}

constexpr std::string_view kHttp = "http_";
const char* folded(apr_pool_t* pool, const char* name) {
  char* const copy = apr_pstrdup(pool, name);
  for (char* at = copy; *at != '\0'; ++at) *at = fold(*at);
  return copy;
}

// What httpd itself must see of a request, whatever the configuration calls a variable.
bool is_for_httpd(const char* name) noexcept {
  for (const char* needed : {"Host", "Connection", "Content-Length", "Transfer-Encoding", "Expect", "Upgrade"}) {
    if (strcasecmp(name, needed) == 0) return true;
  }
  return false;
}

// Whether a header named `name` could pass for the variable: one of that name, or HTTP_* as CGI makes it of a header.
bool could_pass_for(const char* name, std::string_view variable) noexcept {
  const char* const plain = skip_redirects(name);
  const bool same =
      is_same(plain, variable) || (variable.starts_with(kHttp) && is_same(plain, variable.substr(kHttp.size())));
  return same && !is_for_httpd(name);
}

bool could_pass_for_any(const char* name, const apr_array_header_t& variables) noexcept {
  for (int i = 0; i < variables.nelts; ++i) {
    if (could_pass_for(name, APR_ARRAY_IDX(&variables, i, const char*))) return true;
  }
  return false;
}

// Whether a variable is named like one of the headers that mod_remoteip may have to read first.
bool names_client(const char* folded_name) noexcept {
  const char* const rest = skip(folded_name, kHttp);
  for (const char* header : kForwardingHeaders) {
    if (is_same(header, rest != nullptr ? rest : folded_name)) return true;
  }
  return false;
}

// False for nearly all names, at the price of two or three comparisons: it is asked of every header of every request.
bool may_look_like_ours(const char* name) noexcept {
  switch (fold(name[0])) {
    case 'i':
      return fold(name[1]) == 'p';
    case 'x':
      return fold(name[1]) == kMark && fold(name[2]) == 'i';
    case 'r':
      return fold(name[1]) == 'e' && fold(name[2]) == 'd';
    default:
      return false;
  }
}

inline bool is_forged(const char* name, const Guard* guard) noexcept {
  if (may_look_like_ours(name) && looks_like_ours(skip_redirects(name))) return true;
  if (guard == nullptr || (guard->initials & initial_of(name)) == 0) [[likely]]
    return false;
  return could_pass_for_any(name, *guard->names);
}

template <class IsForged>
bool has_forged(const apr_table_t* headers, IsForged&& is_forged) {
  const apr_array_header_t* entries = apr_table_elts(headers);
  for (int i = 0; i < entries->nelts; ++i) {
    if (is_forged(APR_ARRAY_IDX(entries, i, apr_table_entry_t).key)) return true;
  }
  return false;
}

template <class IsForged>
bool remove_if(request_rec* r, IsForged&& is_forged) {
  if (!has_forged(r->headers_in, is_forged)) [[likely]]
    return false;
  unshare_headers(r);
  const apr_array_header_t* entries = apr_table_elts(r->headers_in);
  for (int i = 0; i < entries->nelts;) {
    const char* name = APR_ARRAY_IDX(entries, i, apr_table_entry_t).key;
    if (is_forged(name)) {
      ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                    "ip2asn: removed the request header '%s', which could pass for one of this module", name);
      apr_table_unset(r->headers_in, name);  // all of the name; what follows moves up
    } else {
      ++i;
    }
  }
  return true;
}

// A header that Connection names is for this hop only: a proxy keeps it from the application. A client must not be able
// to have ours kept back.
void remove_from_connection(request_rec* r, const Guard* guard) {
  constexpr char kDividers[] = ",; \t";
  const char* rest = apr_table_get(r->headers_in, "Connection");
  if (rest == nullptr) return;
  const char* kept = nullptr;
  bool forged = false;
  while (*(rest += std::strspn(rest, kDividers)) != '\0') {
    const std::size_t length = std::strcspn(rest, kDividers);
    const char* option = apr_pstrmemdup(r->pool, rest, length);
    rest += length;
    if (is_forged(option, guard)) {
      forged = true;
    } else {
      kept = kept == nullptr ? option : apr_pstrcat(r->pool, kept, ", ", option, nullptr);
    }
  }
  if (!forged) return;
  unshare_headers(r);
  if (kept != nullptr) {
    apr_table_setn(r->headers_in, "Connection", kept);
  } else {
    apr_table_unset(r->headers_in, "Connection");
  }
}

// The usual values, which need no look at their parts.
bool is_plain_connection(const request_rec* r) {
  const char* value = apr_table_get(r->headers_in, "Connection");
  return value == nullptr || strcasecmp(value, "keep-alive") == 0 || strcasecmp(value, "close") == 0;
}

DirConfig* server_settings(const server_rec* server) {
  return static_cast<DirConfig*>(ap_get_module_config(server->lookup_defaults, &ip2asn_module));
}

bool lets_htaccess_switch(const ap_conf_vector_t* section) {
  const auto* core = static_cast<const core_dir_config*>(ap_get_core_module_config(section));
  if (core == nullptr) return false;
  return (core->override & OR_FILEINFO) != 0 ||
         (core->override_list != nullptr && apr_table_get(core->override_list, "IP2ASNEngine") != nullptr);
}

bool lets_htaccess_switch(const server_rec* server) {
  if (lets_htaccess_switch(server->lookup_defaults)) return true;
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(server->module_config));
  const apr_array_header_t* sections = core->sec_dir;
  for (int i = 0; sections != nullptr && i < sections->nelts; ++i) {
    if (lets_htaccess_switch(APR_ARRAY_IDX(sections, i, ap_conf_vector_t*))) return true;
  }
  return false;
}

enum class Reach { nowhere, where_it_said_off, everywhere };

// Whether the engine can be on for some request to `server`. Sections of the main server hold in all virtual hosts,
// even in those that say IP2ASNEngine Off.
Reach reach_of(const GlobalConfig& config, const server_rec* server, const server_rec* main_server) {
  if (server_settings(server)->is_on()) return Reach::everywhere;
  bool own_section = false, shared_section = false, said_off = false;
  for (int i = 0; config.engine_uses != nullptr && i < config.engine_uses->nelts; ++i) {
    const EngineUse& use = APR_ARRAY_IDX(config.engine_uses, i, EngineUse);
    if (use.server == server) {
      own_section |= use.in_section && use.on;
      said_off |= !use.in_section && !use.on;
    } else if (use.server == main_server) {
      shared_section |= use.in_section && use.on;
    }
  }
  if (own_section) return Reach::everywhere;
  if (!shared_section && (config.database == nullptr || !lets_htaccess_switch(server))) return Reach::nowhere;
  return said_off ? Reach::where_it_said_off : Reach::everywhere;
}

Guard* make_guard(apr_pool_t* pool, const GlobalConfig& config, const server_rec* server,
                  const server_rec* main_server) {
  auto* guard = static_cast<Guard*>(apr_palloc(pool, sizeof(Guard)));
  guard->initials = 0;
  guard->names = apr_array_make(pool, 4, sizeof(const char*));
  guard->address_names = apr_array_make(pool, 1, sizeof(const char*));
  for (int i = 0; config.env_uses != nullptr && i < config.env_uses->nelts; ++i) {
    const EnvUse& use = APR_ARRAY_IDX(config.env_uses, i, EnvUse);
    if (use.server != server && use.server != main_server) continue;
    const char* name = folded(pool, use.variable);
    APR_ARRAY_PUSH(names_client(name) ? guard->address_names : guard->names, const char*) = name;
    guard->initials |= initial_of(name);
    if (const char* header = skip(name, kHttp)) guard->initials |= initial_of(header);
    guard->initials |= initial_of("redirect");
  }
  return guard;
}

ap_filter_rec_t* trailer_filter = nullptr;

// Whether the request's trailers will be added to its headers.
bool merges_trailers(const request_rec* r) {
  const auto* core = static_cast<const core_server_config*>(ap_get_core_module_config(r->server->module_config));
  return core->merge_trailers == AP_MERGE_TRAILERS_ENABLE &&
         apr_table_get(r->headers_in, "Transfer-Encoding") != nullptr;
}

apr_status_t read_body(ap_filter_t* filter, apr_bucket_brigade* brigade, ap_input_mode_t mode, apr_read_type_e block,
                       apr_off_t limit) noexcept {
  const apr_status_t status = ap_get_brigade(filter->next, brigade, mode, block, limit);
  if (status != APR_SUCCESS || APR_BRIGADE_EMPTY(brigade) || !APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade))) {
    return status;
  }
  request_rec* r = filter->r;
  return guarded(r->server, APR_EGENERAL, [r] {
    const Guard* guard = guard_of(r);
    const auto forged = [guard](const char* name) { return is_forged(name, guard); };
    if (has_forged(r->trailers_in, forged) && remove_forged(r, guard)) annotate_again(r);
    return APR_SUCCESS;
  });
}

}  // namespace

void note_engine(const cmd_parms* cmd, const void* config, bool on) {
  if (ap_check_cmd_context(const_cast<cmd_parms*>(cmd), NOT_IN_HTACCESS) != nullptr) return;
  auto& uses = global_config().engine_uses;
  if (uses == nullptr) uses = apr_array_make(cmd->pool, 4, sizeof(EngineUse));
  APR_ARRAY_PUSH(uses, EngineUse) = {cmd->server, config != server_settings(cmd->server), on};
}

bool note_env(const cmd_parms* cmd, const char* variable) {
  if (ap_check_cmd_context(const_cast<cmd_parms*>(cmd), NOT_IN_HTACCESS) != nullptr) return false;
  auto& uses = global_config().env_uses;
  if (uses == nullptr) uses = apr_array_make(cmd->pool, 4, sizeof(EnvUse));
  APR_ARRAY_PUSH(uses, EnvUse) = {cmd->server, variable};
  return true;
}

void guard_servers(apr_pool_t* pool, server_rec* main_server) {
  const GlobalConfig& config = global_config();
  for (server_rec* server = main_server; server != nullptr; server = server->next) {
    const Reach reach = reach_of(config, server, main_server);
    Guard* guard = nullptr;
    if (reach != Reach::nowhere) {
      guard = make_guard(pool, config, server, main_server);
      guard->spares_own_machine = reach == Reach::where_it_said_off;
    }
    ap_set_module_config(server->module_config, &ip2asn_module, guard);
  }
}

int remove_forged_early(request_rec* r) noexcept {
  const Guard* guard = guard_of(r);
  if (guard == nullptr) return DECLINED;
  return guarded(r->server, DECLINED, [r, guard] {
    remove_forged(r, guard);
    if (r->prev == nullptr && merges_trailers(r)) {
      ap_add_input_filter_handle(trailer_filter, nullptr, r, r->connection);
    }
    return DECLINED;
  });
}

bool remove_forged(request_rec* r, const Guard* guard) {
  if (!is_plain_connection(r)) remove_from_connection(r, guard);
  return remove_if(r, [guard](const char* name) { return is_forged(name, guard); });
}

void remove_named_like(request_rec* r, const char* variable) {
  const char* folded_name = folded(r->pool, variable);
  remove_if(r, [folded_name](const char* name) { return could_pass_for(name, folded_name); });
}

void remove_forged_addresses(request_rec* r, const Guard& guard) {
  if (guard.address_names->nelts == 0) [[likely]]
    return;
  remove_if(r, [&guard](const char* name) { return could_pass_for_any(name, *guard.address_names); });
}

void unshare_headers(request_rec* r) {
  const bool shared = (r->main != nullptr && r->headers_in == r->main->headers_in) ||
                      (r->prev != nullptr && r->headers_in == r->prev->headers_in);
  if (shared) r->headers_in = apr_table_copy(r->pool, r->headers_in);
}

void register_trailer_filter() {
  trailer_filter = ap_register_input_filter("IP2ASN_TRAILERS", read_body, nullptr, AP_FTYPE_PROTOCOL);
}

}  // namespace ip2asn::httpd
