// Finding the client in a line of a log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cli/annotate_columns.hh"
#include "cli/annotate_place.hh"
#include "cli/annotate_shape.hh"
#include "net/address.hh"

namespace ip2asn::cli {

struct LogEntry {
  std::optional<Address> address;
  std::optional<std::uint64_t> bytes;  ///< of the response, when they were asked for and the line tells
  bool comment = false;                ///< a header or comment, as logs with columns have them
};

/// Reads lines for one thread. The place outlives it.
class Finder {
 public:
  explicit Finder(const Place& place);

  /// Which columns are in force for the lines to come, null for none; until a line names others.
  void set_columns(std::shared_ptr<const Columns> columns) { columns_ = std::move(columns); }

  LogEntry read(std::string_view line, bool with_bytes);

 private:
  ShapedLine shaped(std::string_view line, bool nested = false);
  ShapedLine shaped_body(std::string_view head, std::string_view body, bool nested);
  std::string_view match_in(std::string_view line) noexcept;

  const Place& place_;
  std::shared_ptr<void> match_;
  std::shared_ptr<const Columns> columns_;
};

}  // namespace ip2asn::cli
