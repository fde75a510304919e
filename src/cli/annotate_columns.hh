// Logs whose columns a header names: W3C's extended log format (IIS, CloudFront, Exchange), Zeek's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "cli/annotate_place.hh"
#include "net/address.hh"

namespace ip2asn::cli {

/// Which columns matter, by the last header above a line.
struct Columns {
  std::optional<std::size_t> client, forwarded, bytes;  ///< from 0
  char delimiter = ' ';                                 ///< ' ' for blanks, or a tab where a row has one first
};

/// The columns that `line` names; nothing when it is no header.
std::optional<Columns> read_columns(std::string_view line, const Place& place);

struct ColumnLine {
  std::optional<Address> client, forwarded;
  std::optional<std::uint64_t> bytes;
};
ColumnLine read_row(std::string_view row, const Columns& columns, const Place& place);

/// Keeps, log by log, which columns are in force where a block of lines begins. Blocks of one log come in their order.
class ColumnTracker {
 public:
  explicit ColumnTracker(const Place& place) : place_(place) {}

  /// Those for the start of `text`, null for none. `log` is a number for the log that it is from.
  std::shared_ptr<const Columns> before(std::string_view text, std::uint64_t log);

 private:
  const Place& place_;
  std::map<std::uint64_t, std::shared_ptr<const Columns>> by_log_;
};

}  // namespace ip2asn::cli
