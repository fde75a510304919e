// The registries of a crawl, and what each is to be asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/crawl/choices.hh"
#include "index/image.hh"
#include "registry/bootstrap.hh"
#include "registry/delegated.hh"
#include "registry/known_blocks.hh"
#include "registry/order.hh"

namespace ip2asn::cli {

/// One for each registry of the tables that may be asked.
class Lanes {
 public:
  /// `delegated` says which registry a range is at, where it knows it; the tables say it else.
  Lanes(const Bootstrap& tables, const RegistryOptions& options, const Delegated& delegated);

  const std::vector<std::string>& names() const noexcept { return names_; }
  std::size_t size() const noexcept { return names_.size(); }
  /// The lane of a range; size() where no registry is found, or it is not to be asked.
  std::size_t of(const Range& range) const;
  /// The base URL of a lane for a family; empty where it has none.
  std::string_view base_url(std::size_t lane, Family family) const noexcept;

 private:
  const Bootstrap& tables_;
  const Delegated& delegated_;
  std::vector<std::string> names_;
  std::vector<std::pair<std::string_view, std::size_t>> urls_;
};

/// The ranges of a plan, before they are put in order.
struct LaneTotals {
  std::vector<std::uint64_t> ranges;
  std::uint64_t unrouted = 0;
};

/// Makes the order that was chosen. `known` is what need not be asked; `totals` counts what is. `database` may be
/// nullptr. What the input of a list holds that is not a prefix is told of on standard error.
Result<std::unique_ptr<Order>> make_order(const CrawlChoices& choices, const Image* database, const Bootstrap& tables,
                                          const Lanes& lanes, const KnownBlocks& known, LaneTotals& totals,
                                          const Arguments& arguments);

/// Counts in `totals` what of an order by size is asked until `addresses` are known, where each answer is the range
/// that was asked for. Takes the order's ranges.
void count_until(Order& order, double addresses, LaneTotals& totals);

}  // namespace ip2asn::cli
