// A slot of the recent past in a few kilobytes: what was counted in it, by key.
//
// Amounts are written as variable-length integers (seven bits a byte, the lowest first), behind a byte that says which
// of them are not 0. Entries come in the order of their weight; what there is no room for is added to its kind's
// "other", so that the sums are exact whatever is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "serve/counters.hh"

namespace ip2asn {

/// What the entries of a slot stand for.
enum class SlotKind : std::uint8_t { as, hoster, country, list };
inline constexpr std::size_t kSlotKinds = 4;

struct SlotEntry {
  std::uint32_t key = 0;  ///< AS number; place of the country's or name's cell
  Counts amounts{};
};

/// One kind's part of a slot.
struct SlotPart {
  std::vector<SlotEntry> entries;
  Counts other{};  ///< of all keys of the kind that have no entry
};

struct Slot {
  std::int64_t from = 0, to = 0;  ///< microseconds since 1970
  std::int64_t unknown = 0;       ///< microseconds of these in which nobody looked
  Counts all{};
  SlotPart parts[kSlotKinds];

  const SlotPart& operator[](SlotKind kind) const { return parts[static_cast<std::size_t>(kind)]; }
  SlotPart& operator[](SlotKind kind) { return parts[static_cast<std::size_t>(kind)]; }
  /// Whether too little is known of it to speak of a rate.
  bool is_unknown() const noexcept { return to <= from || unknown * 2 > to - from; }
  double seconds() const noexcept { return static_cast<double>(to - from) * 1e-6; }
};

/// Writes `slot` to `room`, whose size is at least kLeastBlock, and returns the bytes used. Each part's first entries
/// are kept, as many as go into its share of the room; the rest are added to the part's `other`.
std::size_t write_slot(const Slot& slot, std::span<std::uint8_t> room);
inline constexpr std::size_t kLeastBlock = 1024;

/// Reads what write_slot has written. False when `bytes` hold something else; nothing outside of them is read.
bool read_slot(std::span<const std::uint8_t> bytes, Slot& slot);

}  // namespace ip2asn
