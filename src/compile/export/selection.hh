// Which part of an index is exported.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hh"
#include "compile/list.hh"
#include "index/image.hh"
#include "net/address.hh"

namespace ip2asn {

/// What is asked for: of one kind, either fits; of different kinds, all must. Empty for all that is announced.
struct Selection {
  std::vector<std::uint32_t> asns;
  std::vector<std::string> hosters;  ///< "any" for the hosters of classes that are hosting, as in `Require hoster`
  std::vector<std::string> classes;
  std::vector<std::string> countries;
  std::vector<NetworkList> lists;

  bool empty() const noexcept {
    return asns.empty() && hosters.empty() && classes.empty() && countries.empty() && lists.empty();
  }
};

/// A selection applied to an image, which outlives this.
class Selected {
 public:
  /// An error names a hoster or class that the image does not know.
  static Result<Selected> make(const Image& image, const Selection& selection);

  /// Calls f(match) for each range of the family that is announced and selected, in address order, cut to what is
  /// selected of it. Ends early when f returns false.
  template <class F>
  bool each_row(Family family, F&& f) const;

  /// The selected addresses, joined; of lists also those that nobody announces.
  std::vector<Range> networks(Family family) const;

 private:
  explicit Selected(const Image& image) : image_(&image) {}

  const Image* image_;
  bool by_record_ = false;  // something besides lists was asked for
  bool by_list_ = false;
  std::vector<bool> records_;    // those that are meant
  std::vector<Range> lists_[2];  // of IPv4 and IPv6: what the lists hold
};

template <class F>
bool Selected::each_row(Family family, F&& f) const {
  const std::vector<Range>& lists = lists_[family == Family::v6];
  auto list = lists.begin();
  for (std::size_t i = 0; i < image_->range_count(family); ++i) {
    const Match match = image_->range(family, i);
    if (match.record == 0 || !records_[match.record]) continue;
    if (!by_list_) {
      if (!f(match)) return false;
      continue;
    }
    while (list != lists.end() && list->last < match.range.first) ++list;
    for (auto at = list; at != lists.end() && at->first <= match.range.last; ++at) {
      const Range part{std::max(at->first, match.range.first), std::min(at->last, match.range.last)};
      if (!f(Match{match.record, part})) return false;
    }
  }
  return true;
}

}  // namespace ip2asn
