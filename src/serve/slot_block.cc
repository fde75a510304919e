#include "serve/slot_block.hh"

#include <algorithm>
#include <cstring>

#include "serve/count_snapshot.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kMostNumber = 10;  // bytes of the greatest
constexpr std::size_t kMostAmounts = 1 + kCountCount * kMostNumber;
constexpr std::size_t kMostEntry = 5 + kMostAmounts;

class Writer {
 public:
  explicit Writer(std::uint8_t* at) : at_(at) {}
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at_++ = static_cast<std::uint8_t>(value | 0x80);
    *at_++ = static_cast<std::uint8_t>(value);
  }
  void amounts(const Counts& amounts) {
    std::uint8_t* const mask = at_++;
    *mask = 0;
    for (std::size_t i = 0; i < kCountCount; ++i) {
      if (amounts[i] == 0) continue;
      *mask = static_cast<std::uint8_t>(*mask | 1u << i);
      number(amounts[i]);
    }
  }
  std::uint8_t* at() const { return at_; }

 private:
  std::uint8_t* at_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) break;
      const std::uint8_t byte = *at_++;
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  Counts amounts() {
    Counts amounts{};
    const std::uint64_t mask = number();
    for (std::size_t i = 0; i < kCountCount && good_; ++i) {
      if ((mask >> i & 1) != 0) amounts[i] = number();
    }
    return amounts;
  }
  bool good() const { return good_; }

 private:
  const std::uint8_t *at_, *end_;
  bool good_ = true;
};

// Which parts come first, and up to which share of the room, in per cent, entries may go: ASes come last and have the
// rest.
struct Share {
  SlotKind kind;
  std::size_t up_to;
};
constexpr Share kShares[] = {
    {SlotKind::hoster, 25}, {SlotKind::list, 35}, {SlotKind::country, 50}, {SlotKind::as, 100}};

}  // namespace

std::size_t write_slot(const Slot& slot, std::span<std::uint8_t> room) {
  // Before anything else there is the room of what has to be in: times, all, and each part's other and end.
  constexpr std::size_t kFixed = 3 * kMostNumber + kMostAmounts + kSlotKinds * (kMostAmounts + kMostNumber);
  static_assert(kFixed < kLeastBlock);
  Writer out(room.data());
  out.number(static_cast<std::uint64_t>(slot.from));
  out.number(static_cast<std::uint64_t>(slot.to - slot.from));
  out.number(static_cast<std::uint64_t>(slot.unknown));
  out.amounts(slot.all);
  const std::size_t entries_room = room.size() - kFixed;
  std::size_t used = 0;
  std::uint8_t entry[kMostEntry];
  for (const Share& share : kShares) {
    const SlotPart& part = slot[share.kind];
    const std::size_t limit = entries_room / 100 * share.up_to;
    Counts other = part.other;
    std::size_t taken = 0;
    for (; taken < part.entries.size(); ++taken) {
      Writer one(entry);
      // 0 is the end.
      one.number(std::uint64_t{part.entries[taken].key} + 1);
      one.amounts(part.entries[taken].amounts);
      const auto size = static_cast<std::size_t>(one.at() - entry);
      if (used + size > limit) break;
      std::memcpy(out.at(), entry, size);
      out = Writer(out.at() + size);
      used += size;
    }
    for (std::size_t i = taken; i < part.entries.size(); ++i) add(other, part.entries[i].amounts);
    out.number(0);
    out.amounts(other);
  }
  return static_cast<std::size_t>(out.at() - room.data());
}

bool read_slot(std::span<const std::uint8_t> bytes, Slot& slot) {
  Reader in(bytes);
  // Whatever stands there, sums of times do not overflow.
  const auto time = [&in] { return static_cast<std::int64_t>(in.number() & 0x00FF'FFFF'FFFF'FFFF); };
  slot.from = time();
  slot.to = slot.from + time();
  slot.unknown = time();
  slot.all = in.amounts();
  for (const Share& share : kShares) {
    SlotPart& part = slot[share.kind];
    part.entries.clear();
    while (in.good()) {
      const std::uint64_t key = in.number();
      if (key == 0) break;
      part.entries.push_back({static_cast<std::uint32_t>(key - 1), in.amounts()});
    }
    part.other = in.amounts();
  }
  return in.good();
}

}  // namespace ip2asn
