// Asks an image for everything that it can be asked for, so that a sanitizer sees any read outside.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "index/image.hh"

namespace ip2asn::test {

/// One address of each IPv4 /18, and as many of IPv6.
inline constexpr std::uint32_t kScattered = 1u << 18;

/// Look-ups one by one and in batches at and beside the start of each range, all ranges, records, texts and postings.
/// Returns a number that depends on all of them.
/// Besides, one in `step` of addresses that are scattered evenly over both spaces.
inline std::uint64_t walk(const Image& image, std::uint32_t step = 1) {
  std::uint64_t sum =
      image.content_id() + image.source_rows() + static_cast<std::uint64_t>(image.data_time()) + image.sources().size();
  const auto add = [&](std::uint64_t value) { sum = sum * 31 + value; };
  const auto add_text = [&](std::string_view text) {
    for (const char c : text) add(static_cast<unsigned char>(c));
  };
  for (RecordId id = 0; id < image.record_count(); ++id) {
    const Record record = image.record(id);
    add(record.asn);
    add_text(record.country);
    add_text(record.description);
    add_text(record.hoster);
    add_text(record.hoster_class);
    for (const RecordId other : image.records_of(record.asn)) add(image.asn(other));
    for (const Family family : {Family::v4, Family::v6}) {
      for (const std::uint32_t i : image.ranges_of(family, id)) add(image.range(family, i).record);
    }
  }
  for (const RecordId id : image.records_by_asn()) add(image.asn(id));
  for (std::size_t i = 0; i < image.list_count(); ++i) {
    const std::string_view name = image.list_name(static_cast<ListId>(i));
    add_text(name);
    add(image.find_list(name).value_or(0));
  }
  const auto add_lists = [&](RecordId id, const Address& address) {
    const ListSet set = image.lists_of(id, address);
    set.each([&](ListId list) { add_text(image.list_name(list)); });
    add(set.contains(0));
  };

  std::vector<std::uint32_t> v4;
  std::vector<Key6> v6;
  for (const Family family : {Family::v4, Family::v6}) {
    for (std::size_t i = 0; i < image.range_count(family); ++i) {
      const Range range = image.range(family, i).range;
      for (const Address& a : {range.first, range.last, next(range.first), previous(range.first)}) {
        const Match match = image.find(a);
        add(image.asn(match.record));
        add(match.range.last.lo);
        add_lists(match.record, a);
        if (a.family == Family::v4) v4.push_back(a.v4_bits());
        if (a.family == Family::v6) v6.push_back({a.hi, a.lo});
      }
    }
  }
  for (std::uint32_t i = 0; i < kScattered; i += step) {
    const std::uint32_t bits = i << 14 | (i * 40503u & 0x3FFF);
    v4.push_back(bits);
    v6.push_back({std::uint64_t{bits} << 32 | std::uint64_t{bits} << 5, std::uint64_t{bits} << 32});
  }
  const auto look_up = [&](const Address& address) {
    const RecordId id = image.lookup(address);
    add(image.asn(id));
    add_lists(id, address);
  };
  for (const std::uint32_t bits : v4) look_up(Address::v4(bits));
  for (const Key6& key : v6) look_up(Address::v6(key.hi, key.lo));
  std::vector<std::uint32_t> records(std::max(v4.size(), v6.size()));
  image.index4().lookup(v4, records.data());
  for (std::size_t i = 0; i < v4.size(); ++i) add(image.asn(records[i]));
  image.index6().lookup(v6, records.data());
  for (std::size_t i = 0; i < v6.size(); ++i) add(image.asn(records[i]));
  add(image.index4().shape().starts);
  add(image.index6().shape().starts);
  for (const auto& section : image.sections()) add(section.bytes);
  return sum;
}

}  // namespace ip2asn::test
