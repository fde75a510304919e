#include <cstring>

#include "base/text.hh"
#include "sources/source.hh"
#include "targets.hh"
#include "unit/mmdb_made.hh"

namespace ip2asn::fuzz {
namespace {

void read(std::string_view bytes) {
  Findings findings;
  SourceOptions options;
  options.max_rows = 100'000;
  const auto table = read_source_bytes(bytes, "s.mmdb", options, findings);
  if (!table) {
    require(!table.error().message.empty() && is_clean(table.error().message, 4096), "an error says why");
    return;
  }
  for (const Label& label : table->labels) require(is_clean(label.description), "descriptions are clean");
  for (const Row4& row : table->v4) require(row.first <= row.last && row.label < table->labels.size(), "IPv4 rows");
  for (const Row6& row : table->v6) {
    require(row.first_hi < row.last_hi || (row.first_hi == row.last_hi && row.first_lo <= row.last_lo), "IPv6 rows");
    require(row.label < table->labels.size(), "labels of IPv6 rows");
  }
}

}  // namespace

// The bytes as they are, and as changes of four bytes each to a good database: where (counted from the end when the
// upper bit is set) and what.
void mmdb(Input input) {
  // A node of zeros tells the reader that this is not text.
  read(std::string(1, '\0') + std::string(text_of(input)));
  static const std::string good[] = {test::mmdb_sample({24, 4}), test::mmdb_sample({28, 6, "x", {"2002::/16"}}),
                                     test::mmdb_sample({32, 6})};
  if (input.empty()) return;
  std::string changed = good[input[0] % 3];
  for (Input rest = input.subspan(1); rest.size() >= 4; rest = rest.subspan(4)) {
    std::uint16_t at = 0;
    std::memcpy(&at, rest.data(), 2);
    const std::size_t place = (at & 0x7FFF) % (changed.size() - 1);
    std::memcpy(changed.data() + ((at & 0x8000) != 0 ? changed.size() - 2 - place : place), rest.data() + 2, 2);
  }
  read(changed);
}

}  // namespace ip2asn::fuzz
