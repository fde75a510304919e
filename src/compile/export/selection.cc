#include "compile/export/selection.hh"

#include <algorithm>
#include <string_view>

#include "base/text.hh"
#include "compile/hoster_map.hh"
#include "net/ranges.hh"

namespace ip2asn {
namespace {

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// An error when one of `words` is what no hoster of the image has.
template <class Of>
std::optional<Error> unknown(const Image& image, const std::vector<std::string>& words, const char* what, Of of) {
  for (const std::string& word : words) {
    bool known = word == "any" && std::string_view(what) == "hoster";
    for (std::uint16_t i = 1; !known && i <= image.hoster_count(); ++i) known = of(image.hoster(i)) == word;
    if (known) continue;
    return Error{Errc::argument, "there is no " + std::string(what) + ' ' + quoted(word) + " in the database" +
                                     (image.hoster_count() == 0 ? ", which has no hosters" : "")};
  }
  return std::nullopt;
}

}  // namespace

Result<Selected> Selected::make(const Image& image, const Selection& selection) {
  if (auto error = unknown(image, selection.hosters, "hoster", [](const HosterName& h) { return h.name; }))
    return *std::move(error);
  if (auto error = unknown(image, selection.classes, "class", [](const HosterName& h) { return h.category; }))
    return *std::move(error);
  Selected result(image);
  result.by_list_ = !selection.lists.empty();
  result.by_record_ = !selection.asns.empty() || !selection.hosters.empty() || !selection.classes.empty() ||
                      !selection.countries.empty();
  result.records_.assign(image.record_count(), true);
  for (RecordId id = 1; result.by_record_ && id < image.record_count(); ++id) {
    const Record record = image.record(id);
    const bool hosting = is_hosting_class(record.hoster_class) && !record.hoster.empty();
    const bool asn = selection.asns.empty() ||
                     std::find(selection.asns.begin(), selection.asns.end(), record.asn) != selection.asns.end();
    const bool hoster = selection.hosters.empty() || has(selection.hosters, record.hoster) ||
                        (hosting && has(selection.hosters, "any"));
    const bool category = selection.classes.empty() || has(selection.classes, record.hoster_class);
    const bool country = selection.countries.empty() || has(selection.countries, record.country);
    result.records_[id] = asn && hoster && category && country;
  }
  std::vector<Range> listed;
  for (const NetworkList& list : selection.lists) {
    listed.insert(listed.end(), list.networks.begin(), list.networks.end());
    for (const std::uint32_t asn : list.asns) {
      for (const RecordId id : image.records_of(asn)) {
        for (const Family family : {Family::v4, Family::v6}) {
          for (const std::uint32_t i : image.ranges_of(family, id)) listed.push_back(image.range(family, i).range);
        }
      }
    }
  }
  for (const Range& range : joined(std::move(listed))) {
    result.lists_[range.first.family == Family::v6].push_back(range);
  }
  return result;
}

std::vector<Range> Selected::networks(Family family) const {
  if (by_list_ && !by_record_) return lists_[family == Family::v6];
  std::vector<Range> ranges;
  each_row(family, [&](const Match& match) {
    ranges.push_back(match.range);
    return true;
  });
  return joined(std::move(ranges));
}

}  // namespace ip2asn
