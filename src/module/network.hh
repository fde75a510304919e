// What is known of the network that a request comes from: one look-up a request, for all who ask.
#pragma once

#include <span>

#include "answer/fields.hh"
#include "index/image.hh"
#include "module/dir_config.hh"
#include "module/httpd.hh"
#include "net/address.hh"

namespace ip2asn::httpd {

/// The answer of one look-up, all of it from one generation of the index. Lives in the pool that it was made in.
struct Network {
  api::Answer answer;                ///< its texts are copies, each ended by a NUL where it is not empty
  std::uint64_t content_id = 0;      ///< of the generation that answered, whose numbers the answer's ids are
  std::span<const ListId> list_ids;  ///< the lists' numbers, ascending
};

/// Looks `address` up; null when there is no index.
const Network* look_up(apr_pool_t* pool, const Address& address, bool with_range);

/// The same in an index that the caller has pinned; never null.
const Network* look_up(apr_pool_t* pool, const Address& address, const Image& image, bool with_range);

/// The text of a field, or null when it has none. `network` has a range if the field needs one.
const char* text_of(apr_pool_t* pool, const Network& network, Field field);

/// What this module keeps with a request; all zeros at first.
struct RequestState {
  const apr_sockaddr_t* asked_for;  ///< the client of the last look-up
  bool asked;                       ///< whether there was one
  bool asked_for_range;
  const Network* network;               ///< its answer; null when there was none
  Exports exported;                     ///< what the request was given so far
  const ap_conf_vector_t* settled_for;  ///< the settings by which it was; null for not yet
  bool cleaned;                         ///< whether headers that only we may set were removed, where there is no guard
  bool dry_run;                         ///< Require lines give their true answer, though IP2ASNReport is on
  bool let_through;                     ///< IP2ASNReport has made a Require line answer in the client's favour
  bool reported;                        ///< which made a difference: IP2ASN_REPORT is set
  bool limited;                         ///< IP2ASNLimit has turned it away
  bool refused;                         ///< a Require line has answered against the client
  bool refused_unseen;                  ///< and another because no look-up was possible, or a name was missing

  /// Whether `network` is the answer for the client that `r` is taken for.
  bool answers(const request_rec* r, bool with_range) const noexcept {
    return asked && asked_for == r->useragent_addr && (asked_for_range || !with_range);
  }
};

/// The request's state, or null when it has none yet.
inline RequestState* find_state(const request_rec* r) noexcept {
  return static_cast<RequestState*>(ap_get_module_config(r->request_config, &ip2asn_module));
}

/// The request's state, made when it has none.
inline RequestState& state_of(request_rec* r) noexcept {
  RequestState* state = find_state(r);
  if (state == nullptr) {
    state = static_cast<RequestState*>(apr_pcalloc(r->pool, sizeof(RequestState)));
    ap_set_module_config(r->request_config, &ip2asn_module, state);
  }
  return *state;
}

/// Sets a mark in the state of `r`, and in those of the requests that it is a subrequest of: what a subrequest is
/// refused for (DirectoryIndex, MultiViews) its request may end with.
inline void mark(request_rec* r, bool RequestState::*member) {
  for (; r != nullptr; r = r->main) state_of(r).*member = true;
}

/// Says that client_network() will be asked soon: what its look-up reads is on its way from memory meanwhile.
void expect_look_up(const request_rec* r);

/// What client_network() does when it has no answer yet.
const Network* look_up_client(request_rec* r, bool with_range);

/// The network of the client that `r` is taken for, looked up at the first call; null when no look-up is possible:
/// there is no index, or the connection has no internet address. Subrequests and internal redirects have the answer of
/// the request that they belong to. Asking for the range when it was not asked for before looks up again, and what was
/// known is replaced.
inline const Network* client_network(request_rec* r, bool with_range = false) {
  const RequestState* state = find_state(r);
  if (state != nullptr && state->answers(r, with_range)) return state->network;
  return look_up_client(r, with_range);
}

}  // namespace ip2asn::httpd
