// What the status page shows, worked out of slots: sums of a time, and rates over it. Knows nothing of httpd.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "serve/recent.hh"

namespace ip2asn::httpd {

/// What was counted in some time, by key.
struct Window {
  double seconds = 0;
  Counts all{};
  std::map<std::uint32_t, Counts> of[kSlotKinds];
  Counts other[kSlotKinds] = {};  ///< of keys that had no entry in one slot or another

  const std::map<std::uint32_t, Counts>& operator[](SlotKind kind) const { return of[static_cast<std::size_t>(kind)]; }
};

/// The sum of the slots that begin at `from` or later.
Window gather(const std::vector<Slot>& slots, std::int64_t from);

/// Where the last minute begins, as nearly as slots can say: at least one of them is after it.
std::int64_t last_minute(const std::vector<Slot>& slots) noexcept;

/// When the picture of a span ends, in microseconds since 1970: at the end of the last slot, or `now` without any.
std::int64_t picture_end(const std::vector<Slot>& slots, Span span, std::int64_t now) noexcept;

/// Amounts a second over a span that ends at `end`, in `count` equal parts; NaN where nothing is known.
std::vector<double> rates(const std::vector<Slot>& slots, Span span, std::int64_t end, std::size_t count,
                          const std::function<double(const Slot&)>& amount);

constexpr std::int64_t length_of(Span span) noexcept {
  return (span == Span::hour ? 3'600 : 86'400) * std::int64_t{1'000'000};
}

/// What a slot has of a key; nothing when it has no entry.
inline Counts amounts_of(const Slot& slot, SlotKind kind, std::uint32_t key) noexcept {
  for (const SlotEntry& entry : slot[kind].entries) {
    if (entry.key == key) return entry.amounts;
  }
  return {};
}

}  // namespace ip2asn::httpd
