#include "compile/records.hh"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "base/hash.hh"

namespace ip2asn {
namespace {

constexpr double kSlash48 = 0x1p80;  // addresses of an IPv6 site, which weighs as much as one IPv4 address

// Labels that announce something. What decides mostly lies beside the label's number, so that sorting need not reach
// for the labels themselves.
struct Weighed {
  double weight;
  std::uint32_t asn;
  std::uint32_t label;
};

PageVector<Weighed> in_order(std::span<const Label> labels, std::span<const double> weights) {
  PageVector<Weighed> order;
  order.reserve(labels.size());
  for (std::uint32_t label = 1; label < weights.size(); ++label) {
    if (weights[label] > 0) order.push_back({weights[label], labels[label].asn, label});
  }
  std::sort(order.begin(), order.end(), [&](const Weighed& a, const Weighed& b) {
    if (a.weight != b.weight) return a.weight > b.weight;
    if (a.asn != b.asn) return a.asn < b.asn;
    const Label &first = labels[a.label], &second = labels[b.label];
    return std::tie(first.country, first.description) < std::tie(second.country, second.description);
  });
  return order;
}

// Asks for what make_records will need of the label that is `ahead` places further on.
void prefetch(std::span<const Label> labels, std::span<const Weighed> order, std::size_t at) {
  constexpr std::size_t kLabel = 16, kText = 8;
  if (at + kLabel < order.size()) __builtin_prefetch(&labels[order[at + kLabel].label]);
  if (at + kText < order.size()) __builtin_prefetch(labels[order[at + kText].label].description.data());
}

}  // namespace

void StringPool::reserve(std::size_t texts) {
  if (slots_.size() < 2 * texts) resize(std::bit_ceil(2 * texts));
}

void StringPool::resize(std::size_t slots) {
  const PageVector<Slot> old = std::exchange(slots_, PageVector<Slot>(slots));
  for (const Slot& slot : old) {
    if (slot.offset == 0) continue;
    const std::string_view text(&bytes_[slot.offset]);
    *place_of(text, XXH3_64bits(text.data(), text.size())) = slot;
  }
}

// The slot that has `text`, or the free one that it would take.
StringPool::Slot* StringPool::place_of(std::string_view text, std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  const auto upper = static_cast<std::uint32_t>(hash >> 32);
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.offset == 0 || (slot.hash == upper && std::string_view(&bytes_[slot.offset]) == text)) return &slot;
  }
}

std::uint32_t StringPool::add(std::string_view text) {
  if (text.empty()) return 0;
  if (2 * (used_ + 1) > slots_.size()) resize(std::max<std::size_t>(64, 2 * slots_.size()));
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  Slot& slot = *place_of(text, hash);
  if (slot.offset == 0) {
    slot = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(bytes_.size())};
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    bytes_.push_back('\0');
    ++used_;
  }
  return slot.offset;
}

PageVector<double> label_weights(std::size_t labels, const Runs4& runs4, const Runs6& runs6) {
  PageVector<double> weights(labels, 0.0);
  each_size(runs4, [&](std::uint32_t label, double size) { weights[label] += size; });
  each_size(runs6, [&](std::uint32_t label, double size) { weights[label] += size / kSlash48; });
  return weights;
}

Result<Records> make_records(std::span<const Label> labels, std::span<const double> weights,
                             const HosterSource& hosters) {
  const PageVector<Weighed> order = in_order(labels, weights);
  if (order.size() + 1 >= kMaxRecords) {
    return Error{Errc::limit, "the sources hold " + std::to_string(order.size()) +
                                  " combinations of AS, country and description; an index takes " +
                                  std::to_string(kMaxRecords - 2)};
  }
  if (hosters.hosters.size() >= std::numeric_limits<std::uint16_t>::max()) {
    return Error{Errc::limit, "the hoster map has more than 65534 hosters"};
  }
  Records records;
  records.of_label.assign(labels.size(), 0);
  records.asns.reserve(order.size() + 1);
  records.entries.reserve(order.size() + 1);
  records.strings.reserve(order.size());
  records.asns.push_back(0);
  records.entries.push_back({});
  // All of them, also those at which no AS is: their names are good names to ask for.
  records.hosters.push_back({});
  for (const Hoster& hoster : hosters.hosters) {
    records.hosters.push_back({records.strings.add(hoster.name), records.strings.add(hoster.category)});
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    prefetch(labels, order, i);
    const std::uint32_t index = order[i].label;
    const Label& label = labels[index];
    records.of_label[index] = static_cast<std::uint32_t>(records.asns.size());
    RecordEntry entry;
    entry.asn = label.asn;
    entry.description = records.strings.add(label.description);
    entry.description_size = static_cast<std::uint8_t>(label.description.size());
    label.country.copy(entry.country, 2);
    if (const std::uint32_t hoster = hosters.match(index, label); hoster != HosterMap::kNone) {
      entry.hoster = static_cast<std::uint16_t>(hoster + 1);
    }
    records.asns.push_back(label.asn);
    records.entries.push_back(entry);
  }
  records.by_asn.resize(order.size());
  std::iota(records.by_asn.begin(), records.by_asn.end(), 1u);
  std::stable_sort(records.by_asn.begin(), records.by_asn.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return records.asns[a] < records.asns[b]; });
  return records;
}

}  // namespace ip2asn
