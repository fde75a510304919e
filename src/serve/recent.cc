#include "serve/recent.hh"

#include <algorithm>
#include <cstring>

#include "serve/count_snapshot.hh"
#include "serve/shared_place.hh"
#include "serve/slot_changes.hh"

namespace ip2asn {
namespace {

// Readers may be at the same words: they find out, and take the copy for nothing.
template <class Block>
void store_block(Block& block, std::vector<std::uint8_t>& bytes) noexcept {
  bytes.resize((bytes.size() + 7) / 8 * 8);
  for (std::size_t i = 0; i < bytes.size() / 8; ++i) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i * 8, 8);
    block.words[i].store(word, std::memory_order_relaxed);
  }
}

template <class Block>
void load_block(const Block& block, std::vector<std::uint8_t>& bytes) {
  bytes.resize(block.words.size() * 8);
  for (std::size_t i = 0; i < block.words.size(); ++i) {
    const std::uint64_t word = block.words[i].load(std::memory_order_relaxed);
    std::memcpy(bytes.data() + i * 8, &word, 8);
  }
}

// The one that closes slots.
class Holding {
 public:
  Holding(std::atomic<ProcessWord>& word, ProcessWord self) noexcept : word_(word), self_(self) {
    ProcessWord holder = word.load();
    if (holder != 0 && (holder == self || state_of(holder) != ProcessState::gone)) return;
    held_ = word.compare_exchange_strong(holder, self);
  }
  ~Holding() {
    ProcessWord mine = self_;
    if (held_) word_.compare_exchange_strong(mine, 0);
  }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  explicit operator bool() const noexcept { return held_; }

 private:
  std::atomic<ProcessWord>& word_;
  const ProcessWord self_;
  bool held_ = false;
};

template <class Totals>
TotalsView view(const Totals& totals) noexcept {
  return {totals.all, totals.ases, totals.of_country, totals.of_name, totals.of_as};
}

// Clocks are corrected by parts of a second all the time.
constexpr std::int64_t kClockSlack = 1'000'000;

}  // namespace

Recent::State Recent::unpack(std::uint64_t word) noexcept {
  State state;
  state.hours = static_cast<std::uint32_t>(word & 0x3FFF'FFFF);
  state.days = static_cast<std::uint32_t>(word >> 30 & 0x3FF'FFFF);
  state.current = static_cast<std::uint32_t>(word >> 56 & 3) % 3;
  state.base = static_cast<std::uint32_t>(word >> 58 & 3) % 3;
  return state;
}

std::uint64_t Recent::pack(const State& state) noexcept {
  return std::uint64_t{state.hours & 0x3FFF'FFFF} | std::uint64_t{state.days & 0x3FF'FFFF} << 30 |
         std::uint64_t{state.current} << 56 | std::uint64_t{state.base} << 58;
}

Recent* Recent::create(void* memory, std::int64_t since) noexcept {
  // All zeros already: what a constructor wrote would be memory in use.
  auto* recent = shared_place<Recent>(memory);
  recent->layout_ = kLayout;
  recent->size_ = sizeof(Recent);
  recent->totals_[0].time = since;
  recent->magic_ = kMagic;
  return recent;
}

Recent* Recent::attach(void* memory) noexcept {
  auto* recent = shared_place<Recent>(memory);
  const bool good = recent->magic_ == kMagic && recent->layout_ == kLayout && recent->size_ == sizeof(Recent);
  return good ? recent : nullptr;
}

std::int64_t Recent::last_tick() const noexcept { return totals_[unpack(state_.load()).current].time; }

bool Recent::is_due(const State& state, std::int64_t now) const noexcept {
  const std::int64_t last = totals_[state.current].time;
  return now / kHourStep > last / kHourStep || now < last - kClockSlack;
}

bool Recent::tick(const Counters& counters, std::int64_t now, ProcessWord self, std::uint32_t most_shown) {
  if (!is_due(unpack(state_.load()), now)) return false;
  const Holding holding(holder_, self);
  if (!holding || !is_due(unpack(state_.load()), now)) return false;
  close(counters, now, most_shown);
  return true;
}

void Recent::copy(const Counters& counters, Totals& to) noexcept {
  // The sum of all last, so that it is no less than that of its parts.
  NamedKind kind{};
  char text[Counters::kLongestName];
  for (std::uint32_t i = 1; i < Counters::kMostNames; ++i) {
    if (!counters.name_at(i, kind, text).empty()) to.of_name[i] = counters.cell_of_name(i).read();
  }
  for (std::uint32_t i = 0; i < Counters::kCountries; ++i) to.of_country[i] = counters.country_at(i).read();
  const std::uint32_t used = counters.used_ases();
  to.of_as[0] = counters.other_ases().read();
  for (std::uint32_t i = 1; i < used; ++i) {
    std::uint32_t asn = 0;
    const CountCell* const cell = counters.as_at(i, asn);
    to.of_as[i] = cell != nullptr ? cell->read() : Counts{};
  }
  to.ases = used;
  to.all = counters.total();
}

void Recent::close(const Counters& counters, std::int64_t now, std::uint32_t most_shown) {
  State state = unpack(state_.load());
  const std::uint32_t spare = state.current != 0 && state.base != 0 ? 0 : state.current != 1 && state.base != 1 ? 1 : 2;
  const Totals& last = totals_[state.current];
  const Totals& base = totals_[state.base];
  Totals& next = totals_[spare];
  copy(counters, next);
  next.time = now;
  // A clock that was set back begins anew: what lies between is unknown.
  const std::int64_t interval = now - last.time;
  const std::int64_t from = std::min(last.time, now);
  next.unknown = last.unknown + (interval > kHeartbeat ? interval : 0);

  const auto write = [&](auto& block, const Totals& before, std::int64_t begin, std::int64_t unknown) {
    Slot slot = changes(counters, view(next), view(before));
    slot.from = begin;
    slot.to = now;
    slot.unknown = unknown;
    std::vector<std::uint8_t> bytes(block.words.size() * 8);
    bytes.resize(write_slot(slot, bytes));
    store_block(block, bytes);
  };
  write(hours_[state.hours % kHourSlots], last, from, interval > kHeartbeat ? interval : 0);
  ++state.hours;
  if (now / kDayStep > base.time / kDayStep || now < base.time - kClockSlack) {
    write(days_[state.days % kDaySlots], base, std::min(base.time, now), next.unknown);
    choose_shown(next, base, static_cast<std::uint32_t>(now / kDayStep), most_shown);
    next.unknown = 0;
    ++state.days;
    state.base = spare;
  }
  state.current = spare;
  state_.store(pack(state));
}

void Recent::choose_shown(const Totals& now, const Totals& before, std::uint32_t slot, std::uint32_t most) {
  std::vector<bool> is_shown(now.ases);
  std::uint32_t count = 0;
  for (std::atomic<std::uint64_t>& entry : shown_) {
    const std::uint64_t word = entry.load(std::memory_order_relaxed);
    if (word == 0) continue;
    const auto place = static_cast<std::uint32_t>(word), last = static_cast<std::uint32_t>(word >> 32);
    const bool known = place < now.ases;
    const std::uint64_t had = known && place < before.ases ? before.of_as[place][kRequests] : 0;
    const bool active = known && now.of_as[place][kRequests] != had;
    if (!known || count >= most || is_shown[place] || (!active && slot >= last && slot - last >= kDaySlots)) {
      entry.store(0, std::memory_order_relaxed);
      continue;
    }
    if (active) entry.store(std::uint64_t{slot} << 32 | place, std::memory_order_relaxed);
    is_shown[place] = true;
    ++count;
  }
  std::size_t at = 0;
  for (const std::uint32_t place : first_ases(view(now), view(before), kFirst)) {
    if (count >= most || is_shown[place]) continue;
    while (at < kMostShown && shown_[at].load(std::memory_order_relaxed) != 0) ++at;
    if (at == kMostShown) return;
    shown_[at].store(std::uint64_t{slot} << 32 | place, std::memory_order_relaxed);
    is_shown[place] = true;
    ++count;
  }
}

std::vector<Slot> Recent::read(Span span) const {
  const auto counted = [&](const State& state) { return span == Span::hour ? state.hours : state.days; };
  const std::uint32_t size = span == Span::hour ? kHourSlots : kDaySlots;
  const std::uint32_t end = counted(unpack(state_.load()));
  // The oldest is what the next one is written over.
  const std::uint32_t first = end >= size ? end - size + 1 : 0;
  std::vector<Slot> slots;
  std::vector<std::uint8_t> bytes;
  slots.reserve(end - first);
  for (std::uint32_t i = first; i < end; ++i) {
    span == Span::hour ? load_block(hours_[i % size], bytes) : load_block(days_[i % size], bytes);
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint32_t by_now = counted(unpack(state_.load()));
    Slot slot;
    if (by_now - i < size && read_slot(bytes, slot)) slots.push_back(std::move(slot));
  }
  return slots;
}

}  // namespace ip2asn
