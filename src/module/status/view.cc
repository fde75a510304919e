#include "module/status/view.hh"

#include <algorithm>
#include <cmath>
#include <limits>

#include "serve/count_snapshot.hh"

namespace ip2asn::httpd {

Window gather(const std::vector<Slot>& slots, std::int64_t from) {
  Window window;
  for (const Slot& slot : slots) {
    if (slot.from < from) continue;
    window.seconds += slot.seconds();
    add(window.all, slot.all);
    for (std::size_t kind = 0; kind < kSlotKinds; ++kind) {
      for (const SlotEntry& entry : slot.parts[kind].entries) {
        add(window.of[kind].try_emplace(entry.key, Counts{}).first->second, entry.amounts);
      }
      add(window.other[kind], slot.parts[kind].other);
    }
  }
  return window;
}

std::int64_t last_minute(const std::vector<Slot>& slots) noexcept {
  constexpr std::int64_t kMinute = 60'000'000, kSlack = 2'000'000;
  if (slots.empty()) return 0;
  const std::int64_t begin = slots.back().to - kMinute - kSlack;
  return slots.back().from < begin ? slots.back().from : begin;
}

std::int64_t picture_end(const std::vector<Slot>& slots, Span span, std::int64_t now) noexcept {
  const std::int64_t step = span == Span::hour ? Recent::kHourStep : Recent::kDayStep;
  // A second later is the same slot to whoever looks at the picture.
  const std::int64_t end = slots.empty() ? now : slots.back().to;
  return (end + step / 2) / step * step;
}

std::vector<double> rates(const std::vector<Slot>& slots, Span span, std::int64_t end, std::size_t count,
                          const std::function<double(const Slot&)>& amount) {
  std::vector<double> of_slots;
  of_slots.reserve(slots.size());
  for (const Slot& slot : slots) of_slots.push_back(slot.is_unknown() ? NAN : amount(slot));
  std::vector<double> rates(count, std::numeric_limits<double>::quiet_NaN());
  const double part = static_cast<double>(length_of(span)) / static_cast<double>(count);
  const double begin = static_cast<double>(end - length_of(span));
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double from = begin + part * static_cast<double>(i), to = from + part;
    while (at < slots.size() && static_cast<double>(slots[at].to) <= from) ++at;
    // The mean over what is known of this part of the time.
    double sum = 0, known = 0, covered = 0;
    for (std::size_t j = at; j < slots.size() && static_cast<double>(slots[j].from) < to; ++j) {
      const double overlap =
          std::min(to, static_cast<double>(slots[j].to)) - std::max(from, static_cast<double>(slots[j].from));
      if (!(overlap > 0)) continue;
      covered += overlap;
      if (std::isnan(of_slots[j])) continue;
      sum += of_slots[j] / slots[j].seconds() * overlap;
      known += overlap;
    }
    // Where counting begins or ends within this part, what there is counts.
    if (known > 0 && known * 2 >= covered) rates[i] = sum / known;
  }
  return rates;
}

}  // namespace ip2asn::httpd
