#include "serve/acceptance.hh"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ip2asn {
namespace {

// Growth, in per cent, that is believed at once, and how much there must have been for a share to mean something.
constexpr double kMostGrowth = 20;
constexpr double kManyCounted = 100;
constexpr double kManyEntries = 100;
// Entries of a list or a hoster map that may go in any case: what an administrator takes out by hand.
constexpr double kFewEntries = 2;
// Names: fewer than that say nothing, and a share that real data does not come near.
constexpr double kManyNames = 20;
constexpr double kNamesLost = 50;
// Share of addresses and ASNs that may be others: seven weeks of real data change 2.4 %, another vendor's data 1.8 %.
constexpr double kMostOthers = 20;
// Whose ASNs, names and addresses have less than half in common is not a damaged form of the other.
constexpr double kHalf = 50;
// A list that comes to hold a sixteenth of all addresses (of IPv6, of 2000::/3) at one step.
const double kLargeReach4 = std::ldexp(1, 28);
const double kLargeReach6 = std::ldexp(1, 121);

const Amount* find(const Profile& profile, const Amount& like) {
  const auto at = std::find_if(profile.amounts.begin(), profile.amounts.end(),
                               [&](const Amount& each) { return each.name == like.name; });
  return at == profile.amounts.end() ? nullptr : &*at;
}

// The product is compared, not the quotient: for counts it is exact, so that a fall of just the allowed share is
// allowed.
bool falls_beyond(double before, double after, double percent) { return (before - after) * 100 > percent * before; }

bool fell_too_far(const Amount& before, double after, double max_drift) {
  switch (before.kind) {
    case AmountKind::counted:
    case AmountKind::shared:
    case AmountKind::space4:
    case AmountKind::space6:
      return falls_beyond(before.value, after, max_drift);
    case AmountKind::variety:
      return before.value >= kManyNames && falls_beyond(before.value, after, std::max(kNamesLost, max_drift));
    case AmountKind::entries:
      if (max_drift >= 100) return false;
      return falls_beyond(before.value, after, max_drift) && before.value - after > kFewEntries;
    case AmountKind::reach4:
    case AmountKind::reach6:
      break;
  }
  return false;
}

std::string change(const Amount& before, double after) {
  char text[160];
  const double percent = before.value == 0 ? 100 : std::fabs(before.value - after) / before.value * 100;
  std::snprintf(text, sizeof text, " %s by %.2f %% from %.10g to %.10g", after < before.value ? "fell" : "rose",
                percent, before.value, after);
  return before.name + text;
}

void add(std::string& sentence, const std::string& part) {
  if (!sentence.empty()) sentence += ", ";
  sentence += part;
}

void add_others(std::string& sentence, double same, double max_drift, const char* what) {
  if (100 - same <= std::max(kMostOthers, max_drift)) return;
  char text[96];
  std::snprintf(text, sizeof text, "%.0f %% of %s", 100 - same, what);
  add(sentence, text);
}

bool is_other_data(const Known& before, const Profile& after) {
  return before.same_samples < kHalf && kept_asns(*before.profile, after) < kHalf &&
         kept_names(*before.profile, after) < kHalf;
}

bool rose_too_far(const Amount& before, double after) {
  const bool judged = (before.kind == AmountKind::counted && before.value >= kManyCounted) ||
                      (before.kind == AmountKind::entries && after - before.value > kManyEntries);
  return judged && falls_beyond(-before.value, -after, -kMostGrowth);
}

std::optional<std::string> swallowed(const Profile& before, const Profile& after) {
  for (const Amount& now : after.amounts) {
    if (now.kind != AmountKind::reach4 && now.kind != AmountKind::reach6) continue;
    const Amount* was = find(before, now);
    const double large = now.kind == AmountKind::reach4 ? kLargeReach4 : kLargeReach6;
    if (was == nullptr || now.value - was->value < large) continue;
    return "comes to hold a large part of all addresses: " + change(*was, now.value);
  }
  return std::nullopt;
}

// Whether the new data is too little, or too much, against each of the states that were found good; then what it is
// against the newest.
template <class Judge>
std::optional<std::string> against_all(const std::vector<Known>& good, Judge&& judge) {
  std::optional<std::string> newest;
  for (const Known& known : good) {
    auto words = judge(known);
    if (!words) return std::nullopt;
    if (!newest) newest = std::move(words);
  }
  return newest;
}

Decision refuse(Reason reason, std::string words, const Evidence& evidence, std::int64_t wins_after = 0) {
  if (evidence.allowed) return {Verdict::take_warned, Reason::allowed, std::move(words), 0};
  if (evidence.intended && (reason == Reason::lost || reason == Reason::swallowed)) {
    return {Verdict::take_warned, Reason::intended, std::move(words), 0};
  }
  if (wins_after != 0 && evidence.waiting.refused_ns >= wins_after) {
    return {Verdict::take_warned, Reason::persisted, std::move(words), 0};
  }
  const std::int64_t wins_in = wins_after == 0 ? 0 : wins_after - evidence.waiting.refused_ns;
  return {Verdict::refuse, reason, std::move(words), wins_in};
}

// What may be the moment of a write is looked at once more before it is called bad.
Decision hold_once(Decision decision, const Evidence& evidence) {
  const bool seen = evidence.waiting.same_content && evidence.waiting.looks > 0;
  if (decision.verdict == Verdict::refuse && !seen) decision.verdict = Verdict::hold;
  return decision;
}

}  // namespace

std::optional<std::string> lost(const Known& known, const Profile& after, double max_drift) {
  std::string sentence;
  for (const Amount& before : known.profile->amounts) {
    const Amount* now = find(after, before);
    if (now == nullptr || now->context != before.context) continue;
    if (fell_too_far(before, now->value, max_drift)) add(sentence, change(before, now->value));
  }
  if (max_drift < 100 && !is_other_data(known, after)) {
    add_others(sentence, known.same_samples, max_drift, "the addresses in both have another AS");
    add_others(sentence, kept_asns(*known.profile, after), max_drift, "the ASNs are gone");
  }
  if (sentence.empty()) return std::nullopt;
  char limit[64];
  std::snprintf(limit, sizeof limit, "; at most %.10g %% is allowed", max_drift);
  return sentence + limit;
}

std::optional<std::string> grown(const Known& known, const Profile& after) {
  const Profile& before = *known.profile;
  std::string sentence;
  if (is_other_data(known, after)) sentence = "other ASNs and names than before";
  for (const Amount& now : after.amounts) {
    const Amount* was = find(before, now);
    if (was == nullptr || was->context != now.context || !rose_too_far(*was, now.value)) continue;
    add(sentence, change(*was, now.value));
  }
  if (sentence.empty()) return std::nullopt;
  return sentence;
}

Decision decide(const Evidence& evidence, const Limits& limits) {
  if (evidence.damage) return {Verdict::refuse, Reason::damaged, *evidence.damage, 0};
  if (evidence.known_content) return {};
  const char* const unfinished =
      "its last line is not whole (no newline, or too few fields), as in a file that was cut or is being written";
  if (evidence.good.empty()) {
    if (evidence.whole) return {};
    return {Verdict::take_warned, Reason::unfinished, unfinished, 0};
  }
  if (!evidence.whole) return hold_once(refuse(Reason::unfinished, unfinished, evidence), evidence);
  const auto less =
      against_all(evidence.good, [&](const Known& known) { return lost(known, *evidence.profile, limits.max_drift); });
  if (less) {
    const std::string cut = evidence.beginning ? "; it is the beginning of what it was, as of a file that was cut" : "";
    return refuse(Reason::lost, "lost too much of what was good: " + *less + cut, evidence, limits.max_refusal);
  }
  if (evidence.beginning) {
    return hold_once(refuse(Reason::cut, "is the beginning of what it was and no more, as of a file that was cut",
                            evidence, limits.max_refusal),
                     evidence);
  }
  const auto space =
      against_all(evidence.good, [&](const Known& known) { return swallowed(*known.profile, *evidence.profile); });
  if (space) return refuse(Reason::swallowed, *space, evidence);
  const auto more = against_all(evidence.good, [&](const Known& known) { return grown(known, *evidence.profile); });
  if (!more) return {};
  const bool seen = evidence.waiting.same_content && evidence.waiting.looks > 0;
  const bool taken = seen || evidence.allowed || evidence.intended;
  return {taken ? Verdict::take_warned : Verdict::hold, Reason::grown, "changed a lot: " + *more, 0};
}

}  // namespace ip2asn
