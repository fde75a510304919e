// Acceptance: whether new data may take the place of what was found good. One policy for a first start, a restart, a
// reload, a configtest, a refresh, and the tool's verify and compile.
//
// The database, the hoster map and each list are judged for themselves (a "part" of what the index is made of), so that
// a list that was cut does not hold back a good database, nor the other way round. Known good is what was accepted
// before of the very same files; files that the configuration names for the first time are taken as they are: a changed
// configuration is intent. docs/operations.md has the policy as a table; t/unit/acceptance_test.cc tests it as one.
//
// Pure functions: no file is opened and no clock is read here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "index/image.hh"
#include "serve/profile.hh"

namespace ip2asn {

/// Share in per cent that new data may lose when nobody says otherwise.
inline constexpr double kDefaultMaxDrift = 5;
/// How long data that lost too much is refused, when nobody says otherwise.
inline constexpr std::int64_t kDefaultMaxRefusal = std::int64_t{24} * 3600 * 1'000'000'000;

struct Limits {
  double max_drift = kDefaultMaxDrift;            ///< per cent
  std::int64_t max_refusal = kDefaultMaxRefusal;  ///< nanoseconds; 0: for ever
};

/// A state that was found good, and how new data compares with it.
struct Known {
  const Profile* profile = nullptr;
  double same_samples = 100;  ///< per cent (see profile.hh)
};

/// A state that was not taken the last time, as far as it is of the same shape as the new one.
struct Waiting {
  bool same_content = false;
  std::uint32_t looks = 0;      ///< that found it
  std::int64_t refused_ns = 0;  ///< for how long states of its shape were refused
};

/// What there is to say of new data of one part.
struct Evidence {
  bool known_content = false;  ///< it is, byte by byte, a state that was found good
  bool allowed = false;        ///< an administrator said that it is to be taken
  bool whole = true;           ///< a text with its last line ended, or no text
  bool beginning = false;      ///< it is the beginning of the newest good state
  bool intended = false;       ///< it came with a package, and the server is started or reloaded with it
  std::optional<std::string> damage = std::nullopt;  ///< why it cannot be read at all
  const Profile* profile = nullptr;                  ///< null when it cannot be read
  std::vector<Known> good = {};                      ///< newest first
  Waiting waiting = {};
};

enum class Verdict {
  take,
  take_warned,  ///< and say so
  hold,         ///< not yet: it is looked at again
  refuse,
};

enum class Reason {
  none,
  damaged,     ///< it cannot be read
  unfinished,  ///< the last line has no end
  cut,         ///< the beginning of what was good
  lost,        ///< too much is gone
  swallowed,   ///< a list or hoster map holds a large part of the address space all of a sudden
  grown,       ///< much more than there was, or other data altogether
  allowed,     ///< taken because an administrator said so
  intended,    ///< taken because it came with a package
  persisted,   ///< taken because it has been so for long
};

struct Decision {
  Verdict verdict = Verdict::take;
  Reason reason = Reason::none;
  std::string words;            ///< what is wrong with it; empty when nothing is
  std::int64_t wins_in_ns = 0;  ///< for refuse: it is taken when it is still so then; 0: never
};

Decision decide(const Evidence& evidence, const Limits& limits);

/// Whether the decision can be overruled: whether there is something to take at all.
inline bool can_be_allowed(Reason reason) { return reason != Reason::none && reason != Reason::damaged; }

/// What fell too far from one state to another, in words; nothing when all is within bounds.
std::optional<std::string> lost(const Known& before, const Profile& after, double max_drift);

/// What rose so far that it is believed only when it is seen twice. So is other data altogether, with other ASNs and
/// names than before.
std::optional<std::string> grown(const Known& before, const Profile& after);

}  // namespace ip2asn
