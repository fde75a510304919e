#include "index/subnets.hh"

#include <bit>

namespace ip2asn {
namespace {

constexpr std::array<Family, 2> kFamilies = {Family::v4, Family::v6};

// The first bit at or behind `at` that is `value`, or the end.
std::size_t find_bit(const std::vector<std::uint64_t>& words, std::size_t at, bool value) {
  while (at / 64 < words.size()) {
    const std::uint64_t word = value ? words[at / 64] : ~words[at / 64];
    const std::uint64_t rest = word >> (at % 64);
    if (rest != 0) return at + static_cast<std::size_t>(std::countr_zero(rest));
    at = (at / 64 + 1) * 64;
  }
  return at;
}

// The largest prefix that begins where `range` does and lies in it.
Prefix first_prefix(const Range& range) {
  const Address& at = range.first;
  int zeros = at.lo != 0 ? std::countr_zero(at.lo) : 64 + (at.hi != 0 ? std::countr_zero(at.hi) : 64);
  if (zeros > at.width()) zeros = at.width();
  Prefix prefix{at, at.width() - zeros};
  while (prefix.range().last > range.last) ++prefix.length;
  return prefix;
}

}  // namespace

Subnets::Subnets(const Image& image) {
  // One bit more than there are ranges: it stays 0, and ends the last run.
  for (std::size_t i = 0; i < 2; ++i) ranges_[i].resize(image.range_count(kFamilies[i]) / 64 + 1);
}

void Subnets::add(const Image& image, RecordId id) noexcept {
  for (std::size_t i = 0; i < 2; ++i) {
    for (const std::uint32_t range : image.ranges_of(kFamilies[i], id)) {
      ranges_[i][range / 64] |= std::uint64_t{1} << (range % 64);
    }
  }
}

Subnets Subnets::of_as(const Image& image, std::uint32_t asn) {
  Subnets subnets(image);
  for (const RecordId id : image.records_of(asn)) subnets.add(image, id);
  return subnets;
}

Subnets Subnets::of_country(const Image& image, std::string_view country) {
  Subnets subnets(image);
  for (RecordId id = 1; id < image.record_count(); ++id) {
    if (image.record(id).country == country) subnets.add(image, id);
  }
  return subnets;
}

bool Subnets::next_run(const Image& image) noexcept {
  for (; family_ < 2; ++family_, at_ = 0) {
    const Family family = kFamilies[family_];
    const std::size_t count = image.range_count(family);
    const std::size_t first = find_bit(ranges_[family_], at_, true);
    if (first >= count) continue;
    // Ranges cover the whole space, gaps included: neighbours by number are neighbours by address.
    at_ = find_bit(ranges_[family_], first, false);
    rest_ = {image.range(family, first).range.first, image.range(family, at_ - 1).range.last};
    return true;
  }
  return false;
}

bool Subnets::next(const Image& image, Prefix& prefix) noexcept {
  if (!inside_ && !next_run(image)) return false;
  prefix = first_prefix(rest_);
  const Address last = prefix.range().last;
  inside_ = last < rest_.last;
  if (inside_) rest_.first = ip2asn::next(last);
  return true;
}

}  // namespace ip2asn
