#include "module/expr.hh"

#include <cstring>

#include "module/network.hh"

namespace ip2asn::httpd {
namespace {

const char* or_empty(const char* text) { return text != nullptr ? text : ""; }

const char* variable_value(ap_expr_eval_ctx_t* ctx, const void* data) noexcept {
  request_rec* r = ctx->r;
  if (r == nullptr) return "";
  return guarded(r->server, "", [&] {
    const auto field = static_cast<Field>(static_cast<const api::FieldName*>(data) - api::kFields.data());
    const Network* network = client_network(r, (api::bit(field) & api::kRangeFields) != 0);
    return network != nullptr ? or_empty(text_of(ctx->p, *network, field)) : "";
  });
}

struct Function {
  const char* name;
  Field field;
};

constexpr Function kFunctions[] = {{"asn", api::kAsn},
                                   {"as_name", api::kName},
                                   {"as_country", api::kCountry},
                                   {"as_hoster", api::kHoster},
                                   {"as_hoster_class", api::kHosterClass}};

const char* function_value(ap_expr_eval_ctx_t* ctx, const void* data, const char* arg) noexcept {
  return guarded(ctx->s, "", [&] {
    const auto address = parse_address(arg);
    if (!address) return "";
    const Network* network = look_up(ctx->p, unmapped(*address), false);
    if (network == nullptr) return "";
    return or_empty(text_of(ctx->p, *network, static_cast<const Function*>(data)->field));
  });
}

}  // namespace

int find_in_expression(ap_expr_lookup_parms* parms) noexcept {
  if (parms->type == AP_EXPR_FUNC_VAR) {
    for (const api::FieldName& field : api::kFields) {
      if (strcasecmp(parms->name, field.variable) != 0) continue;
      *parms->func = reinterpret_cast<const void*>(&variable_value);
      *parms->data = &field;
      return OK;
    }
  } else if (parms->type == AP_EXPR_FUNC_STRING) {
    for (const Function& function : kFunctions) {
      if (strcasecmp(parms->name, function.name) != 0) continue;
      *parms->func = reinterpret_cast<const void*>(&function_value);
      *parms->data = &function;
      return OK;
    }
  }
  return DECLINED;
}

}  // namespace ip2asn::httpd
