#include "index/image.hh"

#include <algorithm>

#include "index/image_format.hh"

namespace ip2asn {
namespace {

// The number of the range that holds `key`: the last whose start is not above it. Branch-free: a miss costs more than
// the search.
template <class Key>
std::size_t range_of(std::span<const Key> starts, const Key& key) noexcept {
  const Key* base = starts.data();
  std::size_t size = starts.size();
  while (size > 1) {
    const std::size_t half = size / 2;
    base += base[half] <= key ? half : 0;
    size -= half;
  }
  return static_cast<std::size_t>(base - starts.data());
}

Address address_of(std::uint32_t key) { return Address::v4(key); }
Address address_of(const Key6& key) { return Address::v6(key.hi, key.lo); }
Address last_address(std::uint32_t) { return Address::v4(~0u); }
Address last_address(const Key6&) { return Address::v6(~0ull, ~0ull); }

template <class Key>
Range range_at(std::span<const Key> starts, std::size_t i) noexcept {
  const Address first = address_of(starts[i]);
  return {first, i + 1 < starts.size() ? previous(address_of(starts[i + 1])) : last_address(starts[i])};
}

}  // namespace

const ImageHeader& Image::header() const noexcept { return *reinterpret_cast<const ImageHeader*>(bytes_.data()); }

RecordId Image::lookup(const Address& address) const noexcept {
  const Address a = unmapped(address);
  return a.family == Family::v4 ? v4_.index.lookup(a.v4_bits()) : v6_.index.lookup(a.hi, a.lo);
}

void Image::prefetch(const Address& address) const noexcept {
  const Address a = unmapped(address);
  if (a.family == Family::v4) {
    v4_.index.prefetch(a.v4_bits());
    if (list_index4_) __builtin_prefetch(&list_space4_[a.v4_bits() >> 22]);
  } else {
    v6_.index.prefetch(a.hi);
    if (list_index6_) list_index6_->prefetch(a.hi);
  }
}

Match Image::find(const Address& address) const noexcept {
  const Address a = unmapped(address);
  if (a.family == Family::v4) {
    return {v4_.index.lookup(a.v4_bits()), range_at(v4_.starts, range_of(v4_.starts, a.v4_bits()))};
  }
  return {v6_.index.lookup(a.hi, a.lo), range_at(v6_.starts, range_of(v6_.starts, Key6{a.hi, a.lo}))};
}

Record Image::record(RecordId id) const noexcept {
  const RecordEntry& entry = records_[id];
  Record record;
  record.asn = entry.asn;
  record.country = {entry.country, entry.country[0] != '\0' ? 2u : 0u};
  record.description = {strings_ + entry.description, entry.description_size};
  if (entry.hoster != 0) {
    const HosterEntry& hoster = hosters_[entry.hoster];
    record.hoster = strings_ + hoster.name;
    record.hoster_class = strings_ + hoster.category;
    record.hoster_id = entry.hoster;
    record.class_id = hoster.category;
  }
  return record;
}

std::uint16_t Image::hoster_count() const noexcept { return static_cast<std::uint16_t>(hosters_.size() - 1); }

HosterName Image::hoster(std::uint16_t number) const noexcept {
  const HosterEntry& entry = hosters_[number];
  return {strings_ + entry.name, strings_ + entry.category};
}

// Each text stands once in an image, so that its place can stand for it.
std::uint32_t Image::class_of(std::uint16_t number) const noexcept { return hosters_[number].category; }

std::uint16_t Image::hoster_of(RecordId id) const noexcept { return records_[id].hoster; }

std::optional<ListId> Image::find_list(std::string_view name) const noexcept {
  const auto before = [this](std::uint32_t list, std::string_view wanted) {
    return std::string_view(strings_ + list) < wanted;
  };
  const auto at = std::lower_bound(lists_.begin(), lists_.end(), name, before);
  if (at == lists_.end() || std::string_view(strings_ + *at) != name) return std::nullopt;
  return static_cast<ListId>(at - lists_.begin());
}

ListSet Image::find_lists(RecordId id, const Address& address) const noexcept {
  const Address a = unmapped(address);
  std::uint32_t set = 0;
  if (a.family == Family::v4) {
    const std::uint32_t upper = a.v4_bits() >> 16;
    if (list_index4_ && (list_space4_[upper / 64] >> upper % 64 & 1) != 0) set = list_index4_->lookup(a.v4_bits());
  } else if (list_index6_) {
    set = list_index6_->lookup(a.hi, a.lo);
  }
  return {list_set(records_[id].lists), list_set(set)};
}

ListSet Image::lists_of_record(RecordId id) const noexcept {
  return lists_.empty() ? ListSet() : ListSet(list_set(records_[id].lists), {});
}

std::size_t Image::range_count(Family family) const noexcept {
  return family == Family::v4 ? v4_.starts.size() : v6_.starts.size();
}

Match Image::range(Family family, std::size_t i) const noexcept {
  if (family == Family::v4) return {v4_.index.lookup(v4_.starts[i]), range_at(v4_.starts, i)};
  const Key6& start = v6_.starts[i];
  return {v6_.index.lookup(start.hi, start.lo), range_at(v6_.starts, i)};
}

std::span<const RecordId> Image::records_of(std::uint32_t asn) const noexcept {
  const auto below = [this](RecordId id, std::uint32_t value) { return asns_[id] < value; };
  const auto above = [this](std::uint32_t value, RecordId id) { return value < asns_[id]; };
  const auto first = std::lower_bound(by_asn_.begin(), by_asn_.end(), asn, below);
  const auto last = std::upper_bound(first, by_asn_.end(), asn, above);
  return {first, last};
}

std::span<const std::uint32_t> Image::ranges_of(Family family, RecordId id) const noexcept {
  const auto& groups = family == Family::v4 ? v4_.groups : v6_.groups;
  const auto& postings = family == Family::v4 ? v4_.postings : v6_.postings;
  return postings.subspan(groups[id], groups[id + 1] - groups[id]);
}

std::uint64_t Image::content_id() const noexcept { return header().content_id; }
const Digest& Image::inputs() const noexcept { return header().inputs; }

std::int64_t Image::data_time() const noexcept { return header().data_time; }
std::uint64_t Image::source_rows() const noexcept { return header().source_rows; }

std::string_view Image::sources() const noexcept {
  const auto section = section_of(bytes_, header(), kSectionSources);
  return {reinterpret_cast<const char*>(section.data()), section.size()};
}

FamilyInfo Image::family_info(Family family) const noexcept {
  const FamilyCounts& counts = family == Family::v4 ? header().v4 : header().v6;
  return {counts.ranges, counts.asns, counts.addresses};
}

std::vector<SectionInfo> Image::sections() const {
  std::vector<SectionInfo> sections;
  for (std::size_t i = 0; i < kSectionCount; ++i) sections.push_back({kSectionNames[i], header().sections[i].size});
  return sections;
}

}  // namespace ip2asn
