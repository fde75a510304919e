#include "compile/list_sets.hh"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace ip2asn {
namespace {

using Set = std::vector<ListId>;

// Numbers each set when it is met first.
class SetPool {
 public:
  explicit SetPool(ListSets& sets) : sets_(sets) { ids_.emplace(Set{}, 0); }

  std::uint32_t id_of(const Set& set) {
    const auto [at, added] = ids_.try_emplace(set, static_cast<std::uint32_t>(ids_.size()));
    if (added) {
      sets_.members.insert(sets_.members.end(), set.begin(), set.end());
      sets_.groups.push_back(static_cast<std::uint32_t>(sets_.members.size()));
    }
    return at->second;
  }
  std::size_t size() const { return ids_.size(); }

 private:
  ListSets& sets_;
  std::map<Set, std::uint32_t> ids_;
};

std::uint32_t key_of(const Address& address, std::uint32_t) { return address.v4_bits(); }
Key6 key_of(const Address& address, const Key6&) { return {address.hi, address.lo}; }

// From the networks of all lists to runs of one set each. A list's own networks are disjoint, so that at a boundary it
// comes or goes.
template <class Run>
std::vector<Run> runs_of(std::span<const NetworkList* const> lists, Family family, SetPool& pool) {
  using Key = decltype(Run::start);
  std::vector<std::pair<Key, ListId>> boundaries;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (const Range& network : lists[i]->networks) {
      if (network.first.family != family) continue;
      const auto id = static_cast<ListId>(i);
      boundaries.emplace_back(key_of(network.first, Key{}), id);
      const Key end = key_of(next(network.last), Key{});
      if (end != Key{}) boundaries.emplace_back(end, id);
    }
  }
  if (boundaries.empty()) return {};
  std::sort(boundaries.begin(), boundaries.end());
  std::vector<Run> runs = {{Key{}, 0}};
  Set set;
  for (std::size_t i = 0; i < boundaries.size();) {
    const Key start = boundaries[i].first;
    for (; i < boundaries.size() && boundaries[i].first == start; ++i) {
      const ListId list = boundaries[i].second;
      const auto at = std::lower_bound(set.begin(), set.end(), list);
      if (at != set.end() && *at == list) {
        set.erase(at);
      } else {
        set.insert(at, list);
      }
    }
    if (start == Key{}) runs.clear();
    runs.push_back({start, pool.id_of(set)});
  }
  return runs;
}

std::vector<std::uint32_t> sets_of_records(std::span<const NetworkList* const> lists,
                                           std::span<const std::uint32_t> asns, SetPool& pool) {
  std::unordered_map<std::uint32_t, Set> of_asn;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (const std::uint32_t asn : lists[i]->asns) of_asn[asn].push_back(static_cast<ListId>(i));
  }
  std::vector<std::uint32_t> sets;
  if (of_asn.empty()) return sets;
  sets.reserve(asns.size());
  for (const std::uint32_t asn : asns) {
    const auto at = of_asn.find(asn);
    sets.push_back(at == of_asn.end() ? 0 : pool.id_of(at->second));
  }
  return sets;
}

}  // namespace

Result<ListSets> make_list_sets(std::span<const NetworkList* const> lists, std::span<const std::uint32_t> asns) {
  ListSets sets;
  SetPool pool(sets);
  sets.of_record = sets_of_records(lists, asns, pool);
  const auto runs4 = runs_of<Run4>(lists, Family::v4, pool);
  const auto runs6 = runs_of<Run6>(lists, Family::v6, pool);
  if (pool.size() >= kMaxRecords) return Error{Errc::limit, "the lists overlap in more ways than an index can hold"};
  if (!runs4.empty()) {
    auto index = build_index4(runs4);
    if (!index) return std::move(index).error();
    sets.index4 = *std::move(index);
    sets.space4 = list_space4(Index4::trust(sets.index4));
  }
  if (!runs6.empty()) {
    auto index = build_index6(runs6);
    if (!index) return std::move(index).error();
    sets.index6 = *std::move(index);
  }
  return sets;
}

}  // namespace ip2asn
