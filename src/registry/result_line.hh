// Answers as lines of JSON, with the names that the Python library ipwhois gave them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hh"
#include "base/result.hh"
#include "registry/answer.hh"

namespace ip2asn {

/// Who announces the address, by an index of ours.
struct Announced {
  std::uint32_t asn = 0;  ///< 0: nobody, or no index
  std::string cidr;       ///< of the index's range
  std::string country, description;
};

/// A line of results.jsonl.
struct ResultLine {
  std::string host;  ///< the machine that asked
  Address ip;        ///< first address of what was asked
  std::string query;
  std::int64_t time = 0;  ///< seconds since 1970
  Announced announced;
  Block block;
  std::uint32_t first_asn = 0, last_asn = 0;  ///< of an answer about an AS: then there is no range
};

/// Appends the line and its end to `out`, the keys sorted. Texts of the block are clean already.
void write_result(JsonText& out, const ResultLine& line);

/// Reads a line. What is not told is empty; without the range of a network it is an error.
Result<ResultLine> read_result(std::string_view line);

/// "2026-01-31T12:00:00Z", of seconds since 1970.
std::string timestamp(std::int64_t time);
std::optional<std::int64_t> read_timestamp(std::string_view text);

}  // namespace ip2asn
