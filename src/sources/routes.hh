// What routing tables that are published as text have in common: nested prefixes, several origins of one prefix, and
// routes that few see.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "net/address.hh"
#include "sources/reader.hh"

namespace ip2asn {

/// The origin of a route as tables write it: one AS; several that announce the prefix on their own, divided by '_'
/// ("4847_58851"); an AS_SET of an aggregate, divided by ',', perhaps in braces ("{64512,64513}"); or both mixed. The
/// first AS that is not in a set, else the first of the first set. Nothing when it is not an origin.
std::optional<std::uint32_t> route_origin(std::string_view text) noexcept;

/// Collects the routes of one file, and gives a sink one row for each prefix:
///
/// - of several origins the one that most peers see, of equal ones the first in the file;
/// - none that fewer than one peer in a hundred of those that see the most widely seen route see: leaks, and routes of
///   one peer's own network. Files that do not count peers have none;
/// - none that is shorter than any network that is allotted, /8 in IPv4 and /16 in IPv6: default routes and leaks.
///
/// Rows may nest: the more specific one wins when they are flattened.
class Routes {
 public:
  explicit Routes(RowSink& sink) : sink_(sink) {}

  /// Takes the route in the line that the sink is at.
  void add(const Prefix& prefix, std::uint32_t asn, std::uint32_t weight);
  /// Gives the rows to the sink.
  void finish();

 private:
  struct Route {
    std::uint64_t hi, lo;
    std::uint32_t asn, weight, line;
    std::uint8_t length;
    Family family;
  };

  RowSink& sink_;
  std::vector<Route> routes_;
  std::uint32_t most_ = 0;  // the largest weight
};

/// How a line of a table is made up; fields are divided by tabs or blanks.
enum class RouteForm : std::uint8_t {
  riswhois,      ///< origin, prefix, peers: RIPE's riswhoisdump
  pfx2as,        ///< address, length, origin: CAIDA's RouteViews prefix-to-AS
  prefix_origin  ///< prefix, origin, perhaps hits: bgp.tools' table.txt
};

/// Whether `line` is of that form.
bool is_route(std::string_view line, RouteForm form) noexcept;

std::unique_ptr<Reader> make_route_reader(RowSink& sink, RouteForm form);

}  // namespace ip2asn
