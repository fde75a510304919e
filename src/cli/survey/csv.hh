// CSV by RFC 4180, through libcsv.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"

namespace ip2asn::cli {

/// All rows, empty lines left out. A quote that is never closed is an error; `name` stands for the text in it.
/// `delimiter` may stand in a comma's place.
Result<std::vector<std::vector<std::string>>> read_csv(std::string_view text, std::string_view name,
                                                       char delimiter = ',');

/// A row with its end, its texts passed through clean_text(). A cell that a spreadsheet would take for a formula gets
/// an apostrophe before it.
std::string csv_row(const std::vector<std::string>& cells);

}  // namespace ip2asn::cli
