#include "core/records.hh"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

namespace ip2asn {
namespace {

constexpr double kSlash48 = 0x1p80;  // addresses of an IPv6 site, which weighs as much as one IPv4 address

// Labels that announce something.
std::vector<std::uint32_t> in_order(std::span<const Label> labels, std::span<const double> weights) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t label = 1; label < weights.size(); ++label) {
    if (weights[label] > 0) order.push_back(label);
  }
  const auto content = [&](std::uint32_t i) {
    return std::tie(labels[i].asn, labels[i].country, labels[i].description);
  };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (weights[a] != weights[b]) return weights[a] > weights[b];
    return content(a) < content(b);
  });
  return order;
}

}  // namespace

std::uint32_t StringPool::add(std::string_view text) {
  if (text.empty()) return 0;
  const auto [it, added] = offsets_.try_emplace(text, static_cast<std::uint32_t>(bytes_.size()));
  if (added) {
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    bytes_.push_back('\0');
  }
  return it->second;
}

std::vector<double> label_weights(std::size_t labels, const Runs4& runs4, const Runs6& runs6) {
  std::vector<double> weights(labels, 0.0);
  each_size(runs4, [&](std::uint32_t label, double size) { weights[label] += size; });
  each_size(runs6, [&](std::uint32_t label, double size) { weights[label] += size / kSlash48; });
  return weights;
}

Result<Records> make_records(std::span<const Label> labels, std::span<const double> weights,
                             const HosterSource& hosters) {
  const std::vector<std::uint32_t> order = in_order(labels, weights);
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
  for (const std::uint32_t index : order) {
    const Label& label = labels[index];
    records.of_label[index] = static_cast<std::uint32_t>(records.asns.size());
    RecordEntry entry;
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
