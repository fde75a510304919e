#include "registry/known_blocks.hh"

#include <algorithm>
#include <bit>

#include "registry/answer.hh"

namespace ip2asn {
namespace {

// From the low end: width (7 bits), kind (2), number of the AS (23). More ASes than 2^23 share the last number, which
// at worst asks once too often.
constexpr int kWidthBits = 7, kKindBits = 2;
constexpr std::uint32_t kMostAsns = (1u << (32 - kWidthBits - kKindBits)) - 1;
constexpr std::size_t kBuckets = 1 << 16;

std::uint32_t width_of(std::uint32_t packed) { return packed & ((1u << kWidthBits) - 1); }
KnownBlocks::Kind kind_of(std::uint32_t packed) {
  return static_cast<KnownBlocks::Kind>(packed >> kWidthBits & ((1u << kKindBits) - 1));
}
bool is_none(std::uint32_t packed) { return kind_of(packed) == KnownBlocks::Kind::none; }

// Whether what is there stays where a new block comes.
bool stays(std::uint32_t old, std::uint32_t added) {
  if (is_none(old) != is_none(added)) return !is_none(old);
  return width_of(old) <= width_of(added);
}

int log2_size(const Range& range) {
  const std::uint64_t hi = range.last.hi - range.first.hi - (range.last.lo < range.first.lo ? 1 : 0);
  const std::uint64_t lo = range.last.lo - range.first.lo;
  return static_cast<int>(hi != 0 ? 64 + std::bit_width(hi) : std::bit_width(lo));
}

}  // namespace

KnownBlocks::KnownBlocks() : v4_(std::make_unique<Bucket[]>(kBuckets)) {}

KnownBlocks::Packed KnownBlocks::pack(const Range& range, Mark mark) {
  const auto [found, is_new] = numbers_.try_emplace(mark.asn, static_cast<std::uint32_t>(asns_.size()));
  if (is_new && asns_.size() <= kMostAsns) asns_.push_back(mark.asn);
  const std::uint32_t number = std::min(found->second, kMostAsns);
  return number << (kWidthBits + kKindBits) | static_cast<std::uint32_t>(mark.kind) << kWidthBits |
         static_cast<std::uint32_t>(std::min(log2_size(range), 127));
}

KnownBlocks::Mark KnownBlocks::unpack(Packed packed) const noexcept {
  return {asns_[packed >> (kWidthBits + kKindBits)], kind_of(packed)};
}

double KnownBlocks::add(const Range& range, Mark mark) {
  const Packed packed = pack(range, mark);
  if (range.first.family == Family::v6) return add6(range, packed);
  return add4(range.first.v4_bits(), range.last.v4_bits(), packed);
}

double KnownBlocks::add4(std::uint32_t first, std::uint32_t last, Packed packed) {
  double fresh = 0;
  for (std::uint32_t bucket = first >> 16; bucket <= last >> 16; ++bucket) {
    const auto from = static_cast<std::uint16_t>(bucket == first >> 16 ? first : 0);
    const auto to = static_cast<std::uint16_t>(bucket == last >> 16 ? last : 0xFFFF);
    fresh += add_to(v4_[bucket], from, to, packed);
  }
  return fresh;
}

double KnownBlocks::add_to(Bucket& bucket, std::uint16_t first, std::uint16_t last, Packed packed) {
  const bool counts = !is_none(packed);
  const auto begin = std::lower_bound(bucket.begin(), bucket.end(), first,
                                      [](const Segment4& segment, std::uint16_t at) { return segment.last < at; });
  if (begin == bucket.end() || begin->first > last) {
    bucket.insert(begin, {first, last, packed});
    ++segments_;
    return counts ? last - first + 1 : 0;
  }
  // What is there is walked over once; between and behind it goes the new block.
  double fresh = 0;
  std::vector<Segment4> merged;
  const auto put = [&](int from, int to, Packed what) {
    if (from > to) return;
    if (!merged.empty() && merged.back().packed == what && merged.back().last + 1 == from && what == packed) {
      merged.back().last = static_cast<std::uint16_t>(to);
    } else {
      merged.push_back({static_cast<std::uint16_t>(from), static_cast<std::uint16_t>(to), what});
    }
  };
  int at = first;
  auto end = begin;
  for (; end != bucket.end() && end->first <= last; ++end) {
    if (end->first < first) put(end->first, first - 1, end->packed);
    const int from = std::max(end->first, first), to = std::min(end->last, last);
    if (counts) fresh += std::max(0, from - at);
    if (counts && is_none(end->packed)) fresh += to - from + 1;
    put(at, from - 1, packed);
    put(from, to, stays(end->packed, packed) ? end->packed : packed);
    if (end->last > last) put(last + 1, end->last, end->packed);
    at = to + 1;
  }
  put(at, last, packed);
  if (counts) fresh += std::max(0, last - at + 1);
  const auto place = begin - bucket.begin();
  const auto old = static_cast<std::size_t>(end - begin);
  segments_ += merged.size() - old;
  const std::size_t same = std::min(old, merged.size());
  std::copy(merged.begin(), merged.begin() + static_cast<std::ptrdiff_t>(same), bucket.begin() + place);
  if (merged.size() > old) {
    bucket.insert(bucket.begin() + place + static_cast<std::ptrdiff_t>(old),
                  merged.begin() + static_cast<std::ptrdiff_t>(old), merged.end());
  } else {
    bucket.erase(bucket.begin() + place + static_cast<std::ptrdiff_t>(same),
                 bucket.begin() + place + static_cast<std::ptrdiff_t>(old));
  }
  return fresh;
}

double KnownBlocks::add6(const Range& range, Packed packed) {
  double fresh = 0;
  std::vector<std::pair<Range, Packed>> pieces;
  auto segment = v6_.upper_bound(range.first);
  if (segment != v6_.begin() && std::prev(segment)->second.last >= range.first) --segment;
  Address at = range.first;
  bool done = false;
  const auto put = [&](const Address& from, const Address& to, Packed what) {
    if (from <= to) pieces.emplace_back(Range{from, to}, what);
  };
  const auto count = [&](const Address& from, const Address& to) {
    if (!is_none(packed) && from <= to) fresh += size_of({from, to});
  };
  while (segment != v6_.end() && segment->first <= range.last) {
    const Range old{segment->first, segment->second.last};
    const Packed what = segment->second.packed;
    segment = v6_.erase(segment);
    if (old.first < range.first) put(old.first, previous(range.first), what);
    const Address from = std::max(old.first, range.first), to = std::min(old.last, range.last);
    if (at < from) {
      put(at, previous(from), packed);
      count(at, previous(from));
    }
    if (is_none(what)) count(from, to);
    put(from, to, stays(what, packed) ? what : packed);
    if (old.last > range.last) put(next(range.last), old.last, what);
    done = to == range.last;
    at = next(to);
  }
  if (!done) {
    put(at, range.last, packed);
    count(at, range.last);
  }
  for (const auto& [piece, what] : pieces) v6_[piece.first] = {piece.last, what};
  return fresh;
}

std::optional<KnownBlocks::Mark> KnownBlocks::find(const Address& address) const noexcept {
  if (address.family == Family::v4) {
    const Bucket& bucket = v4_[address.v4_bits() >> 16];
    const auto at = static_cast<std::uint16_t>(address.v4_bits());
    const auto segment = std::lower_bound(bucket.begin(), bucket.end(), at,
                                          [](const Segment4& each, std::uint16_t key) { return each.last < key; });
    if (segment == bucket.end() || segment->first > at) return std::nullopt;
    return unpack(segment->packed);
  }
  auto segment = v6_.upper_bound(address);
  if (segment == v6_.begin() || (--segment)->second.last < address) return std::nullopt;
  return unpack(segment->second.packed);
}

std::optional<Range> KnownBlocks::first_gap(const Range& within, bool skip_none) const noexcept {
  const auto counts = [&](Packed packed) { return !(skip_none && is_none(packed)); };
  std::optional<Address> from;
  if (within.first.family == Family::v4) {
    const std::uint32_t end = within.last.v4_bits();
    std::uint64_t at = within.first.v4_bits();
    std::uint64_t gap = 0;
    bool open = false;
    while (at <= end) {
      const Bucket& bucket = v4_[at >> 16];
      const auto low = static_cast<std::uint16_t>(at);
      const std::uint64_t base = at & ~std::uint64_t{0xFFFF};
      auto segment = std::lower_bound(bucket.begin(), bucket.end(), low,
                                      [](const Segment4& each, std::uint16_t key) { return each.last < key; });
      while (segment != bucket.end() && !counts(segment->packed)) ++segment;
      const std::uint64_t known = segment != bucket.end() ? base + segment->first : base + 0x10000;
      if (known > at && !open) {
        gap = at;
        open = true;
      }
      if (open && segment != bucket.end()) {
        const auto last = static_cast<std::uint32_t>(std::min<std::uint64_t>(known - 1, end));
        return Range{Address::v4(static_cast<std::uint32_t>(gap)), Address::v4(last)};
      }
      at = segment != bucket.end() ? base + segment->last + 1 : known;
    }
    if (!open) return std::nullopt;
    return Range{Address::v4(static_cast<std::uint32_t>(gap)), within.last};
  }
  Address at = within.first;
  auto segment = v6_.upper_bound(at);
  if (segment != v6_.begin() && std::prev(segment)->second.last >= at) --segment;
  for (; segment != v6_.end() && segment->first <= within.last; ++segment) {
    if (!counts(segment->second.packed)) continue;
    if (at < segment->first) return Range{at, previous(segment->first)};
    if (segment->second.last >= within.last) return std::nullopt;
    at = next(segment->second.last);
  }
  return Range{at, within.last};
}

}  // namespace ip2asn
