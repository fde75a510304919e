// IP2ASNLimit: how many requests each network gets in.
#pragma once

#include "module/global_config.hh"
#include "module/httpd.hh"
#include "serve/limits.hh"

namespace ip2asn::httpd {

/// What a limit counts by.
enum class LimitKind : std::uint8_t { asn, hoster, country };

/// One limit of the configuration, wherever it is used. Lives in the configuration's pool.
struct LimitName {
  const char* name;
  LimitKind kind;
  Place first;  ///< where it was named first
  std::uint32_t place = RequestLimits::kNoPlace;
};

/// IP2ASNLimit in a section.
struct LimitUse {
  const char* name;
  const LimitName* limit;  ///< null for None: an outer section's does not hold here
  Allowance allowance;
  const char* rate;  ///< as it was written, for messages
  bool report;
};

/// The directive, whose configuration is a DirConfig.
const char* set_limit(cmd_parms* cmd, void* config, int argc, char* const argv[]);

/// An inner section's limits beside and instead of the outer one's.
apr_array_header_t* merge_limits(apr_pool_t* pool, apr_array_header_t* base, apr_array_header_t* add);

/// post_config: gives the limits of the configuration their places.
void place_limits(RequestLimits& limits, const GlobalConfig& config);

/// fixups, after access control: 429 for a request that is over a limit.
int limit_request(request_rec* r) noexcept;

}  // namespace ip2asn::httpd
