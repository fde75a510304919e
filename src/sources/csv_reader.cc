#include "sources/csv_reader.hh"

#include <algorithm>
#include <string>
#include <vector>

#include "base/csv.hh"
#include "base/text.hh"
#include "net/asn.hh"
#include "net/integer_address.hh"

namespace ip2asn {
namespace {

constexpr auto kNone = CsvLayout::kNone;

bool is_end(std::string_view text) { return is_integer(text) || parse_address(text).has_value(); }

bool is_network(std::string_view text) { return text.find('/') != text.npos && parse_prefix(text).has_value(); }

bool is_country(std::string_view text) { return text == "None" || text == "-" || text.empty() || parse_country(text); }

// "AS13335 Cloudflare" as "AS13335" and "Cloudflare".
bool is_number_and_name(std::string_view text) {
  const std::size_t blank = text.find(' ');
  return blank != text.npos && text.starts_with("AS") && parse_asn(text.substr(0, blank)).has_value();
}

class CsvReader final : public LineReader {
 public:
  CsvReader(RowSink& sink, const CsvLayout& layout)
      : LineReader(sink), layout_(layout), header_(layout.header), csv_(layout.delimiter) {}

 private:
  void take(std::span<const std::string_view> lines) override {
    for (const std::string_view line : lines) take(without_return(line));
  }

  std::string_view field(Column column) const {
    const int index = layout_[column];
    return index == kNone ? std::string_view() : trimmed(csv_.fields()[static_cast<std::size_t>(index)]);
  }

  void take(std::string_view text) {
    const bool titled = header_ && header_layout(text, layout_.delimiter).has_value();
    if (titled || text.starts_with('#')) {
      header_ = header_ && !titled;
      return sink_.next_comment();
    }
    sink_.next_row();
    if (!csv_.split(text) || csv_.fields().size() != layout_.count) return sink_.add(Finding::field_count, text);
    std::string_view number = field(Column::asn), name = field(Column::name);
    if (layout_[Column::name] == kNone && is_number_and_name(number)) {
      name = trimmed(number.substr(number.find(' ')));
      number = number.substr(0, number.find(' '));
    }
    const auto asn = parse_origin(number);
    if (!asn) return sink_.add(Finding::bad_asn, text);
    std::optional<Address> first, last;
    if (layout_[Column::first] != kNone && layout_[Column::last] != kNone) {
      const std::string_view start = field(Column::first), end = field(Column::last);
      if (!is_integer(start)) {
        first = parse_address(start);
        last = parse_address(end);
      } else if (const auto range = parse_integer_range(start, end)) {
        first = range->first;
        last = range->last;
      }
    } else if (const auto prefix = parse_prefix(field(Column::network))) {
      first = prefix->range().first;
      last = prefix->range().last;
    }
    if (!sink_.check(first, last, text)) return;
    const std::string_view country = field(Column::country);
    sink_.row(*first, *last, sink_.label(*asn, country == "-" ? "" : country, name == "-" ? "" : name, text));
  }

  CsvLayout layout_;
  bool header_;  // it is still to come
  CsvLine csv_;
};

}  // namespace

std::optional<CsvLayout> header_layout(std::string_view line, char delimiter) {
  CsvLine csv(delimiter);
  if (!csv.split(without_return(line)) || csv.fields().size() < 2) return std::nullopt;
  CsvLayout layout;
  layout.delimiter = delimiter;
  layout.header = true;
  layout.count = csv.fields().size();
  std::size_t known = 0;
  for (std::size_t i = 0; i < csv.fields().size(); ++i) {
    const auto column = column_of(csv.fields()[i]);
    if (!column) continue;
    ++known;
    if (layout[*column] == kNone) layout[*column] = static_cast<int>(i);
  }
  if (known < 2) return std::nullopt;
  // IP2Location's and others' "asn,as": the second is the name.
  for (std::size_t i = 1; i < csv.fields().size() && layout[Column::name] == kNone; ++i) {
    const std::string_view field = csv.fields()[i];
    if ((field == "as" || field == "AS") && layout[Column::asn] != static_cast<int>(i)) {
      layout[Column::name] = static_cast<int>(i);
    }
  }
  return layout;
}

std::optional<CsvLayout> row_layout(std::string_view line, char delimiter) {
  CsvLine csv(delimiter);
  if (!csv.split(without_return(line))) return std::nullopt;
  std::vector<std::string_view> fields;
  for (const std::string_view field : csv.fields()) fields.push_back(trimmed(field));
  CsvLayout layout;
  layout.delimiter = delimiter;
  layout.count = fields.size();
  const auto size = static_cast<int>(fields.size());
  const auto at = [&](int i) { return fields[static_cast<std::size_t>(i)]; };
  int next = 0;
  if (size >= 3 && is_end(at(0)) && is_end(at(1))) {
    layout[Column::first] = 0;
    layout[Column::last] = 1;
    next = is_network(at(2)) ? 3 : 2;
  } else if (size >= 2 && (is_network(at(0)) || parse_address(at(0)))) {
    layout[Column::network] = 0;
    next = 1;
  } else {
    return std::nullopt;
  }
  if (next >= size || !(parse_origin(at(next)) || is_number_and_name(at(next)))) return std::nullopt;
  layout[Column::asn] = next++;
  if (next + 1 < size && is_country(at(next))) layout[Column::country] = next++;
  if (next < size) layout[Column::name] = next++;
  if (next != size) return std::nullopt;
  return layout;
}

std::unique_ptr<Reader> make_csv_reader(RowSink& sink, const CsvLayout& layout) {
  return std::make_unique<CsvReader>(sink, layout);
}

}  // namespace ip2asn
