// Loading a new index is work that requests come before.
//
// On Linux a thread can have little weight, but that alone is not enough: whoever wakes up must often wait for the turn
// of a heavy computation to end, be its weight ever so small, and at each refresh that is what the slowest requests
// see. A thread that runs in idle time alone (SCHED_IDLE) gives way at once. But on a busy machine it stands still for
// seconds, and there is no way back from that without privileges. So a thread of its own begins in idle time, and when
// that turns out to be too little, the caller's does the work after all, with little weight.
//
// Elsewhere the caller does it.
#pragma once

#include <cstdint>

#include "base/result.hh"
#include "sources/findings.hh"
#include "store/cache.hh"

namespace ip2asn {

/// Gives the calling thread, and those that it makes from now on, little weight.
void give_way() noexcept;

/// As load_cached. May leave a thread behind that is about to give up the same. One thread of a process at a time.
Result<CacheResult> load_in_idle_time(const CacheRequest& request, std::int64_t now_ns, Findings& findings);

/// Lets go of what a thread that was left behind has made, if it has come to its end. For the thread that loads.
void tidy_left_behind() noexcept;

/// The same, and waits for its end: before the process ends.
void await_left_behind() noexcept;

}  // namespace ip2asn
