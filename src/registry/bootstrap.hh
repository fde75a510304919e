// Which registry to ask: IANA's tables of RDAP services (RFC 9224).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hh"
#include "net/address.hh"

namespace ip2asn {

/// One of the three tables. Immutable once read; any thread.
class BootstrapTable {
 public:
  enum class Kind { addresses, asns };

  /// Reads a table whole, or not at all. `name` stands for it in messages.
  static Result<BootstrapTable> read(std::string_view json, Kind kind, std::string_view name);

  /// The base URL that the longest matching prefix has: https before http, with a slash at its end. Empty where there
  /// is none. `range` is wholly inside that prefix.
  std::string_view base_url(const Range& range) const noexcept;
  std::string_view base_url(std::uint32_t asn) const noexcept;

  std::string_view publication() const noexcept { return publication_; }
  const std::vector<std::string>& urls() const noexcept { return urls_; }
  /// The prefixes with the number of their URL in urls().
  const std::vector<std::pair<Range, std::size_t>>& prefixes() const noexcept { return prefixes_; }

 private:
  struct AsnRange {
    std::uint32_t first, last;
    std::size_t url;
  };

  std::string publication_;
  std::vector<std::string> urls_;
  std::vector<std::pair<Range, std::size_t>> prefixes_;  // by first address, then wider ones first
  std::vector<AsnRange> asns_;
};

/// All three, from ipv4.json, ipv6.json and asn.json in a directory.
struct Bootstrap {
  BootstrapTable ipv4, ipv6, asn;

  static Result<Bootstrap> open(const std::string& directory);

  std::string_view base_url(const Range& range) const noexcept {
    return (range.first.family == Family::v4 ? ipv4 : ipv6).base_url(range);
  }
  /// The hosts of all services, in lower case.
  std::vector<std::string> hosts() const;
};

}  // namespace ip2asn
