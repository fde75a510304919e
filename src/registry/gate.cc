#include "registry/gate.hh"

namespace ip2asn {

Pace PaceWishes::pace_of(const std::string& registry) const {
  Pace pace = default_pace(registry);
  if (const auto wish = interval_us.find(registry); wish != interval_us.end()) pace.interval_us = wish->second;
  if (const auto wish = in_flight.find(registry); wish != in_flight.end()) pace.in_flight = wish->second;
  return pace;
}

std::string PaceWishes::forbidden() const {
  for (const auto& [registry, interval] : interval_us) {
    if (interval < default_pace(registry).interval_us && !permissions.contains(registry)) return registry;
  }
  for (const auto& [registry, count] : in_flight) {
    if (count > default_pace(registry).in_flight && !permissions.contains(registry)) return registry;
  }
  return {};
}

Result<PaceFile*> Gate::of(const std::string& registry) {
  if (const auto known = files_.find(registry); known != files_.end()) return &known->second;
  Result<PaceFile> file = PaceFile::open(directory_, registry, wishes_.pace_of(registry));
  if (!file) return file.error();
  return &files_.emplace(registry, *std::move(file)).first->second;
}

void Gate::note(PaceFile& pace, Outcome outcome, std::int64_t retry_after, const Moment& now) const {
  pace.change(now, [&](PaceState& state) {
    switch (outcome) {
      case Outcome::answer:
      case Outcome::none:
        note_clean(state);
        break;
      case Outcome::limited:
        note_limit(state, retry_after, now.boot_us);
        break;
      case Outcome::refused:
        note_refusal(state, now.boot_us);
        break;
      case Outcome::failed:
        note_failure(state, now.boot_us);
        break;
    }
  });
}

}  // namespace ip2asn
