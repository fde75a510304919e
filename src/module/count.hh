// IP2ASNCount: requests counted by the network of their client.
//
// The counters live in one anonymous segment of shared memory that belongs to the parent's process pool: every restart
// finds them there again, whatever it changes in the configuration, and the children of before go on counting into it.
// See serve/counters.hh for what processes that are killed leave behind.
#pragma once

#include "module/httpd.hh"
#include "serve/counters.hh"
#include "serve/limits.hh"
#include "serve/recent.hh"

namespace ip2asn::httpd {

/// post_config: finds the counters, or makes them when the configuration wants them for the first time.
int prepare_counting(apr_pool_t* pool, server_rec* server) noexcept;

/// This server's counters, or null when nothing was ever counted.
Counters* counters() noexcept;

/// The slots of the recent past beside them; null when counters() is.
Recent* recent() noexcept;

/// The state of IP2ASNLimit beside them; null when counters() is.
RequestLimits* limits() noexcept;

/// post_read_request, behind annotate_early: where requests are counted but nobody has asked for their network yet,
/// asks.
int ask_for_count(request_rec* r) noexcept;

/// log_transaction, after those who write logs: the counters are the sums of a log of "%>s %B %D".
int count_request(request_rec* r) noexcept;

}  // namespace ip2asn::httpd
