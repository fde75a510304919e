// Refreshing: from changed inputs to an announced generation.
//
// The caller elects one process to do this at a time; others that do it too would only do the work twice. Nothing here
// reads a clock or makes a random number: both are handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hh"
#include "index/image.hh"
#include "serve/control_block.hh"
#include "sources/findings.hh"
#include "store/cache.hh"

namespace ip2asn {

/// The moment, as the clocks show it.
struct Moment {
  std::int64_t monotonic_ns = 0;  ///< CLOCK_MONOTONIC: for intervals
  std::int64_t wall_ns = 0;       ///< since 1970, by the clock that stamps files
};

/// How long inputs that were refused `failures` times in a row are left alone while they do not change: doubles from
/// one interval up, to an hour or one interval if that is longer, give or take a quarter as `random` has it.
std::int64_t retry_delay(std::int64_t interval_ns, std::uint32_t failures, std::uint64_t random) noexcept;

/// What tells one state of all inputs from another without reading them; never 0.
struct InputState {
  std::uint64_t identity = 0;
  /// An input was written less than `settle_ns` ago: it may not be complete, and one more write need not change its
  /// stamp.
  bool unsettled = false;
};
InputState input_state(const CacheRequest& request, std::int64_t wall_ns, std::int64_t settle_ns);

/// How long ago the last write must be: half an interval, but from 20 ms to one second.
std::int64_t settle_time(std::int64_t interval_ns) noexcept;

struct RefreshSettings {
  std::int64_t interval_ns = 0;
  double max_drift = 0;
  std::uint64_t epoch = 0;
  /// What else speaks against new data, or null when nothing is asked.
  std::optional<Error> (*objection)(const Image& image) = nullptr;
  /// How the index is loaded.
  Result<CacheResult> (*load)(const CacheRequest& request, std::int64_t now_ns, Findings& findings) = load_cached;
};

enum class RefreshOutcome {
  quiet,      ///< nothing to say: not due, unchanged, or the same failure again
  recovered,  ///< after failures the inputs are good again, and what they were
  published,  ///< a new generation was announced
  refused,    ///< the inputs are no good, for another reason than the last time
};

struct RefreshReport {
  RefreshOutcome outcome = RefreshOutcome::quiet;
  std::uint64_t number = 0;           ///< the generation announced
  std::optional<CacheResult> loaded;  ///< for published
  Error error;                        ///< for refused
  Findings findings;
};

/// Looks at the inputs of `request`, and if they changed makes an index of them and announces it. Inputs that were
/// written a moment ago are left for the next look, which is then set to come soon. `serving` is the index that they
/// must not fall short of, or null. `working` is called before the work begins, if there is any.
RefreshReport refresh(ControlBlock& block, const CacheRequest& request, const RefreshSettings& settings,
                      const Image* serving, const Moment& now, std::uint64_t random, void (*working)(void*) = nullptr,
                      void* context = nullptr);

/// Opens the announced generation: its entry in the cache, checked whole unless the announcement's seal vouches for it.
Result<CacheResult> open_announced(const Announcement& announcement, const CacheRequest& request);

/// Hash of an error's words, never 0: what ControlBlock::complaint holds.
std::uint64_t complaint_of(const Error& error) noexcept;

}  // namespace ip2asn
