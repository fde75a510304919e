// What will keep the server from taking on new data while it serves, found out at its start.
//
// The parent reads the sources as root; the children look at them later as the server's user, who may not be able to,
// and inside ChrootDir, where they may not be.
#pragma once

#include "module/httpd.hh"
#include "store/cache.hh"

namespace ip2asn::httpd {

/// Tries, in a process that gives up its rights as the children will, whether the inputs can be opened and, inside
/// ChrootDir, whether the cache can be written. Logs one warning for the first obstacle, with directive, file,
/// consequence, reason and remedy. `handed_over` tells whether the children can pass on what they make without the
/// cache. Nothing to do where the children have the parent's rights. May throw for want of memory.
void warn_of_obstacles(const server_rec* server, const CacheRequest& request, bool handed_over);

}  // namespace ip2asn::httpd
