#include "sources/tsv_reader.hh"

#include <array>

#include "net/integer_address.hh"

namespace ip2asn {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// A line taken apart as far as it must be to ask for its label.
struct Parts {
  std::string_view text;
  std::size_t tab1, tab2;  // npos when there are no two
  std::uint64_t hash;      // of the tail behind the second
};

Parts split(std::string_view line) noexcept {
  Parts parts{without_return(line), npos, npos, 0};
  auto& [text, tab1, tab2, hash] = parts;
  tab1 = text.find('\t');
  if (tab1 != npos) tab2 = text.find('\t', tab1 + 1);
  if (tab2 != npos) hash = LabelSet::hash_of(text.substr(tab2 + 1));
  return parts;
}

template <Ends ends>
class TsvReader final : public LineReader {
 public:
  using LineReader::LineReader;

 private:
  // Several at a time, so that the look-ups of their labels overlap.
  void take(std::span<const std::string_view> lines) override {
    std::array<Parts, kBatch> parts;
    LabelSet& labels = sink_.labels();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      parts[i] = split(lines[i]);
      labels.prefetch_slot(parts[i].hash);
    }
    for (std::size_t i = 0; i < lines.size(); ++i) labels.prefetch_text(parts[i].hash);
    for (std::size_t i = 0; i < lines.size(); ++i) take(parts[i]);
  }

  void take(const Parts& line) {
    const auto& [text, tab1, tab2, hash] = line;
    sink_.next_row();
    if (tab2 == npos) return sink_.add(Finding::field_count, text);
    const LabelSet::Entry entry = sink_.labels().intern(text.substr(tab2 + 1), hash);
    if (entry.verdict == LabelSet::Verdict::field_count) return sink_.add(Finding::field_count, text);
    if (entry.verdict == LabelSet::Verdict::bad_asn) return sink_.add(Finding::bad_asn, text);
    const std::string_view start = text.substr(0, tab1), end = text.substr(tab1 + 1, tab2 - tab1 - 1);
    std::optional<Address> first, last;
    if constexpr (ends == Ends::addresses) {
      first = parse_address(start);
      last = parse_address(end);
    } else if (const auto range = parse_integer_range(start, end)) {
      first = range->first;
      last = range->last;
    }
    if (!sink_.check(first, last, text)) return;
    sink_.add(entry, text);
    sink_.row(*first, *last, entry.label);
  }
};

}  // namespace

std::unique_ptr<Reader> make_tsv_reader(RowSink& sink, Ends ends) {
  if (ends == Ends::integers) return std::make_unique<TsvReader<Ends::integers>>(sink);
  return std::make_unique<TsvReader<Ends::addresses>>(sink);
}

}  // namespace ip2asn
