#include "sources/source.hh"

#include "base/text.hh"
#include "compile/compile.hh"
#include "compile/flatten.hh"
#include "index/image.hh"
#include "sources/row_parser.hh"
#include "targets.hh"

namespace ip2asn::fuzz {
namespace {

void check_table(const Table& table) {
  require(!table.labels.empty() && table.labels[0].asn == 0, "label 0 announces nothing");
  for (const Label& label : table.labels) {
    require(is_clean(label.description), "descriptions are clean");
    require(label.country.empty() || label.country.size() == 2, "countries have two letters");
  }
  for (const Row4& row : table.v4) require(row.first <= row.last && row.label < table.labels.size(), "IPv4 rows");
  for (const Row6& row : table.v6) {
    const Key6 first{row.first_hi, row.first_lo}, last{row.last_hi, row.last_lo};
    require(first <= last && row.label < table.labels.size(), "IPv6 rows");
  }
}

template <class Runs>
void check_runs(const Runs& runs, std::size_t labels) {
  require(!runs.empty() && runs[0].start == decltype(runs[0].start){}, "runs begin at the first address");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    require(runs[i].label < labels, "labels of runs");
    if (i == 0) continue;
    require(runs[i - 1].start < runs[i].start, "runs ascend");
    require(runs[i - 1].label != 0 || runs[i].label != 0, "gaps do not stand side by side");
  }
}

bool equal(const Findings& a, const Findings& b) { return a.summary() == b.summary(); }

}  // namespace

// The first byte chooses: strict or not, a short limit for lines, blocks of which size, and whether the whole way is
// gone.
void source(Input input) {
  if (input.empty()) return;
  const std::uint8_t choice = input[0];
  const std::string_view text = text_of(input.subspan(1));
  SourceOptions options;
  options.strict = (choice & 1) != 0;
  if ((choice & 2) != 0) options.max_line_bytes = 100;
  if (text.starts_with("\x1f\x8b")) return;  // gzip has its own target
  Findings findings;
  const auto table = read_source_bytes(text, "s", options, findings);
  for (const auto& example : findings.examples()) require(is_clean(example.text, 120), "examples are clean");

  // Where blocks end must not show.
  Table again;
  Findings findings_again;
  RowParser parser(again, options, findings_again);
  parser.begin_file("s");
  Result<Done> done = Done{};
  const std::size_t step = choice / 16 + 1;
  for (std::size_t at = 0; at < text.size() && done; at += step) done = parser.feed(text.substr(at, step));
  if (done) done = parser.end_file();
  if (table) {
    require(static_cast<bool>(done), "small blocks are accepted as well");
    require(equal(findings, findings_again), "small blocks have the same findings");
    require(again.v4.size() == table->v4.size() && again.v6.size() == table->v6.size() && again.rows == table->rows &&
                again.labels.size() == table->labels.size(),
            "small blocks have the same rows");
    check_table(*table);
    check_runs(flatten4(*table, findings), table->labels.size());
    check_runs(flatten6(*table, findings), table->labels.size());
  } else {
    require(!table.error().message.empty() && is_clean(table.error().message, 4096), "an error says why");
    require(!done || text.empty(), "small blocks are rejected as well");
  }
  if (!table || (choice & 4) == 0) return;
  Findings compiling;
  if (const auto buffer = compile(*table, {}, {}, compiling)) {
    const auto image = Image::open(buffer->bytes());
    require(static_cast<bool>(image), "what was compiled opens");
    for (const Row4& row : table->v4) image->find(Address::v4(row.first));
    for (const Row6& row : table->v6) image->find(Address::v6(row.last_hi, row.last_lo));
  }
}

}  // namespace ip2asn::fuzz
