// Which format a file has, told by its first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.hh"
#include "sources/csv_reader.hh"
#include "sources/routes.hh"
#include "sources/tsv_reader.hh"

namespace ip2asn {

/// How many bytes of a file are looked at; a shorter file is looked at whole.
inline constexpr std::size_t kSniffBytes = 8192;

enum class Format : std::uint8_t { tsv, csv, routes, json_lines, libloc, mmdb };

struct Sniffed {
  Format format = Format::tsv;
  Ends ends = Ends::addresses;  ///< tsv
  CsvLayout layout;             ///< csv
  RouteForm form{};             ///< routes
};

/// Tells the format of a file from its first kSniffBytes, without a byte-order mark. What nobody recognises is taken
/// for iptoasn.com's TSV, whose reader says what is wrong with each line. An error, which says what to do, when the
/// file is known to be something that cannot be used: an archive, a page, a database without AS numbers. `name` is the
/// file's, for messages.
Result<Sniffed> sniff(std::string_view head, std::string_view name);

}  // namespace ip2asn
