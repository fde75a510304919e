#include "cli/crawl/lanes.hh"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/system_error.hh"
#include "base/text.hh"
#include "base/unique_fd.hh"
#include "cli/crawl/popular.hh"
#include "cli/lines.hh"
#include "net/prefix_text.hh"
#include "net/special.hh"
#include "registry/answer.hh"
#include "registry/inquiry.hh"
#include "registry/seed_list.hh"

namespace ip2asn::cli {
namespace {

bool is_special(const Range& range) {
  const auto special = special_block(range.first);
  return special && !special->globally_reachable && special->prefix.range().contains(range.last);
}

// A list of addresses and prefixes, read as it is wanted.
class InputList {
 public:
  InputList(UniqueFd fd, const Arguments& arguments, const Lanes& lanes, LaneTotals& totals,
            const CrawlChoices& choices)
      : fd_(std::move(fd)),
        lines_(
            fd_ ? fd_.get() : STDIN_FILENO, [](void*) {}, nullptr),
        arguments_(arguments),
        lanes_(lanes),
        totals_(totals),
        choices_(choices) {}

  std::optional<ListOrder::Entry> next() {
    for (std::string_view line; lines_.next(line);) {
      const std::string_view text = trimmed(line);
      if (text.empty() || text.front() == '#') continue;
      const Result<Prefix> prefix = network_of(text);
      if (!prefix) {
        arguments_.complain(prefix.error().message);
        continue;
      }
      const Range range = prefix->range();
      if (range.first.family == Family::v4 ? !choices_.v4 : !choices_.v6) continue;
      const std::size_t lane = lanes_.of(range);
      if (lane == lanes_.size()) {
        ++totals_.unrouted;
        continue;
      }
      return ListOrder::Entry{lane, range};
    }
    return std::nullopt;
  }

 private:
  UniqueFd fd_;
  LineReader lines_;
  const Arguments& arguments_;
  const Lanes& lanes_;
  LaneTotals& totals_;
  const CrawlChoices& choices_;
};

Result<std::unique_ptr<Order>> input_order(const CrawlChoices& choices, const Lanes& lanes, LaneTotals& totals,
                                           const Arguments& arguments) {
  UniqueFd fd(-1);
  if (choices.input != "-") {
    fd = UniqueFd(::open(choices.input.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return system_error(choices.input, "cannot be opened");
  }
  auto list = std::make_shared<InputList>(std::move(fd), arguments, lanes, totals, choices);
  return std::unique_ptr<Order>(
      std::make_unique<ListOrder>(lanes.size(), [list](std::size_t) { return list->next(); }));
}

std::unique_ptr<Order> seed_order(const CrawlChoices& choices, const Lanes& lanes, LaneTotals& totals) {
  auto list = std::make_shared<std::vector<std::uint32_t>>(seed_list());
  if (choices.seed) shuffle(*list, *choices.seed);
  for (const std::uint32_t each : *list) {
    const Address address = Address::v4(each);
    const std::size_t lane = lanes.of({address, address});
    ++(lane == lanes.size() ? totals.unrouted : totals.ranges[lane]);
  }
  // Each lane walks through the list by itself: nothing has to wait in memory for a registry that is slow.
  auto places = std::make_shared<std::vector<std::size_t>>(lanes.size());
  return std::make_unique<ListOrder>(lanes.size(),
                                     [list, places, &lanes](std::size_t lane) -> std::optional<ListOrder::Entry> {
                                       std::size_t& at = (*places)[lane];
                                       while (at < list->size()) {
                                         const Address address = Address::v4((*list)[at++]);
                                         if (lanes.of({address, address}) == lane)
                                           return ListOrder::Entry{lane, {address, address}};
                                       }
                                       return std::nullopt;
                                     });
}

// Ranges of the database in an order of their own, prefix by prefix.
Result<std::unique_ptr<Order>> popular_order(const CrawlChoices& choices, const Image& database, const Lanes& lanes,
                                             LaneTotals& totals) {
  Popularity popularity;
  for (const std::string& path : choices.popular) {
    if (const Result<Done> added = popularity.add(path); !added) return added.error();
  }
  struct List {
    std::vector<Range> ranges;
    std::size_t next = 0;
    std::vector<Prefix> parts;  // of the range before `next`, the first at the end
  };
  auto list = std::make_shared<List>();
  list->ranges = popular_ranges(database, popularity, choices.v4, choices.v6);
  for (const Range& range : list->ranges) {
    const std::size_t lane = is_special(range) ? lanes.size() : lanes.of(range);
    if (lane != lanes.size()) ++totals.ranges[lane];
  }
  return std::unique_ptr<Order>(std::make_unique<ListOrder>(
      lanes.size(), [list, &lanes, &totals](std::size_t) -> std::optional<ListOrder::Entry> {
        while (true) {
          while (list->parts.empty() && list->next < list->ranges.size()) {
            list->parts = prefixes(list->ranges[list->next++]);
            std::reverse(list->parts.begin(), list->parts.end());
          }
          if (list->parts.empty()) return std::nullopt;
          const Range range = list->parts.back().range();
          list->parts.pop_back();
          const std::size_t lane = lanes.of(range);
          if (is_special(range)) continue;
          if (lane != lanes.size()) return ListOrder::Entry{lane, range};
          ++totals.unrouted;
        }
      }));
}

// What is unknown of a range, as ranges of an order.
void add_unknown(LargestFirst& order, const Lanes& lanes, const KnownBlocks& known, LaneTotals& totals,
                 const Range& range, bool split) {
  if (is_special(range)) return;
  const std::size_t lane = lanes.of(range);
  if (lane == lanes.size()) {
    // It may be wider than what one registry hands out.
    const std::vector<Prefix> parts = prefixes(range);
    if (parts.size() == 1) ++totals.unrouted;
    if (parts.size() == 1) return;
    for (const Prefix& part : parts) add_unknown(order, lanes, known, totals, part.range(), split);
    return;
  }
  Range left = range;
  while (const auto gap = known.first_gap(left)) {
    order.add(lane, split ? *gap : range);
    ++totals.ranges[lane];
    if (!split || gap->last == left.last) return;
    left.first = next(gap->last);
  }
}

Result<Done> add_prior_file(const std::string& path, const CrawlChoices& choices, const Lanes& lanes,
                            const KnownBlocks& known, LaneTotals& totals, LargestFirst& order) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return system_error(path, "cannot be opened");
  LineReader lines(
      fd.get(), [](void*) {}, nullptr);
  for (std::string_view line; lines.next(line);) {
    const std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    Range range;
    if (!read_registry_range(text, range)) {
      return Error{Errc::damaged, path + ", line " + std::to_string(lines.line_number()) + ": " + quoted(text) +
                                      " is not a prefix or 'first - last'"};
    }
    if (range.first.family == Family::v4 ? choices.v4 : choices.v6) {
      add_unknown(order, lanes, known, totals, range, false);
    }
  }
  return Done{};
}

Result<std::unique_ptr<Order>> prior_order(const CrawlChoices& choices, const Image* database, const Lanes& lanes,
                                           const KnownBlocks& known, LaneTotals& totals) {
  auto order = std::make_unique<LargestFirst>(lanes.size(), LargestFirst::Ask::largest_prefix);
  for (const Family family : {Family::v4, Family::v6}) {
    if (database == nullptr || !(family == Family::v4 ? choices.v4 : choices.v6)) continue;
    for (std::size_t i = 0; i < database->range_count(family); ++i) {
      const Match match = database->range(family, i);
      if (match.record != 0) add_unknown(*order, lanes, known, totals, match.range, false);
    }
  }
  for (const std::string& path : choices.priors) {
    const Result<Done> added = add_prior_file(path, choices, lanes, known, totals, *order);
    if (!added) return added.error();
  }
  order->sort();
  return std::unique_ptr<Order>(std::move(order));
}

}  // namespace

Lanes::Lanes(const Bootstrap& tables, const RegistryOptions& options, const Delegated& delegated)
    : tables_(tables), delegated_(delegated) {
  for (const BootstrapTable* table : {&tables.ipv4, &tables.ipv6}) {
    for (const std::string& url : table->urls()) {
      const std::string name = registry_of_url(url);
      if (!options.asks(name)) continue;
      auto known = std::find(names_.begin(), names_.end(), name);
      if (known == names_.end()) known = names_.insert(names_.end(), name);
      urls_.emplace_back(url, known - names_.begin());
    }
  }
}

std::string_view Lanes::base_url(std::size_t lane, Family family) const noexcept {
  const std::vector<std::string>& urls = (family == Family::v4 ? tables_.ipv4 : tables_.ipv6).urls();
  for (const auto& [url, number] : urls_) {
    const bool of_family = std::any_of(urls.begin(), urls.end(), [&](const std::string& each) { return each == url; });
    if (number == lane && of_family) return url;
  }
  return {};
}

std::size_t Lanes::of(const Range& range) const {
  if (const auto record = delegated_.find(range)) {
    const auto lane = std::find(names_.begin(), names_.end(), record->registry);
    if (lane != names_.end()) return static_cast<std::size_t>(lane - names_.begin());
  }
  const std::string_view url = tables_.base_url(range);
  for (const auto& [known, lane] : urls_) {
    if (known == url) return lane;
  }
  return names_.size();
}

Result<std::unique_ptr<Order>> make_order(const CrawlChoices& choices, const Image* database, const Bootstrap& tables,
                                          const Lanes& lanes, const KnownBlocks& known, LaneTotals& totals,
                                          const Arguments& arguments) {
  totals.ranges.assign(lanes.size(), 0);
  switch (choices.order) {
    case CrawlChoices::OrderKind::input:
      return input_order(choices, lanes, totals, arguments);
    case CrawlChoices::OrderKind::seed:
      return seed_order(choices, lanes, totals);
    case CrawlChoices::OrderKind::prior:
      if (!choices.popular.empty()) return popular_order(choices, *database, lanes, totals);
      return prior_order(choices, database, lanes, known, totals);
    case CrawlChoices::OrderKind::gap:
      break;
  }
  auto order = std::make_unique<LargestFirst>(lanes.size(), LargestFirst::Ask::middle);
  for (const auto& [range, url] : tables.ipv4.prefixes()) add_unknown(*order, lanes, known, totals, range, true);
  order->sort();
  return std::unique_ptr<Order>(std::move(order));
}

void count_until(Order& order, double addresses, LaneTotals& totals) {
  const std::size_t lanes = totals.ranges.size();
  std::vector<std::optional<Wanted>> heads(lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) heads[lane] = order.next(lane);
  totals.ranges.assign(lanes, 0);
  while (addresses > 0) {
    const auto size = [](const std::optional<Wanted>& head) { return head ? size_of(head->range) : 0; };
    const auto largest =
        std::max_element(heads.begin(), heads.end(), [&](const auto& a, const auto& b) { return size(a) < size(b); });
    if (!*largest) return;
    const auto lane = static_cast<std::size_t>(largest - heads.begin());
    addresses -= size(*largest);
    ++totals.ranges[lane];
    *largest = order.next(lane);
  }
}

}  // namespace ip2asn::cli
