#include "module/annotate.hh"

#include <bit>
#include <string_view>

#include "module/forgery.hh"
#include "module/forwarded.hh"
#include "module/network.hh"

namespace ip2asn::httpd {
namespace {

// Calls f(field) for each field of a set.
template <class F>
void each_of(FieldSet fields, F&& f) {
  for (FieldSet rest = fields; rest != 0; rest &= rest - 1) f(static_cast<Field>(std::countr_zero(rest)));
}

// Whether a table has nothing under a name that begins like a variable of ours.
bool is_free_of_ours(const apr_table_t* table) noexcept {
  const apr_array_header_t* entries = apr_table_elts(table);
  for (int i = 0; i < entries->nelts; ++i) {
    const char* name = APR_ARRAY_IDX(entries, i, apr_table_entry_t).key;
    if ((name[0] | 0x20) == 'i' && (name[1] | 0x20) == 'p') return false;
  }
  return true;
}

// Sets what has a value in `table`, under the names that `name_of` gives; what has none is removed if `stale` says that
// we have set it.
template <class NameOf>
void put(apr_table_t* table, const char* const* values, FieldSet fields, FieldSet stale, NameOf name_of) {
  each_of(fields, [&](Field field) {
    if (values[field] == nullptr) return;
    stale &= ~api::bit(field);
    apr_table_setn(table, name_of(api::kFields[field]), values[field]);
  });
  each_of(stale, [&](Field field) { apr_table_unset(table, name_of(api::kFields[field])); });
}

// The same for the variables of a request that has none yet, as nearly all have when they come here first. To look for
// what is not there would be most of the work: tables compare names that begin alike one by one.
void put_first(apr_table_t* table, const char* const* values, FieldSet fields) {
  each_of(fields, [&](Field field) {
    if (values[field] != nullptr) apr_table_addn(table, api::kFields[field].variable, values[field]);
  });
}

template <class F>
void each_env(const apr_array_header_t* env, F&& f) {
  for (int i = 0; env != nullptr && i < env->nelts; ++i) f(APR_ARRAY_IDX(env, i, EnvExport));
}

// Gives the request `wanted` in place of what it was given before.
void give(request_rec* r, const Exports& wanted, const Exports& before) {
  FieldSet needed = wanted.fields;
  each_env(wanted.env, [&](const EnvExport& each) {
    if (each.field != api::kFieldCount) needed |= api::bit(each.field);
  });
  const char* values[api::kFieldCount] = {};
  if (needed != 0) {
    if (const Network* network = client_network(r, (needed & api::kRangeFields) != 0)) {
      each_of(needed, [&](Field field) { values[field] = text_of(r->pool, *network, field); });
    }
  }
  const auto variable = [](const api::FieldName& field) { return field.variable; };
  each_env(before.env, [&](const EnvExport& each) {
    if (each.field != api::kFieldCount && before.env != wanted.env) apr_table_unset(r->subprocess_env, each.variable);
  });
  if (before.fields == 0 && is_free_of_ours(r->subprocess_env)) {
    put_first(r->subprocess_env, values, wanted.fields);
  } else {
    put(r->subprocess_env, values, wanted.fields, before.fields, variable);
  }
  each_env(wanted.env, [&](const EnvExport& each) {
    if (each.field == api::kFieldCount) return;
    if (!each.guarded || guard_of(r) == nullptr) remove_named_like(r, each.variable);
    if (values[each.field] != nullptr) {
      apr_table_setn(r->subprocess_env, each.variable, values[each.field]);
    } else {
      apr_table_unset(r->subprocess_env, each.variable);
    }
  });
  if (wanted.notes || before.notes) {
    put(r->notes, values, wanted.notes ? wanted.fields : FieldSet{0}, before.notes ? before.fields : FieldSet{0},
        variable);
  }
  if (wanted.headers || before.headers) {
    unshare_headers(r);
    put(r->headers_in, values, wanted.headers ? wanted.fields : FieldSet{0},
        before.headers ? before.fields : FieldSet{0}, [](const api::FieldName& field) { return field.header; });
  }
}

bool is_settled(const RequestState* state) noexcept { return state != nullptr && state->settled_for != nullptr; }

// What `r` has before it is settled for the first time. A subrequest starts with a copy of its request's variables, and
// shares its headers; an internal redirect starts with nothing, for its variables are fresh and its headers were
// cleaned.
Exports inherited(const request_rec* r) noexcept {
  while (r->main != nullptr && r->prev == nullptr) {
    r = r->main;
    const RequestState* state = find_state(r);
    if (!is_settled(state)) continue;
    Exports exports = state->exported;
    exports.notes = false;
    return exports;
  }
  return {};
}

bool is_for_client(const RequestState* state, const request_rec* r) noexcept {
  return state == nullptr || !state->asked || state->asked_for == r->useragent_addr;
}

void settle_anew(request_rec* r) {
  RequestState* state = find_state(r);
  const bool same_client = is_for_client(state, r);
  const DirConfig& config = dir_config(r);
  const Exports before = is_settled(state) ? state->exported : inherited(r);
  const Exports wanted = config.exports();
  if (!config.is_on() || (r->main != nullptr && !is_settled(state))) {
    // Nothing to do for those who have what they are to have; least of all to keep a state with them.
    if (wanted == before && same_client && !is_settled(state)) return;
  }
  if (state == nullptr) {
    if (config.is_on()) expect_look_up(r);
    state = &state_of(r);
  }
  if (config.is_on() && !state->cleaned && guard_of(r) == nullptr) {
    state->cleaned = true;
    remove_forged(r, nullptr);
  }
  state->settled_for = r->per_dir_config;
  if (wanted == before && same_client) return;
  give(r, wanted, before);
  state->exported = wanted;
}

inline void settle(request_rec* r) {
  const RequestState* state = find_state(r);
  if (state == nullptr || state->settled_for != r->per_dir_config || !is_for_client(state, r)) settle_anew(r);
}

// Gives a request what another of the same chain of internal redirects has, for the log.
void carry(request_rec* first) {
  const RequestState* from = nullptr;
  for (const request_rec* r = first; r != nullptr; r = r->next) {
    const RequestState* state = find_state(r);
    if (is_settled(state) && (state->exported.fields != 0 || state->exported.env != nullptr)) from = state;
  }
  if (from == nullptr) return;
  Exports wanted = from->exported;
  wanted.headers = false;
  for (request_rec* r = first; r != nullptr; r = r->next) {
    const RequestState* state = find_state(r);
    if (!is_settled(state) || state->exported == Exports()) give(r, wanted, Exports());
  }
}

template <class Body>
int annotating(request_rec* r, Body&& body) noexcept {
  return guarded(r->server, DECLINED, [&] {
    body();
    return DECLINED;
  });
}

}  // namespace

int annotate_early(request_rec* r) noexcept {
  return annotating(r, [r] {
    if (const Guard* guard = guard_of(r)) {
      remove_forged_addresses(r, *guard);
    } else if (r->prev != nullptr && is_settled(find_state(r->prev)) && find_state(r->prev)->exported.headers) {
      remove_forged(r, nullptr);  // those that we have given to the request that is redirected
    }
    settle(r);
  });
}

int annotate_settled(request_rec* r) noexcept {
  return annotating(r, [r] {
    settle(r);
    // Whoever asked: mod_remoteip has had its turn, mod_headers' rules for applications have not.
    const RequestState* state = find_state(r);
    if (state != nullptr && state->asked) tell_of_proxy(r);
  });
}

int annotate_subrequest(request_rec* r) noexcept {
  return annotating(r, [r] { settle(r); });
}

void annotate_for_handler(request_rec* r) noexcept { annotate_subrequest(r); }

int annotate_for_log(request_rec* r) noexcept {
  return annotating(r, [r] {
    if (r->per_dir_config != nullptr) settle(r);
    if (r->next != nullptr) carry(r);
  });
}

void annotate_again(request_rec* r) {
  RequestState* state = find_state(r);
  if (is_settled(state) && state->exported.headers) give(r, state->exported, state->exported);
}

}  // namespace ip2asn::httpd
