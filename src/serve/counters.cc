#include "serve/counters.hh"

#include <algorithm>
#include <cstring>
#include <new>

#include "serve/shared_place.hh"

namespace ip2asn {
namespace {

constexpr std::uint32_t hash_of(std::uint32_t asn) noexcept { return asn * 0x9E3779B1u; }

std::uint32_t hash_of(NamedKind kind, std::string_view name) noexcept {
  std::uint32_t hash = static_cast<std::uint32_t>(kind) + 0x811C9DC5u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;  // FNV-1a
  return hash;
}

}  // namespace

Counters* Counters::create(void* memory, std::uint64_t segment, std::int64_t since) noexcept {
  // The memory is all zeros, and so are all cells: whatever a constructor wrote there would be memory in use.
  auto* counters = shared_place<Counters>(memory);
  counters->layout_ = kLayout;
  counters->size_ = sizeof(Counters);
  counters->segment_ = segment;
  counters->since_ = since;
  counters->next_as_.store(1);
  counters->magic_ = kMagic;
  return counters;
}

Counters* Counters::attach(void* memory) noexcept {
  auto* counters = shared_place<Counters>(memory);
  const bool good = counters->magic_ == kMagic && counters->layout_ == kLayout && counters->size_ == sizeof(Counters);
  return good ? counters : nullptr;
}

CountCell& Counters::of_as(std::uint32_t asn) noexcept {
  std::uint32_t at = hash_of(asn) >> (32 - kIndexBits);
  for (std::uint32_t probe = 0; probe < kMostProbes; ++probe, at = (at + 1) % kIndexSize) {
    std::uint32_t ordinal = index_[at].load(std::memory_order_acquire);
    if (ordinal == 0) ordinal = claim(index_[at], asn, ordinal);
    if (ordinal == 0 || ordinal >= kMostAses) break;
    AsCell& cell = ases_[ordinal];
    if (cell.asn.load(std::memory_order_relaxed) == asn) {
      // Whoever claimed it may have been killed before it could say so.
      if (cell.claimed.load(std::memory_order_relaxed) == 0) cell.claimed.store(1, std::memory_order_release);
      return cell.cell;
    }
  }
  return ases_[0].cell;
}

// Puts a cell for `asn` into a free place of the index. Returns the ordinal that stands there afterwards, which is
// another's when that came first, or 0 when all cells are taken.
std::uint32_t Counters::claim(std::atomic<std::uint32_t>& place, std::uint32_t asn, std::uint32_t seen) noexcept {
  std::uint32_t mine = spare_as_.exchange(0, std::memory_order_acq_rel);
  if (mine == 0 || mine >= kMostAses) {
    if (next_as_.load(std::memory_order_relaxed) >= kMostAses) return 0;
    mine = next_as_.fetch_add(1, std::memory_order_acq_rel);
    if (mine >= kMostAses) return 0;
  }
  ases_[mine].asn.store(asn, std::memory_order_relaxed);
  if (place.compare_exchange_strong(seen, mine, std::memory_order_acq_rel, std::memory_order_acquire)) {
    ases_[mine].claimed.store(1, std::memory_order_release);
    return mine;
  }
  spare_as_.store(mine, std::memory_order_release);
  return seen;
}

CountCell& Counters::of_country(std::string_view country) noexcept {
  const auto letter = [](char c) { return static_cast<std::uint32_t>(static_cast<unsigned char>(c - 'A')); };
  if (country.size() != 2 || letter(country[0]) >= 26 || letter(country[1]) >= 26) return countries_[kCountries - 1];
  return countries_[letter(country[0]) * 26 + letter(country[1])];
}

bool Counters::has_name(const NameCell& cell, NamedKind kind, std::string_view name) const noexcept {
  return cell.kind == kind && cell.size == name.size() && std::memcmp(cell.name, name.data(), name.size()) == 0;
}

NamedOrdinal Counters::place_of(NamedKind kind, std::string_view name) noexcept {
  if (name.empty() || name.size() > kLongestName) return 0;
  std::uint32_t at = hash_of(kind, name) % kMostNames;
  for (std::uint32_t probe = 0; probe < kMostProbes; ++probe, at = (at + 1) % kMostNames) {
    if (at == 0) continue;
    NameCell& cell = names_[at];
    std::uint32_t state = cell.state.load(std::memory_order_acquire);
    if (state == kFree && cell.state.compare_exchange_strong(state, kWriting, std::memory_order_acq_rel)) {
      cell.kind = kind;
      cell.size = static_cast<std::uint8_t>(name.size());
      std::memcpy(cell.name, name.data(), name.size());
      cell.state.store(kReady, std::memory_order_release);
      return static_cast<NamedOrdinal>(at);
    }
    // Another is writing here: the same name perhaps, which then has two cells. Who reads adds them up. Waiting for it
    // could be for ever, for it may have been killed.
    if (state == kReady && has_name(cell, kind, name)) return static_cast<NamedOrdinal>(at);
  }
  return 0;
}

std::size_t Counters::read_name(std::uint32_t at, NamedKind& kind, char* text) const noexcept {
  const NameCell& cell = names_[at];
  if (cell.state.load(std::memory_order_acquire) != kReady) return 0;
  kind = cell.kind;
  const std::size_t size = std::min<std::size_t>(cell.size, kLongestName);
  std::memcpy(text, cell.name, size);
  return size;
}

}  // namespace ip2asn
