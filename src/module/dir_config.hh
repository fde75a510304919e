// Settings that may differ by server, virtual host, directory and .htaccess.
#pragma once

#include <optional>

#include "answer/fields.hh"
#include "module/httpd.hh"

namespace ip2asn::httpd {

using api::Field, api::FieldSet;

/// IP2ASNEnv: a further variable, of another name.
struct EnvExport {
  const char* variable;
  Field field;   ///< api::kFieldCount: not set, although an outer section sets it
  bool guarded;  ///< clients' headers of that name are removed early; false in .htaccess, which is read too late
};

/// What requests in a section are given.
struct Exports {
  FieldSet fields = 0;
  bool notes = false;                       ///< the fields as notes, too
  bool headers = false;                     ///< and as request headers
  const apr_array_header_t* env = nullptr;  ///< EnvExport, or null for none

  bool operator==(const Exports&) const = default;
};

/// One section's settings; those that it does not set are inherited when sections merge.
struct DirConfig {
  std::optional<bool> engine;          ///< IP2ASNEngine
  std::optional<FieldSet> fields;      ///< IP2ASNExport
  std::optional<bool> notes;           ///< IP2ASNSetNotes
  std::optional<bool> headers;         ///< IP2ASNRequestHeaders
  apr_array_header_t* env = nullptr;   ///< IP2ASNEnv: EnvExport, each variable once; null when there is none
  std::optional<bool> allow_on_error;  ///< IP2ASNOnError
  std::optional<bool> report;          ///< IP2ASNReport
  std::optional<unsigned> max_batch;   ///< IP2ASNMaxBatch
  std::optional<bool> count;           ///< IP2ASNCount
  apr_array_header_t* limits =
      nullptr;  ///< IP2ASNLimit: LimitUse (see limit.hh), each name once; null when there is none

  bool is_on() const noexcept { return engine.value_or(false); }
  Exports exports() const noexcept {
    if (!is_on()) return {};
    return {fields.value_or(api::kDefaultFields), notes.value_or(false), headers.value_or(false), env};
  }
  /// The most addresses in one bulk request.
  unsigned batch_limit() const noexcept { return max_batch.value_or(10000); }
};

/// Adds `added` to `to`, in place of what it has under the same name.
void add_env(apr_array_header_t* to, const EnvExport& added);

/// The settings that hold for `r` as far as they are known yet.
inline const DirConfig& dir_config(const request_rec* r) noexcept {
  return *static_cast<const DirConfig*>(ap_get_module_config(r->per_dir_config, &ip2asn_module));
}

}  // namespace ip2asn::httpd
