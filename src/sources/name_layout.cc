#include "sources/name_layout.hh"

#include <algorithm>
#include <vector>

#include "base/csv.hh"
#include "base/text.hh"
#include "net/address.hh"
#include "net/asn.hh"
#include "net/integer_address.hh"
#include "sources/columns.hh"
#include "sources/reader.hh"

namespace ip2asn {
namespace {

// So many lines decide what the columns of a file without a header are.
constexpr std::size_t kLines = 200;
constexpr std::size_t kMostClass = 64;

// The beginning of `text`: its lines that are not comments.
std::vector<std::string_view> first_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < kLines) {
    const std::size_t end = text.find('\n');
    const std::string_view line = without_return(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!line.empty() && line.front() != '#' && line.front() != '%') lines.push_back(line);
  }
  return lines;
}

std::optional<NameLayout> by_header(std::string_view line, char delimiter) {
  CsvLine csv(delimiter);
  if (!csv.split(line) || csv.fields().size() < 2) return std::nullopt;
  NameLayout layout;
  layout.form = NameForm::columns;
  layout.delimiter = delimiter;
  layout.header = true;
  layout.asn = -1;
  layout.least = layout.most = csv.fields().size();
  for (std::size_t i = 0; i < csv.fields().size(); ++i) {
    const auto column = name_column_of(trimmed(csv.fields()[i]));
    if (!column) continue;
    int* const places[] = {&layout.asn, &layout.name, &layout.handle, &layout.country, &layout.category};
    int& place = *places[static_cast<std::size_t>(*column)];
    if (place < 0) place = static_cast<int>(i);
  }
  if (layout.asn < 0 || (layout.name < 0 && layout.handle < 0 && layout.country < 0 && layout.category < 0)) {
    return std::nullopt;
  }
  return layout;
}

bool is_country_or_none(std::string_view text) {
  return text.empty() || text == "-" || text == "None" || parse_country(text).has_value();
}

bool is_class(std::string_view text) {
  constexpr std::string_view kClasses[] = {"Unknown",  "Eyeball",    "Content",  "Carrier",  "Transit",   "Government",
                                           "Academic", "Corporate",  "Personal", "Hosting",  "Tier1",     "T1",
                                           "CDN",      "Enterprise", "Mobile",   "Business", "Education", "ISP"};
  return text.empty() || std::any_of(std::begin(kClasses), std::end(kClasses), [&](std::string_view known) {
           return known.size() == text.size() && std::equal(known.begin(), known.end(), text.begin(),
                                                            [](char a, char b) { return (a | 32) == (b | 32); });
         });
}

// number, name; number, name, country; number, handle or class, name, country; number, name, class, country.
std::optional<NameLayout> by_rows(const std::vector<std::string_view>& lines, char delimiter) {
  NameLayout layout;
  layout.form = NameForm::columns;
  layout.delimiter = delimiter;
  CsvLine csv(delimiter);
  std::size_t count = 0;
  bool country = true, class2 = true, class3 = true;
  std::size_t rows = 0;
  for (const std::string_view line : lines) {
    if (!csv.split(line)) continue;
    const auto& fields = csv.fields();
    if (fields.size() < 2 || !parse_asn(trimmed(fields[0]))) continue;
    // A range of a source in integers.
    const std::string_view second = trimmed(fields[1]);
    if (is_integer(second) || parse_prefix(second)) return std::nullopt;
    if (rows++ == 0) count = fields.size();
    if (fields.size() != count) continue;
    country = country && is_country_or_none(trimmed(fields[count - 1]));
    class2 = class2 && is_class(trimmed(fields[1]));
    if (count > 2) class3 = class3 && is_class(trimmed(fields[2]));
  }
  // A tab and a name with commas: the number's end, and no columns.
  if (delimiter == '\t' && count == 2) return std::nullopt;
  if (rows == 0 || count < 2 || count > 4 || rows * 2 < lines.size()) return std::nullopt;
  layout.least = layout.most = count;
  const int last = static_cast<int>(count) - 1;
  if (count == 2) {
    layout.name = 1;
  } else if (count == 3) {
    layout.name = country || class3 ? 1 : 2;
    (country ? layout.country : class3 ? layout.category : layout.handle) = country || class3 ? 2 : 1;
  } else {
    if (!country) return std::nullopt;
    layout.country = last;
    layout.name = class3 ? 1 : 2;
    (class3 ? layout.category : class2 ? layout.category : layout.handle) = class3 ? 2 : 1;
  }
  return layout;
}

bool is_text_row(std::string_view line) {
  const std::size_t blank = line.find_first_of(" \t");
  if (blank == line.npos || !parse_asn(line.substr(0, blank))) return false;
  const std::string_view rest = trimmed(line.substr(blank));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  return !rest.empty() && !is_integer(word) && !parse_prefix(word);
}

}  // namespace

std::optional<NameColumn> name_column_of(std::string_view title) {
  std::string plain;
  for (const char c : title) {
    if (c == ' ' || c == '-' || c == '_') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (plain == "class" || plain == "type" || plain == "category" || plain == "kind") return NameColumn::category;
  if (plain == "handle") return NameColumn::handle;
  if (plain == "country" || plain == "countrycode") return NameColumn::country;
  const auto column = column_of(title);
  if (column == Column::asn) return NameColumn::asn;
  if (column == Column::name) return NameColumn::name;
  if (column == Column::country) return NameColumn::country;
  return std::nullopt;
}

std::string class_of_word(std::string_view word) {
  std::string text;
  for (const char c : trimmed(word)) {
    if (c >= 'A' && c <= 'Z') {
      text += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               (!text.empty() && (c == '-' || c == '.' || c == '_'))) {
      text += c;
    } else if (c == ' ' || c == '/') {
      text += '-';
    } else {
      return {};
    }
  }
  if (text.size() > kMostClass || text == "unknown" || text == "none") return {};
  return text == "eyeball" || text == "isp" ? "access" : text;
}

Result<NameLayout> name_layout(std::string_view text, std::string_view file) {
  NameLayout layout;
  // What is binary can be a source at most, and reading it as one tells what it is.
  if (text.substr(0, std::size_t{64} << 10).find('\0') != text.npos) return layout;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto lines = first_lines(text);
  if (lines.empty()) return Error{Errc::empty, std::string(file) + ": is empty; fetch the file again"};
  if (lines[0].starts_with('{')) {
    if (lines[0].find("\"asn\"") != lines[0].npos || lines[0].find("\"ASN\"") != lines[0].npos)
      layout.form = NameForm::json;
    return layout;
  }
  for (const char delimiter : {',', '\t', ';', '|'}) {
    if (auto found = by_header(lines[0], delimiter)) return *std::move(found);
  }
  // A tab first: names have commas in them.
  for (const char delimiter : {'\t', ',', ';', '|'}) {
    if (auto found = by_rows(lines, delimiter)) return *std::move(found);
  }
  const auto rows = static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), is_text_row));
  if (rows * 2 > lines.size()) layout.form = NameForm::text;
  return layout;
}

}  // namespace ip2asn
