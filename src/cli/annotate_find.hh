// Finding the address in a line of a log.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hh"
#include "net/address.hh"

namespace ip2asn::cli {

/// The first address in `text`: IPv4 or IPv6, bare, in brackets, with a port, a prefix length or a zone. It stands for
/// itself: what goes on as a word ("v1.2.3.4", "1.2.3.4.example", "Chrome/120.0.0.0") is none. Allocates nothing.
std::optional<Address> find_address(std::string_view text) noexcept;

/// Where in a line the address is looked for. Immutable once made; may be used by any number of threads, each through a
/// Finder of its own.
class Place {
 public:
  /// Anywhere in the line.
  Place() = default;
  /// In the field of this number, from 1. Fields are divided by runs of blanks and tabs, or each by one `delimiter`.
  static Place field(std::size_t number, std::optional<char> delimiter);
  /// In what this Perl-compatible regular expression matches; in its first group when it has one.
  static Result<Place> regex(const std::string& pattern);

 private:
  friend class Finder;
  std::size_t field_ = 0;
  std::optional<char> delimiter_;
  std::shared_ptr<void> regex_;
};

/// Finds addresses for one thread. The place outlives it.
class Finder {
 public:
  explicit Finder(const Place& place);

  std::optional<Address> find(std::string_view line) noexcept;

 private:
  std::string_view match_in(std::string_view line) noexcept;

  const Place& place_;
  std::shared_ptr<void> match_;
};

/// The field of that number, from 1, as Place::field has it; empty when there are fewer.
std::string_view nth_field(std::string_view line, std::size_t number, std::optional<char> delimiter) noexcept;

}  // namespace ip2asn::cli
