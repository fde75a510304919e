// One JSON object a line: bgp.tools' table.jsonl, IPinfo's JSON, and others whose members are named alike.
#pragma once

#include <memory>
#include <string_view>

#include "sources/reader.hh"

namespace ip2asn {

/// Whether `line` is an object that names addresses and an AS number.
bool is_json_row(std::string_view line);

/// Objects that count how many see a route (`Hits`) make a routing table (see routes.hh); others are rows as they
/// stand.
std::unique_ptr<Reader> make_json_reader(RowSink& sink);

}  // namespace ip2asn
