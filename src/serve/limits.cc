#include "serve/limits.hh"

#include <algorithm>
#include <cstring>

#include "serve/shared_place.hh"

namespace ip2asn {

RequestLimits* RequestLimits::create(void* memory) noexcept {
  // All zeros already: what a constructor wrote would be memory in use.
  auto* limits = shared_place<RequestLimits>(memory);
  limits->layout_ = kLayout;
  limits->size_ = sizeof(RequestLimits);
  limits->magic_ = kMagic;
  return limits;
}

RequestLimits* RequestLimits::attach(void* memory) noexcept {
  auto* limits = shared_place<RequestLimits>(memory);
  const bool good = limits->magic_ == kMagic && limits->layout_ == kLayout && limits->size_ == sizeof(RequestLimits);
  return good ? limits : nullptr;
}

std::size_t RequestLimits::read_name(const Table& table, char* name) noexcept {
  const std::size_t size = std::min<std::size_t>(table.size.load(std::memory_order_acquire), kLongestName);
  std::memcpy(name, table.name, size);
  return size;
}

std::uint32_t RequestLimits::place_of(std::string_view name, std::span<const std::string_view> names) noexcept {
  if (name.empty() || name.size() > kLongestName) return kNoPlace;
  std::uint32_t free = kNoPlace, left = kNoPlace;
  for (std::uint32_t i = 0; i < kMostLimits; ++i) {
    char text[kLongestName];
    const std::string_view other(text, read_name(tables_[i], text));
    if (other == name) return i;
    if (other.empty()) {
      if (free == kNoPlace) free = i;
    } else if (left == kNoPlace && std::find(names.begin(), names.end(), other) == names.end()) {
      left = i;
    }
  }
  const std::uint32_t place = free != kNoPlace ? free : left;
  if (place == kNoPlace) return kNoPlace;
  Table& table = tables_[place];
  if (place == left && free == kNoPlace) {
    table.size.store(0);
    for (Entry& entry : table.entries) {
      entry.next.store(0);
      entry.key.store(0);
    }
  }
  std::memcpy(table.name, name.data(), name.size());
  table.size.store(static_cast<std::uint32_t>(name.size()), std::memory_order_release);
  return place;
}

RequestLimits::Entry* RequestLimits::find(Table& table, std::uint64_t key) noexcept {
  static_assert((kMostKeys & (kMostKeys - 1)) == 0);
  std::uint64_t at = key * 0x9E3779B97F4A7C15ull >> 51;
  for (std::uint32_t probe = 0; probe < kMostProbes; ++probe, ++at) {
    Entry& entry = table.entries[at % kMostKeys];
    std::uint64_t found = entry.key.load(std::memory_order_acquire);
    if (found == 0 && entry.key.compare_exchange_strong(found, key, std::memory_order_acq_rel)) return &entry;
    if (found == key) return &entry;
  }
  return nullptr;
}

LimitAnswer RequestLimits::ask(std::uint32_t place, std::uint64_t key, const Allowance& allowance,
                               std::int64_t now) noexcept {
  Table& table = tables_[place % kMostLimits];
  Entry* const entry = find(table, key + 1);
  if (entry == nullptr) {
    table.passed.fetch_add(1, std::memory_order_relaxed);
    return {};
  }
  const std::int64_t room = allowance.interval * allowance.burst;
  std::int64_t next = entry->next.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t from = std::clamp(next, now, now + room);
    const std::int64_t after = from + allowance.interval;
    if (after > now + room) return {true, after - now - room};
    if (entry->next.compare_exchange_weak(next, after, std::memory_order_relaxed)) return {};
  }
}

}  // namespace ip2asn
