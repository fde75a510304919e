#include "module/dir_config.hh"

#include <cstring>
#include <new>
#include <type_traits>

#include "module/limit.hh"

namespace ip2asn::httpd {
namespace {

// Pools free memory without running destructors.
static_assert(std::is_trivially_destructible_v<DirConfig>);

template <class T>
std::optional<T> inherit(const std::optional<T>& base, const std::optional<T>& add) {
  return add.has_value() ? add : base;
}

// An inner section's variables beside and instead of the outer one's. An array that is shared is never changed.
apr_array_header_t* merge_env(apr_pool_t* pool, apr_array_header_t* base, apr_array_header_t* add) {
  if (base == nullptr || add == nullptr) return add == nullptr ? base : add;
  apr_array_header_t* merged = apr_array_copy(pool, base);
  for (int i = 0; i < add->nelts; ++i) add_env(merged, APR_ARRAY_IDX(add, i, EnvExport));
  return merged;
}

}  // namespace

void add_env(apr_array_header_t* to, const EnvExport& added) {
  for (int i = 0; i < to->nelts; ++i) {
    EnvExport& each = APR_ARRAY_IDX(to, i, EnvExport);
    if (std::strcmp(each.variable, added.variable) != 0) continue;
    each = added;
    return;
  }
  APR_ARRAY_PUSH(to, EnvExport) = added;
}

}  // namespace ip2asn::httpd

using ip2asn::httpd::DirConfig;

extern "C" void* ip2asn_create_dir_config(apr_pool_t* pool, char*) {
  return new (apr_palloc(pool, sizeof(DirConfig))) DirConfig();
}

extern "C" void* ip2asn_merge_dir_config(apr_pool_t* pool, void* base_config, void* add_config) {
  const auto& base = *static_cast<const DirConfig*>(base_config);
  const auto& add = *static_cast<const DirConfig*>(add_config);
  auto* merged = new (apr_palloc(pool, sizeof(DirConfig))) DirConfig();
  merged->engine = ip2asn::httpd::inherit(base.engine, add.engine);
  merged->fields = ip2asn::httpd::inherit(base.fields, add.fields);
  merged->count = ip2asn::httpd::inherit(base.count, add.count);
  merged->limits = ip2asn::httpd::merge_limits(pool, base.limits, add.limits);
  merged->max_batch = ip2asn::httpd::inherit(base.max_batch, add.max_batch);
  merged->notes = ip2asn::httpd::inherit(base.notes, add.notes);
  merged->headers = ip2asn::httpd::inherit(base.headers, add.headers);
  merged->env = ip2asn::httpd::merge_env(pool, base.env, add.env);
  merged->allow_on_error = ip2asn::httpd::inherit(base.allow_on_error, add.allow_on_error);
  merged->report = ip2asn::httpd::inherit(base.report, add.report);
  return merged;
}
