// iptoasn.com's files: range_start, range_end, AS_number, country_code, AS_description, divided by tabs.
#pragma once

#include <memory>

#include "sources/reader.hh"

namespace ip2asn {

/// How the ends of a range are written.
enum class Ends : std::uint8_t {
  addresses,
  integers,  ///< in decimal, as in ip2asn-v4-u32.tsv
};

std::unique_ptr<Reader> make_tsv_reader(RowSink& sink, Ends ends);

}  // namespace ip2asn
