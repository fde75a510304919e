// CSV in the forms in which AS databases are published: with columns that a header names, or told by what they hold.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "sources/columns.hh"
#include "sources/reader.hh"

namespace ip2asn {

/// Which column holds what.
struct CsvLayout {
  static constexpr int kNone = -1;

  CsvLayout() { columns.fill(kNone); }

  char delimiter = ',';
  bool header = false;    ///< the first line that is not a comment names the columns
  std::size_t count = 0;  ///< how many columns there are
  std::array<int, kColumns> columns;

  int& operator[](Column column) { return columns[static_cast<std::size_t>(column)]; }
  int operator[](Column column) const { return columns[static_cast<std::size_t>(column)]; }
  /// Whether it says which addresses a row is about.
  bool has_addresses() const {
    return (*this)[Column::network] != kNone || ((*this)[Column::first] != kNone && (*this)[Column::last] != kNone);
  }
};

/// The layout that a header line names, when at least two of its columns are known. It may lack addresses or AS
/// numbers.
std::optional<CsvLayout> header_layout(std::string_view line, char delimiter);

/// The layout of a file without a header, told by one of its rows:
///
///     start,end,asn,name          addresses or integers (ip-location-db, DB-IP)
///     start,end,asn,country,name  iptoasn.com's columns
///     start,end,network,asn,name  (IP2Location)
///     start,end,"AS13335 name"    (GeoIP legacy)
///     network,asn,name            (ip-location-db's -CIDR files)
std::optional<CsvLayout> row_layout(std::string_view line, char delimiter);

std::unique_ptr<Reader> make_csv_reader(RowSink& sink, const CsvLayout& layout);

}  // namespace ip2asn
