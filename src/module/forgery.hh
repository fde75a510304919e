// Request headers that could pass for what this module says.
//
// A client may send a header X-IP2ASN-ASN, which an application would believe; or one named like a variable of ours,
// which mod_setenvif prefers to the variable. Where the engine can be on for any part of a request, such headers are
// removed before anybody reads headers: before it is known which sections of the configuration the request will reach,
// and for caches and rules that run before these sections are known at all.
#pragma once

#include <cstdint>

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// A place of the configuration that switches the engine on or off; not in .htaccess.
struct EngineUse {
  const server_rec* server;
  bool in_section;  ///< in a section, rather than for the whole of the server or virtual host
  bool on;
};

/// A variable that an IP2ASNEnv sets; not in .htaccess.
struct EnvUse {
  const server_rec* server;
  const char* variable;
};

/// Note what the directive of `cmd` says, unless it stands in .htaccess. `config` is what httpd gave to the directive.
void note_engine(const cmd_parms* cmd, const void* config, bool on);
bool note_env(const cmd_parms* cmd, const char* variable);

/// The names of the headers that clients of a virtual host must not send.
struct Guard {
  std::uint32_t initials;             ///< a bit for each letter with which one of `names` begins
  apr_array_header_t* names;          ///< const char*, folded: those that IP2ASNEnv gives
  apr_array_header_t* address_names;  ///< the same, of headers in which proxies name the client
  /// Whether what comes from this machine is left alone: the virtual host says IP2ASNEngine Off, and may be that of an
  /// application behind another one, which has set the headers.
  bool spares_own_machine;
};

/// check_config: decides for each virtual host whether the engine can be on for any of its requests: by its own
/// settings, in a section, or in .htaccess files as far as AllowOverride lets them.
void guard_servers(apr_pool_t* pool, server_rec* main_server);

/// The guard that `r` has to pass; null when the engine cannot be on in its virtual host.
inline const Guard* guard_of(const request_rec* r) noexcept {
  const auto* guard = static_cast<const Guard*>(ap_get_module_config(r->server->module_config, &ip2asn_module));
  const conn_rec* c = r->connection;
  const bool spared =
      guard != nullptr && guard->spares_own_machine && apr_sockaddr_equal(c->client_addr, c->local_addr);
  return spared ? nullptr : guard;
}

/// post_read_request, before everybody: removes forged headers where there is a guard.
int remove_forged_early(request_rec* r) noexcept;

/// Removes those headers in which proxies name the client, when mod_remoteip has read them.
void remove_forged_addresses(request_rec* r, const Guard& guard);

/// Removes headers that could pass for ours from a request. With a guard, those that it names too. Returns whether
/// there were any.
bool remove_forged(request_rec* r, const Guard* guard);

/// Removes headers that could pass for this variable.
void remove_named_like(request_rec* r, const char* variable);

/// Gives `r` a table of request headers of its own if it shares one with the request that it was made of.
void unshare_headers(request_rec* r);

/// Registers the input filter that does the same for trailers, which httpd adds to the headers under MergeTrailers.
void register_trailer_filter();

}  // namespace ip2asn::httpd
