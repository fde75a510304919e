// Settings that hold for the whole of httpd: which database, and where it is kept.
#pragma once

#include <string>

#include "module/httpd.hh"
#include "serve/acceptance.hh"
#include "store/recipe.hh"

namespace ip2asn::httpd {

/// Where a setting was made, for messages.
struct Place {
  const char* file = nullptr;
  int line = 0;
};

/// IP2ASNList.
struct ListSetting {
  const char* name;
  const char* path;              ///< absolute
  const char* const* selectors;  ///< as they were written, checked already
  int selector_count;
  Place place;
};

/// IP2ASNOverride: its words as they were written, checked already.
struct OverrideSetting {
  const char* words[4];
  int count;
  Place place;
};

inline constexpr apr_interval_time_t kDefaultRefreshInterval = 60 * APR_USEC_PER_SEC;

/// IP2ASNOnBadData: what a start does with data that is refused. `wait` serves without an index where nothing good ever
/// was, where the others are an error.
enum class OnBadData { serve, fail, wait };

/// Lives in the configuration pool: made anew at each reading of the configuration.
struct GlobalConfig {
  apr_array_header_t* database = nullptr;  ///< const char*: IP2ASNDatabase, absolute paths; null when not set
  Place database_place;
  const char* cache_dir = nullptr;  ///< IP2ASNCacheDir, absolute; null when not set
  Place cache_dir_place;
  const char* hoster_map = nullptr;  ///< IP2ASNHosterMap, absolute; "" for None, null when not set
  Place hoster_map_place;
  apr_array_header_t* names_files = nullptr;  ///< const char*: IP2ASNNames, absolute paths; null when not set
  Place names_files_place;
  Combine combine = Combine::merge;         ///< IP2ASNCombine
  apr_array_header_t* lists = nullptr;      ///< ListSetting; null when there is none
  apr_array_header_t* overrides = nullptr;  ///< OverrideSetting; null when there is none
  apr_array_header_t* names = nullptr;  ///< NameUse (see names.hh): what Require lines ask for; null when there is none
  Place require_place;                  ///< the first Require line of ours, or no file
  apr_interval_time_t refresh_interval = kDefaultRefreshInterval;  ///< IP2ASNRefreshInterval, microseconds; 0 for Off
  double max_drift = kDefaultMaxDrift;                             ///< IP2ASNMaxDrift, per cent
  std::int64_t max_refusal = kDefaultMaxRefusal;                   ///< IP2ASNMaxDrift's time, nanoseconds; 0 for ever
  OnBadData on_bad_data = OnBadData::serve;                        ///< IP2ASNOnBadData
  apr_array_header_t* engine_uses = nullptr;  ///< EngineUse (see forgery.hh); null when there is none
  apr_array_header_t* env_uses = nullptr;     ///< EnvUse (see forgery.hh); null when there is none
  Place engine_place;                         ///< the first IP2ASNEngine On, or no file
  Place count_place;                          ///< the first IP2ASNCount On, or no file
  apr_array_header_t* limits = nullptr;       ///< LimitName* (see limit.hh); null when there is none
  unsigned metrics_max = 500;                 ///< IP2ASNMetricsMax
};

/// The settings of the configuration that is being read or is in force. Written while httpd reads its configuration,
/// then only read.
GlobalConfig& global_config() noexcept;

/// Adds the lists, names files and overrides to `recipe`.
void add_local_data(const GlobalConfig& config, Recipe& recipe);

/// Which setting an error of loading `recipe` comes from, told by the path that its message begins with.
struct Blame {
  const char* directive;
  Place place;  ///< no file when it is a default
};
Blame blame_of(const GlobalConfig& config, const Recipe& recipe, const Error& error);

/// Whether an error of loading `recipe` is about the database, not about a list or the hoster map.
bool is_of_database(const GlobalConfig& config, const Recipe& recipe, const Error& error);

/// "IP2ASNDatabase (httpd.conf line 3)", for messages.
std::string describe(const Blame& blame);

/// Starts a new reading of the configuration.
void reset_global_config() noexcept;

}  // namespace ip2asn::httpd
