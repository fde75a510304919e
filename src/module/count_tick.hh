// The clock of the counters: closes the slots of the recent past.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// post_config, when there are counters: has a thread of each child look once a second whether a slot is due. One child
/// closes it, whichever comes first. Without mod_watchdog there are no slots, which is logged.
void start_ticking(apr_pool_t* pool, server_rec* server);

}  // namespace ip2asn::httpd
