// Fresh data while the server serves.
//
// Each child has a watchdog thread. At each tick it takes on the newest generation that was announced, and lets go of
// older ones. When a look at the sources is due, the first child that notices takes its turn (turn.hh), looks, and if
// they changed makes an index of them and announces it: once for each change, whichever child it is. Nobody waits for
// that, and a child that does not come back from it loses its turn. Requests come before the work; see idle_time.hh.
//
// (mod_watchdog has singletons of its own, elected for good. When one dies its successor sleeps for ten seconds first.)
//
// The parent, which may be root, reads no sources while it serves. It takes on announced generations too, so that new
// children are born with them and that a restart with broken sources does not fall back.
#pragma once

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// pre_config: makes the name of the lock that there once was known to the Mutex directive, so that lines which set its
/// mechanism still stand. They have no effect.
int register_refresh_lock(apr_pool_t* pool) noexcept;

/// post_config: announces what was loaded, and prepares the children's watchdog.
int prepare_refresh(apr_pool_t* pool, server_rec* server) noexcept;

/// child_init.
void start_refresh(apr_pool_t* pool, server_rec* server) noexcept;

/// monitor: the parent's tick.
int monitor_generations(server_rec* server) noexcept;

}  // namespace ip2asn::httpd
