// The records of an image: the labels that announce something, in the order that serves look-ups best.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/page_vector.hh"
#include "base/result.hh"
#include "compile/hoster_map.hh"
#include "compile/overrides.hh"
#include "index/image_format.hh"
#include "sources/source.hh"

namespace ip2asn {

/// Texts, each once, ended by a NUL; offset 0 is the empty one.
class StringPool {
 public:
  /// Where `text`, which holds no NUL, begins in bytes().
  std::uint32_t add(std::string_view text);
  /// Room for that many texts without growing.
  void reserve(std::size_t texts);
  PageVector<char>&& bytes() && { return std::move(bytes_); }
  /// Enough is known of the texts: none is added any more.
  void close() noexcept { drop(slots_); }

 private:
  // Open addressing with linear probing.
  struct Slot {
    std::uint32_t hash;    // its upper half
    std::uint32_t offset;  // 0: free
  };
  void resize(std::size_t slots);
  Slot* place_of(std::string_view text, std::uint64_t hash);

  PageVector<Slot> slots_;  // a power of two of them, at most half of them taken
  std::size_t used_ = 0;
  PageVector<char> bytes_ = {'\0'};
};

/// Which hoster a label has.
struct HosterSource {
  std::span<const Hoster> hosters;
  /// Index into `hosters`, or HosterMap::kNone; `label` is the label's index.
  std::function<std::uint32_t(std::uint32_t label, const Label& content)> match;
};

/// All record columns and what hangs on them.
struct Records {
  PageVector<std::uint32_t> of_label;  // label → record
  PageVector<std::uint32_t> asns;
  PageVector<RecordEntry> entries;
  PageVector<std::uint32_t> by_asn;
  std::vector<HosterEntry> hosters;
  StringPool strings;
};

/// Calls f(label, addresses) for each run.
template <class Runs, class F>
void each_size(const Runs& runs, F&& f);

/// How much each of `labels` labels announces: IPv4 addresses and IPv6 sites (/48) weigh the same.
PageVector<double> label_weights(std::size_t labels, const Runs4& runs4, const Runs6& runs6);

/// The records, by falling weight of their labels; equal ones by content, so that the order of the rows does not show.
Result<Records> make_records(std::span<const Label> labels, std::span<const double> weights,
                             const HosterSource& hosters);

namespace detail {
inline double distance(std::uint32_t from, std::uint32_t to) { return static_cast<double>(to) - from; }
// In whole numbers first: as doubles, neighbours among 64-bit numbers are equal, and a range of one address would weigh
// nothing.
inline double distance(const Key6& from, const Key6& to) {
  const std::uint64_t hi = to.hi - from.hi - (to.lo < from.lo ? 1 : 0);
  return static_cast<double>(hi) * 0x1p64 + static_cast<double>(to.lo - from.lo);
}
inline double space_after(std::uint32_t from) { return 0x1p32 - from; }
inline double space_after(const Key6& from) { return distance(from, {~0ull, ~0ull}) + 1; }
}  // namespace detail

template <class Runs, class F>
void each_size(const Runs& runs, F&& f) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const bool last = i + 1 == runs.size();
    f(runs[i].label, last ? detail::space_after(runs[i].start) : detail::distance(runs[i].start, runs[i + 1].start));
  }
}

}  // namespace ip2asn
