#include "base/text.hh"
#include "sources/source.hh"
#include "targets.hh"

namespace ip2asn::fuzz {

void gzip(Input input) {
  SourceOptions options;
  options.max_bytes = 1 << 20;
  Findings findings;
  const auto table = read_source_bytes(text_of(input), "s.tsv.gz", options, findings);
  if (table) {
    require(input.size() >= 18, "no gzip file is shorter");
    for (const Label& label : table->labels) require(is_clean(label.description), "descriptions are clean");
    // A whole file is cut anywhere: an error.
    const auto cut = read_source_bytes(text_of(input.first(input.size() - 1)), "s.tsv.gz", options, findings);
    require(!cut, "a cut file is rejected");
  } else {
    require(!table.error().message.empty(), "an error says why");
  }
}

}  // namespace ip2asn::fuzz
