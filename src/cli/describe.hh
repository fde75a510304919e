// Text for people: counts, ages, and what was found in a source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/figures.hh"
#include "index/image.hh"
#include "sources/findings.hh"

namespace ip2asn::cli {

/// "422,740 ranges", "1 range": `noun` takes an s unless `count` is 1.
std::string counted(std::uint64_t count, std::string_view noun);

/// "2026-11-20 10:00:00 UTC"; "unknown" for 0.
std::string utc_time(std::int64_t seconds);

/// "3 days", "36 hours", "5 minutes": rounded down to a unit of which there are two at least.
std::string age(std::int64_t seconds);

/// One line for each kind of finding with its meaning, and under it the places of the first few. Empty when there are
/// none.
std::string explain(const Findings& findings);

/// "IPv4: 422,740 ranges of 70,123 ASNs" and so on, a line each family, indented by two.
std::string describe_families(const Image& image);

/// The content id as 16 hexadecimal digits.
std::string content_id(const Image& image);

/// Text of an image that did not pass through the repair of registry text (file names), made fit for a terminal.
std::string printable(std::string_view text);

}  // namespace ip2asn::cli
