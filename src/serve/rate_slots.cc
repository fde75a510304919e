#include "serve/rate_slots.hh"

#include <algorithm>
#include <cmath>

namespace ip2asn {
namespace {

std::int64_t floor_divide(std::int64_t value, std::int64_t by) noexcept {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

RateSlots::RateSlots(const SlotSettings& settings, std::int64_t start) noexcept
    : settings_(settings), last_(start), slot_(floor_divide(start, settings.step * 1'000'000)) {
  unknown_ = static_cast<double>(start - start_of(slot_)) * kMicro;
}

double RateSlots::rate_of(const Reading& reading, bool anew) const noexcept {
  const double interval = static_cast<double>(reading.time - last_) * kMicro;
  if (interval > static_cast<double>(settings_.heartbeat)) return kUnknownRate;
  double rate = reading.value;
  if (settings_.counter) {
    const double before = anew ? 0 : value_;
    rate = reading.value < before ? kUnknownRate : (reading.value - before) / interval;
  }
  return rate >= settings_.min && rate <= settings_.max ? rate : kUnknownRate;
}

double RateSlots::finish(double rate, double share, double judged) const noexcept {
  const auto step = static_cast<double>(settings_.step);
  if (unknown_ > step / 2 || judged > static_cast<double>(settings_.heartbeat)) return kUnknownRate;
  if (std::isnan(rate)) {
    const double known = step - unknown_ - share;
    return known > 0 ? sum_ / known : kUnknownRate;
  }
  return (sum_ + rate * share) / (step - unknown_);
}

void RateSlots::add(double rate, double seconds) noexcept {
  if (std::isnan(rate)) {
    unknown_ += seconds;
  } else {
    sum_ += rate * seconds;
  }
}

RateRows::RateRows(const RowSettings& settings, std::int64_t first) noexcept : settings_(settings) {
  begin(floor_divide(first, settings.slots));
  take(first - row_ * settings.slots, kUnknownRate);
}

void RateRows::begin(std::int64_t row) noexcept {
  row_ = row;
  have_ = unknown_ = 0;
  sum_ = 0;
  highest_ = -std::numeric_limits<double>::infinity();
}

void RateRows::take(std::int64_t count, double rate) noexcept {
  have_ += count;
  if (std::isnan(rate)) {
    unknown_ += count;
  } else if (count > 0) {
    sum_ += rate * static_cast<double>(count);
    highest_ = std::max(highest_, rate);
  }
}

double RateRows::rate() const noexcept {
  const std::int64_t known = settings_.slots - unknown_;
  if (known == 0 || static_cast<double>(unknown_) > static_cast<double>(settings_.slots) * settings_.xff) {
    return kUnknownRate;
  }
  return settings_.highest ? highest_ : sum_ / static_cast<double>(known);
}

}  // namespace ip2asn
