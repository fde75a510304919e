// How a registry may be asked: its pace, its pauses, and a breaker for when it does not answer.
//
// Pure: time is handed in. Microseconds of one clock that never goes back (see Moment).
#pragma once

#include <algorithm>
#include <cstdint>

#include "registry/registries.hh"

namespace ip2asn {

/// What is remembered of a registry between queries, and between processes.
struct PaceState {
  std::int64_t next_us = 0;              ///< the next query may start
  std::int64_t paused_until_us = 0;      ///< it said that it was asked too often
  std::int64_t refused_until_us = 0;     ///< it barred us
  std::uint32_t limits = 0;              ///< pauses in a row
  std::uint32_t clean = 0;               ///< answers since the last one
  std::uint32_t slowed_permille = 1000;  ///< of the rate that is left after them
  std::uint32_t failures = 0;            ///< in a row
  std::uint32_t openings = 0;            ///< of the breaker, in a row
  std::int64_t open_until_us = 0;        ///< of the breaker
};

inline constexpr std::int64_t kSecondUs = 1'000'000;
inline constexpr std::uint32_t kBreakerFailures = 5;

/// The interval between two queries, with what pauses have added to it.
inline std::int64_t interval_of(const PaceState& state, const Pace& pace) noexcept {
  return pace.interval_us * 1000 / std::max<std::uint32_t>(state.slowed_permille, 1);
}

/// When the next query may start.
inline std::int64_t earliest(const PaceState& state) noexcept {
  return std::max({state.next_us, state.paused_until_us, state.open_until_us, state.refused_until_us});
}

/// Takes the token for a query that starts at `now`, which is not before earliest(). There is no burst: the next one
/// counts from now.
inline void take_token(PaceState& state, const Pace& pace, std::int64_t now) noexcept {
  state.next_us = now + interval_of(state, pace);
  // An open breaker lets one probe through, and waits for what comes of it.
  if (state.failures >= kBreakerFailures) state.open_until_us = now + 10 * kSecondUs;
}

/// An answer, or the word that there is none.
inline void note_clean(PaceState& state) noexcept {
  state.failures = state.openings = 0;
  state.open_until_us = 0;
  state.limits = 0;
  if (state.slowed_permille >= 1000 || ++state.clean < 100) return;
  state.clean = 0;
  state.slowed_permille = std::min<std::uint32_t>(1000, state.slowed_permille + state.slowed_permille / 10 + 1);
}

/// It was asked too often; `retry_after` is what it asks for, in seconds, and is kept to in full.
inline void note_limit(PaceState& state, std::int64_t retry_after, std::int64_t now) noexcept {
  constexpr std::int64_t kFirst = 60, kLongest = 6 * 3600;
  const std::int64_t own = std::min(kLongest, kFirst << std::min<std::uint32_t>(state.limits, 9));
  constexpr std::int64_t kMost = 400ll * 86400;
  state.paused_until_us =
      std::max(state.paused_until_us, now + std::min(kMost, std::max(own, retry_after)) * kSecondUs);
  ++state.limits;
  state.clean = 0;
  state.slowed_permille = std::max<std::uint32_t>(10, state.slowed_permille / 2);
}

/// It bars us: for a day.
inline void note_refusal(PaceState& state, std::int64_t now) noexcept {
  state.refused_until_us = now + 86400 * kSecondUs;
}

/// No answer, or none that makes sense. Five in a row open the breaker: for a minute, then for twice as long after
/// each probe that fails, up to an hour.
inline void note_failure(PaceState& state, std::int64_t now) noexcept {
  if (++state.failures < kBreakerFailures) return;
  constexpr std::int64_t kFirst = 60, kLongest = 3600;
  state.open_until_us = now + std::min(kLongest, kFirst << std::min<std::uint32_t>(state.openings, 6)) * kSecondUs;
  ++state.openings;
}

}  // namespace ip2asn
