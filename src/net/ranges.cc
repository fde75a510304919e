#include "net/ranges.hh"

#include <algorithm>
#include <utility>

namespace ip2asn {

std::vector<Range> joined(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    Range* const last = kept == 0 ? nullptr : &ranges[kept - 1];
    // The address after a family's last one wraps around to its first, which no later range begins with.
    if (last != nullptr && last->first.family == ranges[i].first.family &&
        (ranges[i].first <= last->last || ranges[i].first == next(last->last))) {
      last->last = std::max(last->last, ranges[i].last);
    } else {
      ranges[kept++] = ranges[i];
    }
  }
  ranges.resize(kept);
  return ranges;
}

std::vector<Range> intersection(const std::vector<Range>& a, const std::vector<Range>& b) {
  std::vector<Range> both;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    // Addresses of IPv4 sort before those of IPv6, so that ranges of two families never meet.
    const Range common{std::max(x->first, y->first), std::min(x->last, y->last)};
    if (common.first <= common.last) both.push_back(common);
    if (x->last < y->last) {
      ++x;
    } else {
      ++y;
    }
  }
  return both;
}

}  // namespace ip2asn
