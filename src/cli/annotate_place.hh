// Where in a line of a log the address is looked for.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hh"

namespace ip2asn::cli {

/// Immutable once made; may be used by any number of threads, each through a Finder of its own.
struct Place {
  std::optional<std::size_t> field;    ///< in the field of this number, from 1
  std::optional<char> delimiter;       ///< that divides fields; runs of blanks and tabs without it
  std::string key;                     ///< in the member, column or key=value pair of this name; empty for any
  std::optional<std::size_t> proxies;  ///< X-Forwarded-For is believed: 0 for its last public address, else how many
                                       ///< proxies have added to it
  std::shared_ptr<void> regex;         ///< in what this matches; in its first group when it has one

  /// A Perl-compatible regular expression, compiled.
  static Result<std::shared_ptr<void>> compile(const std::string& pattern);

  bool anywhere() const noexcept { return !field && !regex && key.empty(); }
};

/// The field of that number, from 1, as Place::field has it; empty when there are fewer.
std::string_view nth_field(std::string_view line, std::size_t number, std::optional<char> delimiter) noexcept;

}  // namespace ip2asn::cli
