#include "module/annotate.hh"

#include <bit>
#include <string_view>

#include "module/network.hh"

namespace ip2asn::httpd {
namespace {

constexpr char fold(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool is_separator(char c) noexcept { return c != '\0' && (c < '0' || c > '9') && (c < 'a' || c > 'z'); }

// Whether a header might be taken for one of ours: X-IP2ASN-*, which applications read, many of them with '_' or other
// marks for '-' as CGI has it; or IP2ASN_*, for mod_setenvif prefers a header to a variable of the same name.
bool looks_like_ours(const char* name) noexcept {
  constexpr std::string_view kName = "ip2asn";
  if (fold(name[0]) == 'x' && is_separator(fold(name[1]))) name += 2;
  for (const char c : kName) {
    if (fold(*name++) != c) return false;
  }
  return is_separator(fold(*name));
}

void remove_spoofed(apr_table_t* headers) {
  const apr_array_header_t* entries = apr_table_elts(headers);
  for (int i = 0; i < entries->nelts;) {
    const char* name = APR_ARRAY_IDX(entries, i, apr_table_entry_t).key;
    if (looks_like_ours(name)) {
      apr_table_unset(headers, name);  // all of the name; what follows moves up
    } else {
      ++i;
    }
  }
}

// Calls f(field) for each field of a set.
template <class F>
void each_field(FieldSet fields, F&& f) {
  for (unsigned rest = fields; rest != 0; rest &= rest - 1) f(static_cast<Field>(std::countr_zero(rest)));
}

// Whether a table has nothing under a name that begins like a variable of ours.
bool is_free_of_ours(const apr_table_t* table) noexcept {
  const apr_array_header_t* entries = apr_table_elts(table);
  for (int i = 0; i < entries->nelts; ++i) {
    const char* name = APR_ARRAY_IDX(entries, i, apr_table_entry_t).key;
    if (fold(name[0]) == 'i' && fold(name[1]) == 'p') return false;
  }
  return true;
}

// Sets what has a value in `table`, under the names that `name_of` gives; what has none is removed if `stale` says that
// we have set it.
template <class NameOf>
void put(apr_table_t* table, const char* const* values, FieldSet fields, FieldSet stale, NameOf name_of) {
  each_field(fields, [&](Field field) {
    if (values[field] == nullptr) return;
    stale = static_cast<FieldSet>(stale & ~bit(field));
    apr_table_setn(table, name_of(kFields[field]), values[field]);
  });
  each_field(stale, [&](Field field) { apr_table_unset(table, name_of(kFields[field])); });
}

// The same for the variables of a request that has none yet, as nearly all have when they come here first. To look for
// what is not there would be most of the work: tables compare names that begin alike one by one.
void put_first(apr_table_t* table, const char* const* values, FieldSet fields) {
  each_field(fields, [&](Field field) {
    if (values[field] != nullptr) apr_table_addn(table, kFields[field].variable, values[field]);
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
    if (each.field != kFieldCount) needed = static_cast<FieldSet>(needed | bit(each.field));
  });
  const char* values[kFieldCount] = {};
  if (needed != 0) {
    if (const Network* network = client_network(r, (needed & kRangeFields) != 0)) {
      each_field(needed, [&](Field field) { values[field] = text_of(r->pool, *network, field); });
    }
  }
  const auto variable = [](const FieldName& field) { return field.variable; };
  each_env(before.env, [&](const EnvExport& each) {
    if (each.field != kFieldCount && before.env != wanted.env) apr_table_unset(r->subprocess_env, each.variable);
  });
  if (before.fields == 0 && is_free_of_ours(r->subprocess_env)) {
    put_first(r->subprocess_env, values, wanted.fields);
  } else {
    put(r->subprocess_env, values, wanted.fields, before.fields, variable);
  }
  each_env(wanted.env, [&](const EnvExport& each) {
    if (each.field == kFieldCount) return;
    apr_table_unset(r->headers_in, each.variable);  // see looks_like_ours
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
    put(r->headers_in, values, wanted.headers ? wanted.fields : FieldSet{0},
        before.headers ? before.fields : FieldSet{0}, [](const FieldName& field) { return field.header; });
  }
}

void settle(request_rec* r) {
  const DirConfig& config = dir_config(r);
  RequestState* state = find_state(r);
  if (!config.is_on()) {
    // An internal redirect shares its headers with the request before, which may have given ours.
    const RequestState* before = r->prev != nullptr ? find_state(r->prev) : nullptr;
    if (before != nullptr && before->exported.headers) remove_spoofed(r->headers_in);
    if (state == nullptr) return;
  } else {
    if (state == nullptr) {
      expect_look_up(r);
      state = &state_of(r);
    }
    if (!state->cleaned) {
      state->cleaned = true;
      remove_spoofed(r->headers_in);
    }
  }
  const Exports wanted = config.exports();
  if (wanted == state->exported) return;
  give(r, wanted, state->exported);
  state->exported = wanted;
}

}  // namespace

int annotate_early(request_rec* r) noexcept {
  return guarded(r->server, DECLINED, [r] {
    settle(r);
    return DECLINED;
  });
}

int annotate_settled(request_rec* r) noexcept { return annotate_early(r); }

}  // namespace ip2asn::httpd
