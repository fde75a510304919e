#include "cli/crawl/shares.hh"

#include <algorithm>

#include "registry/answer.hh"

namespace ip2asn::cli {

Space space_of(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  Space space;
  for (const Range& range : ranges) {
    if (!space.empty() && range.first <= space.back().last) {
      space.back().last = std::max(space.back().last, range.last);
    } else {
      space.push_back(range);
    }
  }
  return space;
}

Space routed_space(const Image& image, Family family) {
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < image.range_count(family); ++i) {
    const Match match = image.range(family, i);
    if (match.record != 0) ranges.push_back(match.range);
  }
  return space_of(std::move(ranges));
}

Space delegated_space(const Delegated& delegated, Family family) {
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < delegated.size(); ++i) {
    const DelegatedRecord record = delegated[i];
    if (record.held && record.range.first.family == family) ranges.push_back(record.range);
  }
  return space_of(std::move(ranges));
}

double size_of(const Space& space) {
  double size = 0;
  for (const Range& range : space) size += ip2asn::size_of(range);
  return size;
}

double size_of_both(const Space& a, const Space& b) {
  double size = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const Range both{std::max(a[i].first, b[j].first), std::min(a[i].last, b[j].last)};
    if (both.first <= both.last) size += ip2asn::size_of(both);
    (a[i].last < b[j].last ? i : j) += 1;
  }
  return size;
}

}  // namespace ip2asn::cli
