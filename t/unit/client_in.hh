// Whom annotate takes for the client of a line.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "cli/annotate_find.hh"
#include "cunit_main.hh"

namespace ip2asn::test {

inline std::string client_in(std::string_view line, const cli::Place& place = {}) {
  cli::Finder finder(place);
  const cli::LogEntry entry = finder.read(line, false);
  return entry.address ? to_string(*entry.address) : "";
}

struct LineRow {
  std::string_view line, client;
};

inline void check(const LineRow& row, const cli::Place& place = {}) {
  const std::string found = client_in(row.line, place);
  if (found != row.client) {
    std::printf("\n%.*s\n  found '%s', should be '%.*s'", static_cast<int>(row.line.size()), row.line.data(),
                found.c_str(), static_cast<int>(row.client.size()), row.client.data());
  }
  CU_ASSERT(found == row.client);
}

}  // namespace ip2asn::test
