// Refreshing: from changed inputs to an announced generation.
//
// One process at a time does this, the one whose turn it is (turn.hh); others that do it too would only do the work
// twice. Nothing here reads a clock or makes a random number: both are handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hh"
#include "index/image.hh"
#include "serve/control_block.hh"
#include "serve/handover.hh"
#include "serve/intake.hh"
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
  /// An input is on a file system that seems to stamp files by whole seconds.
  bool coarse = false;
  std::string newest = {};  ///< path of the input that was written last
};
InputState input_state(const CacheRequest& request);

/// How long inputs must stay the same, from one look to another, before they are taken: half an interval, but from 20
/// ms to one second; two seconds at least when stamps are `coarse`.
std::int64_t settle_time(std::int64_t interval_ns, bool coarse) noexcept;

struct RefreshSettings {
  std::int64_t interval_ns = 0;
  double max_drift = 0;
  std::uint64_t epoch = 0;
  /// Whose turn it must still be when there is something to announce (see turn.hh); 0 to leave that out.
  std::uint64_t turn = 0;
  /// How a new generation reaches other processes besides the cache, or null.
  const Handover* handover = nullptr;
  /// See IntakeSettings.
  std::optional<Error> (*objection)(const Image& image) = nullptr;
  /// How the index is loaded.
  Result<CacheResult> (*load)(const CacheRequest& request, std::int64_t now_ns, Findings& findings) = load_cached;
  std::int64_t max_refusal = kDefaultMaxRefusal;
  std::vector<std::string> names = {};
  std::optional<Error> (*map_objection)(const HosterMap& map) = nullptr;
};

enum class RefreshOutcome {
  quiet,      ///< nothing to say: not due, unchanged, or the same failure again
  recovered,  ///< after failures the inputs are good again, and what they were
  published,  ///< a new generation was announced
  refused,    ///< not all of the inputs are taken, for another reason than the last time
};

struct RefreshReport {
  RefreshOutcome outcome = RefreshOutcome::quiet;
  std::uint64_t number = 0;           ///< the generation announced
  std::optional<CacheResult> loaded;  ///< for published
  /// Of what was not taken, when there is something new to say, and of what was taken though it is odd. A generation
  /// may be published without all of what is new.
  std::vector<Remark> remarks;
  Findings findings;
  std::string warning;  ///< why the index is not in the cache, when that is news
};

/// Looks at the inputs of `request`, and if they changed makes an index of them and announces it. Whoever writes over a
/// file in place may not be done, and one more write need not change its stamp: a change counts only when two looks
/// find the same, settle_time() apart by the monotonic clock, whichever processes look. The second look is set to come
/// that soon. What never stays the same for long enough is told of. `serving` is the index that they
/// must not fall short of, or null. `working` is called before the work begins, if there is any.
RefreshReport refresh(ControlBlock& block, const CacheRequest& request, const RefreshSettings& settings,
                      const Image* serving, const Moment& now, std::uint64_t random, void (*working)(void*) = nullptr,
                      void* context = nullptr);

/// A generation that another process made, as this one has it.
struct Adopted {
  Announcement announcement;  ///< the one that was asked for, or a newer one
  Mapping mapping;
  Image image;
};

/// Gets hold of the announced generation: as it was handed over, or else from the cache. `distrust` has the image
/// checked whole once more, rather than take the word of who sent it.
Result<Adopted> open_announced(const Announcement& announcement, const Store& store, const Handover& handover,
                               bool distrust);

/// Hash of what is not taken and why; 0 when all is.
std::uint64_t complaint_of(const std::vector<Remark>& remarks);

/// Hash of an error's words, never 0: what ControlBlock::complaint holds.
std::uint64_t complaint_of(const Error& error) noexcept;

}  // namespace ip2asn
