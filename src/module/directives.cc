// The directives: each checks its arguments and notes them. None opens a file; that is check_config's.

#include <apr_lib.h>

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "module/dir_config.hh"
#include "module/forgery.hh"
#include "module/global_config.hh"
#include "module/limit.hh"
#include "serve/recent.hh"

namespace ip2asn::httpd {
namespace {

constexpr apr_interval_time_t kLeastRefreshInterval = 10'000;

Place place_of(const cmd_parms* cmd) { return {cmd->directive->filename, cmd->directive->line_num}; }

// The path as httpd means it: relative ones start at ServerRoot. A null result is a message.
const char* absolute(cmd_parms* cmd, const char* arg, const char** error) {
  const char* path = ap_server_root_relative(cmd->pool, arg);
  if (path == nullptr) *error = apr_psprintf(cmd->pool, "%s: '%s' is no path", cmd->cmd->name, arg);
  return path;
}

const char* set_engine(cmd_parms* cmd, void* config, int on) {
  static_cast<DirConfig*>(config)->engine = on != 0;
  note_engine(cmd, config, on != 0);
  GlobalConfig& global = global_config();
  // .htaccess files come while requests are served: by then nothing global may change.
  if (on != 0 && global.engine_place.file == nullptr && ap_check_cmd_context(cmd, NOT_IN_HTACCESS) == nullptr) {
    global.engine_place = place_of(cmd);
  }
  return nullptr;
}

const char* unknown_field(cmd_parms* cmd, const char* name) {
  const char* known = "";
  for (const api::FieldName& field : api::kFields)
    known = apr_pstrcat(cmd->pool, known, " ", field.name.data(), nullptr);
  return apr_psprintf(cmd->pool, "%s: unknown field '%s'; the fields are%s", cmd->cmd->name, name, known);
}

const char* set_export(cmd_parms* cmd, void* config, int argc, char* const argv[]) {
  if (argc == 0) return apr_psprintf(cmd->pool, "%s wants the names of fields, or None", cmd->cmd->name);
  FieldSet fields = 0;
  for (int i = 0; i < argc; ++i) {
    if (argc == 1 && strcasecmp(argv[i], "none") == 0) break;
    const Field field = api::find_field(argv[i]);
    if (field == api::kFieldCount) return unknown_field(cmd, argv[i]);
    fields |= api::bit(field);
  }
  static_cast<DirConfig*>(config)->fields = fields;
  return nullptr;
}

const char* set_env(cmd_parms* cmd, void* config, const char* variable, const char* name) {
  const auto is_word = [](unsigned char c) { return apr_isalnum(c) || c == '_'; };
  bool good = *variable != '\0' && !apr_isdigit(*variable);
  for (const char* at = variable; *at != '\0'; ++at) good = good && is_word(static_cast<unsigned char>(*at));
  if (!good) {
    return apr_psprintf(cmd->pool, "%s: '%s' is no name for a variable; write letters, digits and _", cmd->cmd->name,
                        variable);
  }
  const Field field = strcasecmp(name, "none") == 0 ? api::kFieldCount : api::find_field(name);
  if (field == api::kFieldCount && strcasecmp(name, "none") != 0) return unknown_field(cmd, name);
  auto& env = static_cast<DirConfig*>(config)->env;
  if (env == nullptr) env = apr_array_make(cmd->pool, 4, sizeof(EnvExport));
  add_env(env, {variable, field, field != api::kFieldCount && note_env(cmd, variable)});
  return nullptr;
}

template <std::optional<bool> DirConfig::*member>
const char* set_flag(cmd_parms*, void* config, int on) {
  static_cast<DirConfig*>(config)->*member = on != 0;
  return nullptr;
}

const char* set_count(cmd_parms* cmd, void* config, int on) {
  static_cast<DirConfig*>(config)->count = on != 0;
  Place& first = global_config().count_place;
  if (on != 0 && first.file == nullptr) first = place_of(cmd);
  return nullptr;
}

const char* set_metrics_max(cmd_parms* cmd, void*, const char* arg) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  char* end = nullptr;
  const apr_int64_t count = apr_strtoi64(arg, &end, 10);
  if (end == arg || *end != '\0' || count < 0 || count > static_cast<apr_int64_t>(Recent::kMostShown)) {
    return apr_psprintf(cmd->pool, "%s: '%s' is not a number from 0 to 10000", cmd->cmd->name, arg);
  }
  global_config().metrics_max = static_cast<unsigned>(count);
  return nullptr;
}

const char* set_on_error(cmd_parms* cmd, void* config, const char* arg) {
  const bool allow = strcasecmp(arg, "allow") == 0;
  if (!allow && strcasecmp(arg, "deny") != 0) {
    return apr_psprintf(cmd->pool, "%s: '%s' is neither deny nor allow", cmd->cmd->name, arg);
  }
  static_cast<DirConfig*>(config)->allow_on_error = allow;
  return nullptr;
}

const char* set_max_batch(cmd_parms* cmd, void* config, const char* arg) {
  constexpr apr_int64_t kMost = 10'000'000;
  char* end = nullptr;
  const apr_int64_t count = apr_strtoi64(arg, &end, 10);
  if (end == arg || *end != '\0' || count < 1 || count > kMost) {
    return apr_psprintf(cmd->pool, "%s: '%s' is no number from 1 to 10000000", cmd->cmd->name, arg);
  }
  static_cast<DirConfig*>(config)->max_batch = static_cast<unsigned>(count);
  return nullptr;
}

template <apr_array_header_t* GlobalConfig::*member, Place GlobalConfig::*place>
const char* set_files(cmd_parms* cmd, void*, int argc, char* const argv[]) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  if (argc == 0) return apr_psprintf(cmd->pool, "%s wants one or more files", cmd->cmd->name);
  apr_array_header_t* files = apr_array_make(cmd->pool, argc, sizeof(const char*));
  for (int i = 0; i < argc; ++i) {
    const char* error = nullptr;
    const char* path = absolute(cmd, argv[i], &error);
    if (path == nullptr) return error;
    APR_ARRAY_PUSH(files, const char*) = path;
  }
  global_config().*member = files;
  global_config().*place = place_of(cmd);
  return nullptr;
}

const char* set_cache_dir(cmd_parms* cmd, void*, const char* arg) {
  const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  if (error == nullptr) global_config().cache_dir = absolute(cmd, arg, &error);
  global_config().cache_dir_place = place_of(cmd);
  return error;
}

const char* set_refresh_interval(cmd_parms* cmd, void*, const char* arg) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  apr_interval_time_t interval = 0;
  if (strcasecmp(arg, "off") != 0 &&
      (ap_timeout_parameter_parse(arg, &interval, "s") != APR_SUCCESS || interval < kLeastRefreshInterval)) {
    return apr_psprintf(cmd->pool, "%s: '%s' is neither Off nor a time from 10ms up, such as 60s or 5min",
                        cmd->cmd->name, arg);
  }
  global_config().refresh_interval = interval;
  return nullptr;
}

const char* set_max_drift(cmd_parms* cmd, void*, const char* arg, const char* time) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  char* end = nullptr;
  const double percent = std::strtod(arg, &end);
  if (std::isspace(static_cast<unsigned char>(*arg)) != 0 || end == arg || *end != '\0' ||
      !(percent >= 0 && percent <= 100)) {
    return apr_psprintf(cmd->pool, "%s: '%s' is no share in per cent, from 0 to 100", cmd->cmd->name, arg);
  }
  apr_interval_time_t refusal = kDefaultMaxRefusal / 1000;
  if (time != nullptr && strcasecmp(time, "never") == 0) {
    refusal = 0;
  } else if (time != nullptr && (ap_timeout_parameter_parse(time, &refusal, "s") != APR_SUCCESS || refusal <= 0)) {
    return apr_psprintf(cmd->pool, "%s: '%s' is neither Never nor a time such as 24h or 90min", cmd->cmd->name, time);
  }
  global_config().max_drift = percent;
  global_config().max_refusal = refusal * 1000;
  return nullptr;
}

const char* set_on_bad_data(cmd_parms* cmd, void*, const char* arg) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  constexpr std::pair<const char*, OnBadData> kWords[] = {
      {"serve", OnBadData::serve}, {"fail", OnBadData::fail}, {"wait", OnBadData::wait}};
  for (const auto& [word, meaning] : kWords) {
    if (strcasecmp(arg, word) != 0) continue;
    global_config().on_bad_data = meaning;
    return nullptr;
  }
  return apr_psprintf(cmd->pool, "%s: '%s' is none of serve, fail and wait", cmd->cmd->name, arg);
}

const char* set_combine(cmd_parms* cmd, void*, const char* arg) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  const auto combine = find_combine(arg);
  if (!combine) return apr_psprintf(cmd->pool, "%s: '%s' is not merge, fill or replace", cmd->cmd->name, arg);
  global_config().combine = *combine;
  return nullptr;
}

const char* set_hoster_map(cmd_parms* cmd, void*, const char* arg) {
  const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  if (error != nullptr) return error;
  const bool none = strcasecmp(arg, "none") == 0;
  global_config().hoster_map = none ? "" : absolute(cmd, arg, &error);
  global_config().hoster_map_place = place_of(cmd);
  return error;
}

const char* add_list(cmd_parms* cmd, void*, int argc, char* const argv[]) {
  const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
  if (error != nullptr) return error;
  if (argc < 2) return apr_psprintf(cmd->pool, "%s: takes a name, a file and perhaps selectors", cmd->cmd->name);
  const char* const name = argv[0];
  if (!is_list_name(name)) {
    return apr_psprintf(cmd->pool, "%s: '%s' is no name for a list; write at most 64 letters, digits, '-', '.' and '_'",
                        cmd->cmd->name, name);
  }
  auto& lists = global_config().lists;
  if (lists == nullptr) lists = apr_array_make(cmd->pool, 4, sizeof(ListSetting));
  for (int i = 0; i < lists->nelts; ++i) {
    const ListSetting& other = APR_ARRAY_IDX(lists, i, ListSetting);
    if (std::strcmp(other.name, name) != 0) continue;
    return apr_psprintf(cmd->pool, "%s: there is a list '%s' already (%s line %d)", cmd->cmd->name, name,
                        other.place.file, other.place.line);
  }
  if (static_cast<std::size_t>(argc) - 2 > kMaxListSelectors) {
    return apr_psprintf(cmd->pool, "%s: '%s' has more than %d selectors", cmd->cmd->name, name,
                        static_cast<int>(kMaxListSelectors));
  }
  const char* path = absolute(cmd, argv[1], &error);
  if (path == nullptr) return error;
  return guarded(cmd->server, static_cast<const char*>("out of memory"), [&]() -> const char* {
    auto** words = static_cast<const char**>(apr_palloc(cmd->pool, static_cast<std::size_t>(argc) * sizeof(char*)));
    for (int i = 2; i < argc; ++i) {
      words[i - 2] = argv[i];
      const auto selector = parse_list_selector(argv[i]);
      if (!selector) return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, selector.error().message.c_str());
    }
    APR_ARRAY_PUSH(lists, ListSetting) = {name, path, words, argc - 2, place_of(cmd)};
    return nullptr;
  });
}

// The same network twice is a slip: one of the two would be without effect.
const char* find_twin(cmd_parms* cmd, const apr_array_header_t* overrides, const Override& added) {
  for (int i = 0; i < overrides->nelts; ++i) {
    const OverrideSetting& other = APR_ARRAY_IDX(overrides, i, OverrideSetting);
    const std::vector<std::string_view> words(other.words, other.words + other.count);
    const auto parsed = parse_override(words);
    if (!parsed || !(parsed->network == added.network)) continue;
    return apr_psprintf(cmd->pool, "%s: %s is overridden already (%s line %d)", cmd->cmd->name,
                        to_string(added.network).c_str(), other.place.file, other.place.line);
  }
  return nullptr;
}

const char* add_override(cmd_parms* cmd, void*, int argc, char* const argv[]) {
  if (const char* error = ap_check_cmd_context(cmd, GLOBAL_ONLY)) return error;
  return guarded(cmd->server, static_cast<const char*>("out of memory"), [&]() -> const char* {
    const std::vector<std::string_view> words(argv, argv + argc);
    const auto parsed = parse_override(words);
    if (!parsed) return apr_psprintf(cmd->pool, "%s: %s", cmd->cmd->name, parsed.error().message.c_str());
    auto& overrides = global_config().overrides;
    if (overrides == nullptr) overrides = apr_array_make(cmd->pool, 4, sizeof(OverrideSetting));
    if (const char* twin = find_twin(cmd, overrides, *parsed)) return twin;
    OverrideSetting setting{{}, argc, place_of(cmd)};
    for (int i = 0; i < argc; ++i) setting.words[i] = argv[i];
    APR_ARRAY_PUSH(overrides, OverrideSetting) = setting;
    return nullptr;
  });
}

}  // namespace
}  // namespace ip2asn::httpd

extern "C" const command_rec ip2asn_directives[];

using namespace ip2asn::httpd;

const command_rec ip2asn_directives[] = {
    AP_INIT_FLAG("IP2ASNEngine", set_engine, nullptr, OR_FILEINFO,
                 "On or Off: whether requests here are annotated with the network they come from"),
    AP_INIT_TAKE_ARGV("IP2ASNExport", set_export, nullptr, OR_FILEINFO,
                      "the fields that become IP2ASN_* variables, or None"),
    AP_INIT_TAKE1("IP2ASNMaxBatch", set_max_batch, nullptr, RSRC_CONF | ACCESS_CONF,
                  "the most addresses in one bulk request"),
    AP_INIT_TAKE_ARGV("IP2ASNDatabase", (set_files<&GlobalConfig::database, &GlobalConfig::database_place>), nullptr,
                      RSRC_CONF,
                      "one or more IP-to-ASN sources (TSV, CSV, MMDB or others; may be gzip), or one compiled index"),
    AP_INIT_TAKE1("IP2ASNCombine", set_combine, nullptr, RSRC_CONF,
                  "merge, fill or replace: what several sources are to each other"),
    AP_INIT_TAKE1("IP2ASNCacheDir", set_cache_dir, nullptr, RSRC_CONF, "directory for compiled indexes"),
    AP_INIT_TAKE1("IP2ASNRefreshInterval", set_refresh_interval, nullptr, RSRC_CONF,
                  "how often the sources are looked at, or Off"),
    AP_INIT_TAKE12("IP2ASNMaxDrift", set_max_drift, nullptr, RSRC_CONF,
                   "the share in per cent that new data may lose, and for how long such data is refused, or Never"),
    AP_INIT_TAKE1("IP2ASNOnBadData", set_on_bad_data, nullptr, RSRC_CONF,
                  "serve, fail or wait: what a start does with bad data"),
    AP_INIT_TAKE1("IP2ASNHosterMap", set_hoster_map, nullptr, RSRC_CONF,
                  "file that maps ASes to hosting companies, or None"),
    AP_INIT_TAKE_ARGV("IP2ASNNames", (set_files<&GlobalConfig::names_files, &GlobalConfig::names_files_place>), nullptr,
                      RSRC_CONF, "one or more files of AS numbers with names, countries and classes"),
    AP_INIT_TAKE2("IP2ASNEnv", set_env, nullptr, OR_FILEINFO,
                  "a variable and the field that it is set to where the engine is on, or None"),
    AP_INIT_FLAG("IP2ASNSetNotes", set_flag<&DirConfig::notes>, nullptr, OR_FILEINFO,
                 "On or Off: whether the exported fields are set as notes, too"),
    AP_INIT_FLAG("IP2ASNRequestHeaders", set_flag<&DirConfig::headers>, nullptr, OR_FILEINFO,
                 "On or Off: whether the exported fields are set as X-IP2ASN-* request headers, too"),
    AP_INIT_FLAG("IP2ASNCount", set_count, nullptr, RSRC_CONF | ACCESS_CONF,
                 "On or Off: whether requests here are counted by the network of their client"),
    AP_INIT_TAKE_ARGV(
        "IP2ASNLimit", set_limit, nullptr, RSRC_CONF | ACCESS_CONF,
        "a name, asn, hoster or country, and how many requests each of these gets in; or a name and None"),
    AP_INIT_TAKE1("IP2ASNMetricsMax", set_metrics_max, nullptr, RSRC_CONF,
                  "the most ASes that metrics have series for at a time"),
    AP_INIT_TAKE1("IP2ASNOnError", set_on_error, nullptr, RSRC_CONF | ACCESS_CONF,
                  "deny or allow: what Require answers when no look-up is possible"),
    AP_INIT_FLAG("IP2ASNReport", set_flag<&DirConfig::report>, nullptr, OR_AUTHCFG,
                 "On or Off: whether Require's denials by network are logged only"),
    AP_INIT_TAKE_ARGV("IP2ASNList", add_list, nullptr, RSRC_CONF,
                      "a name, a file of AS numbers and networks, and perhaps what of a JSON file is meant"),
    AP_INIT_TAKE_ARGV(
        "IP2ASNOverride", add_override, nullptr, RSRC_CONF,
        "a network, an AS number, and perhaps a country and a name: an answer that wins over the database"),
    {nullptr, {nullptr}, nullptr, 0, RAW_ARGS, nullptr},
};
