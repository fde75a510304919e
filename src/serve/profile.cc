#include "serve/profile.hh"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/hash.hh"
#include "net/special.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kSamples = 512;  // of each family
constexpr std::size_t kSketch = 1024;
// With fewer ASNs than that a change of many is no sign of damage.
constexpr std::size_t kEnoughAsns = 200;
constexpr std::size_t kEnoughSamples = 100;
constexpr std::uint64_t kManyRanges = 100;
// A list of fewer entries is written by hand, and one of its entries may be most of it.
constexpr std::size_t kManyEntries = 20;

void add_samples(const Image& image, Family family, std::vector<Sample>& samples) {
  const std::size_t count = image.range_count(family);
  const std::size_t wanted = std::min(kSamples, count);
  std::size_t free = 0;  // no range twice
  for (std::size_t i = 0; i < wanted; ++i) {
    for (std::size_t at = std::max(free, i * count / wanted); at < count; ++at) {
      const Match match = image.range(family, at);
      if (match.record == 0) continue;
      const Address& address = match.range.first;
      samples.push_back({address.hi, address.lo, family == Family::v6, image.asn(match.record)});
      free = at + 1;
      break;
    }
  }
}

std::vector<std::uint64_t> sketch(std::vector<std::uint64_t> hashes) {
  if (hashes.size() > kSketch) {
    std::nth_element(hashes.begin(), hashes.begin() + kSketch, hashes.end());
    hashes.resize(kSketch);
  }
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

std::vector<std::uint64_t> sketch_of_asns(const Image& image) {
  std::vector<std::uint64_t> hashes;
  std::uint32_t last = 0;
  for (const RecordId id : image.records_by_asn()) {
    const std::uint32_t asn = image.asn(id);
    if (asn == last || asn == 0) continue;
    last = asn;
    hashes.push_back(XXH3_64bits(&asn, sizeof asn));
  }
  return sketch(std::move(hashes));
}

bool has_name(std::string_view description) { return !description.empty() && description != "-"; }

std::vector<std::string_view> names_of(const Image& image) {
  std::vector<std::string_view> names;
  for (RecordId id = 1; id < image.record_count(); ++id) {
    if (const auto description = image.record(id).description; has_name(description)) names.push_back(description);
  }
  // Each text stands once in an image.
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.data() < b.data(); });
  names.erase(
      std::unique(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.data() == b.data(); }),
      names.end());
  return names;
}

std::vector<std::uint64_t> sketch_of_names(const std::vector<std::string_view>& names) {
  std::vector<std::uint64_t> hashes;
  for (const std::string_view name : names) hashes.push_back(XXH3_64bits(name.data(), name.size()));
  return sketch(std::move(hashes));
}

double size_of(const Range& range) {
  const std::uint64_t borrow = range.last.lo < range.first.lo;
  return std::ldexp(static_cast<double>(range.last.hi - range.first.hi - borrow), 64) +
         static_cast<double>(range.last.lo - range.first.lo) + 1;
}

double overlap(const Range& range, const Range& other) {
  const Range both = {std::max(range.first, other.first), std::min(range.last, other.last)};
  return both.first <= both.last ? size_of(both) : 0;
}

// The addresses of a range that clients on the Internet can have: a list may well come to hold all space that is
// private, reserved or multicast.
double public_space(const Range& range) {
  constexpr Range kGlobalUnicast6 = {Address::v6(0x2000'0000'0000'0000, 0), Address::v6(0x3FFF'FFFF'FFFF'FFFF, ~0ULL)};
  if (range.first.family == Family::v6) return overlap(range, kGlobalUnicast6);
  double space = size_of(range);
  // The narrower of those that nest come first.
  const std::vector<SpecialBlock> blocks = special_blocks(Family::v4);
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    const Range special = block->prefix.range();
    const bool inside = std::any_of(blocks.begin(), blocks.end(), [&](const SpecialBlock& other) {
      return other.prefix.length < block->prefix.length && other.prefix.range().contains(special.first);
    });
    if (!inside) space -= overlap(range, special);
  }
  return space;
}

double announced_by(const Image& image, RecordId id) {
  double space = 0;
  for (const std::uint32_t range : image.ranges_of(Family::v4, id)) {
    space += size_of(image.range(Family::v4, range).range);
  }
  return space;
}

// Where one of the two has more than are kept, the lowest hashes that both would have kept are a fair sample.
double kept(const std::vector<std::uint64_t>& before, const std::vector<std::uint64_t>& after) {
  if (before.size() < kEnoughAsns || after.empty()) return 100;
  std::uint64_t end = UINT64_MAX;
  for (const auto* each : {&before, &after}) {
    if (each->size() == kSketch) end = std::min(end, each->back());
  }
  std::size_t all = 0, there = 0;
  for (const std::uint64_t hash : before) {
    if (hash > end) break;
    ++all;
    there += std::binary_search(after.begin(), after.end(), hash);
  }
  return all == 0 ? 100 : static_cast<double>(there) * 100 / static_cast<double>(all);
}

}  // namespace

Profile profile_of(const Image& image, std::uint64_t hosters) {
  Profile profile;
  for (const Family family : {Family::v4, Family::v6}) {
    const std::string prefix = family == Family::v4 ? "IPv4 " : "IPv6 ";
    const FamilyInfo info = image.family_info(family);
    double countries = 0, names = 0;
    for (RecordId id = 1; id < image.record_count(); ++id) {
      const auto ranges = static_cast<double>(image.ranges_of(family, id).size());
      const Record record = image.record(id);
      if (!record.country.empty()) countries += ranges;
      if (has_name(record.description)) names += ranges;
    }
    const auto add = [&](std::string_view name, AmountKind kind, double value, std::uint64_t context = 0) {
      profile.amounts.push_back({prefix + std::string(name), kind, value, context});
    };
    add("ranges", AmountKind::counted, static_cast<double>(info.ranges));
    add("ASNs", AmountKind::counted, static_cast<double>(info.asns));
    // Of a few ranges one may be most of the space.
    add("covered addresses", info.ranges < kManyRanges ? AmountKind::shared : AmountKind::counted, info.addresses);
    if (info.ranges == 0) continue;
    const double percent = 100 / static_cast<double>(info.ranges);
    add("ranges with a country, in per cent,", AmountKind::shared, countries * percent);
    add("ranges with a name, in per cent,", AmountKind::shared, names * percent);
    if (image.hoster_count() != 0 && family == Family::v4) {
      double hosted = 0;
      for (RecordId id = 1; id < image.record_count(); ++id) {
        // A class alone is what a names file says of people's networks as well.
        if (image.hoster_of(id) == 0 || image.hoster(image.hoster_of(id)).name.empty()) continue;
        hosted += announced_by(image, id);
      }
      add("addresses of hosting companies, in per cent,", AmountKind::shared, hosted * 100 / info.addresses, hosters);
    }
    add_samples(image, family, profile.samples);
  }
  const std::vector<std::string_view> names = names_of(image);
  profile.amounts.push_back({"different names", AmountKind::variety, static_cast<double>(names.size()), 0});
  profile.asns = sketch_of_asns(image);
  profile.names = sketch_of_names(names);
  return profile;
}

Profile profile_of(const NetworkList& list) {
  double space4 = 0, space6 = 0, reach4 = 0, reach6 = 0;
  for (const Range& network : list.networks) {
    const bool v4 = network.first.family == Family::v4;
    (v4 ? space4 : space6) += size_of(network);
    (v4 ? reach4 : reach6) += public_space(network);
  }
  Profile profile;
  profile.amounts = {
      {"entries", AmountKind::entries, static_cast<double>(list.entries), 0},
      {"public IPv4 addresses", AmountKind::reach4, reach4, 0},
      {"public IPv6 addresses", AmountKind::reach6, reach6, 0},
  };
  if (list.entries >= kManyEntries) {
    profile.amounts.push_back({"IPv4 addresses", AmountKind::space4, space4, 0});
    profile.amounts.push_back({"IPv6 addresses", AmountKind::space6, space6, 0});
  }
  return profile;
}

Profile profile_of(const AsNames& names) {
  double named = 0, countries = 0, classes = 0;
  for (const AsName& each : names.names()) {
    named += !each.name.empty();
    countries += !each.country.empty();
    classes += !each.category.empty();
  }
  Profile profile;
  profile.amounts = {{"names", AmountKind::entries, named, 0},
                     {"countries", AmountKind::entries, countries, 0},
                     {"classes", AmountKind::entries, classes, 0}};
  return profile;
}

Profile profile_of(const HosterMap& map, const std::vector<std::string>& used) {
  Profile profile;
  const auto add = [&profile](std::string name, std::size_t value) {
    profile.amounts.push_back({std::move(name), AmountKind::entries, static_cast<double>(value), 0});
  };
  const std::vector<std::size_t> sizes = map.sizes();
  std::size_t all = 0;
  for (const std::size_t size : sizes) all += size;
  add("hosters", map.hosters().size());
  add("AS numbers and texts", all);
  for (const std::string& name : used) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const Hoster& hoster = map.hosters()[i];
      if (name == hoster.name || name == "class:" + hoster.category) size += sizes[i];
    }
    add("AS numbers and texts of '" + name + "'", size);
  }
  return profile;
}

void add_space_of_list(const Image& image, std::string_view list, Profile& profile) {
  const auto number = image.find_list(list);
  double space = 0;
  for (RecordId id = 1; number && id < image.record_count(); ++id) {
    if (image.lists_of_record(id).contains(*number)) space += announced_by(image, id);
  }
  profile.amounts.push_back({"IPv4 addresses of its ASNs", AmountKind::reach4, space, 0});
}

void add_space_of_hosters(const Image& image, const std::vector<std::string>& used, Profile& profile) {
  double hosting = 0;
  std::vector<double> of_used(used.size(), 0);
  for (RecordId id = 1; id < image.record_count(); ++id) {
    const std::uint16_t number = image.hoster_of(id);
    if (number == 0) continue;
    const HosterName hoster = image.hoster(number);
    const double space = announced_by(image, id);
    if (is_hosting_class(hoster.category)) hosting += space;
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (used[i] == hoster.name || used[i] == "class:" + std::string(hoster.category)) of_used[i] += space;
    }
  }
  profile.amounts.push_back({"IPv4 addresses of hosting companies", AmountKind::reach4, hosting, 0});
  for (std::size_t i = 0; i < used.size(); ++i) {
    profile.amounts.push_back({"IPv4 addresses of '" + used[i] + "'", AmountKind::reach4, of_used[i], 0});
  }
}

double kept_asns(const Profile& before, const Profile& after) { return kept(before.asns, after.asns); }

double kept_names(const Profile& before, const Profile& after) { return kept(before.names, after.names); }

double same_samples(const Profile& before, const Image& after) {
  if (before.asns.size() < kEnoughAsns) return 100;
  std::size_t announced = 0, same = 0;
  for (const Sample& sample : before.samples) {
    const Address address =
        sample.v6 != 0 ? Address::v6(sample.hi, sample.lo) : Address::v4(static_cast<std::uint32_t>(sample.lo));
    const RecordId record = after.lookup(address);
    if (record == 0) continue;
    ++announced;
    same += after.asn(record) == sample.asn;
  }
  return announced < kEnoughSamples ? 100 : static_cast<double>(same) * 100 / static_cast<double>(announced);
}

}  // namespace ip2asn
