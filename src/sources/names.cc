#include "sources/names.hh"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "base/byte_source.hh"
#include "base/csv.hh"
#include "base/json_read.hh"
#include "base/system_error.hh"
#include "base/text.hh"
#include "net/asn.hh"
#include "net/integer_address.hh"
#include "sources/columns.hh"
#include "sources/name_layout.hh"
#include "sources/reader.hh"

namespace ip2asn {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;
constexpr std::size_t kMostDepth = 16;

std::string clean(std::string_view text) {
  text = trimmed(text);
  return text == "-" || is_placeholder_name(text) ? std::string() : repair_text(text).text;
}

std::string country_in(std::string_view text) {
  const auto country = parse_country(trimmed(text));
  if (!country || std::string_view(*country) == "ZZ") return {};
  return std::string(std::string_view(*country));
}

bool says_something(const AsName& name) {
  return !name.name.empty() || !name.country.empty() || !name.category.empty();
}

// Takes a line without its end off `text`.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return without_return(line);
}

std::optional<AsName> of_columns(const CsvLine& csv, const NameLayout& layout) {
  const auto& fields = csv.fields();
  if (fields.size() < layout.least || (layout.most != 0 && fields.size() > layout.most)) return std::nullopt;
  const auto field = [&](int at) {
    return at < 0 || static_cast<std::size_t>(at) >= fields.size() ? std::string_view()
                                                                   : trimmed(fields[static_cast<std::size_t>(at)]);
  };
  const auto asn = parse_asn(field(layout.asn));
  if (!asn) return std::nullopt;
  std::string name = clean(field(layout.name));
  if (name.empty()) name = clean(field(layout.handle));
  return AsName{*asn, std::move(name), country_in(field(layout.country)), class_of_word(field(layout.category))};
}

// "13335 CLOUDFLARENET, US".
std::optional<AsName> of_text(std::string_view line) {
  const std::size_t blank = line.find_first_of(" \t");
  const auto asn = parse_asn(line.substr(0, blank));
  if (!asn) return std::nullopt;
  std::string_view rest = blank == line.npos ? std::string_view() : trimmed(line.substr(blank));
  std::string country;
  if (rest.size() > 4 && rest.substr(rest.size() - 4, 2) == ", " && parse_country(rest.substr(rest.size() - 2))) {
    country = country_in(rest.substr(rest.size() - 2));
    rest.remove_suffix(4);
  }
  return AsName{*asn, clean(rest), std::move(country), {}};
}

std::optional<AsName> of_json(std::string_view line) {
  rapidjson::Document document;
  if (!read_json(line, kMostDepth, document).empty() || !document.IsObject()) return std::nullopt;
  AsName result;
  std::string handle;
  std::optional<std::uint32_t> asn;
  for (const auto& [key, value] : document.GetObject()) {
    const auto column = name_column_of(json_text(key));
    if (!column) continue;
    if (*column == NameColumn::asn) asn = value.IsUint() ? std::optional(value.GetUint()) : parse_asn(json_text(value));
    if (*column == NameColumn::name && result.name.empty()) result.name = clean(json_text(value));
    if (*column == NameColumn::handle) handle = clean(json_text(value));
    if (*column == NameColumn::country && result.country.empty()) result.country = country_in(json_text(value));
    if (*column == NameColumn::category) result.category = class_of_word(json_text(value));
  }
  if (!asn) return std::nullopt;
  result.asn = *asn;
  if (result.name.empty()) result.name = std::move(handle);
  return result;
}

// The names of a file's ASes, each as it stands first.
std::vector<AsName> names_in(const Table& table) {
  std::vector<AsName> names;
  for (const Label& label : table.labels) {
    if (label.asn != 0) names.push_back({label.asn, clean(label.description), country_in(label.country), {}});
  }
  return names;
}

// What of `from` is known and of `to` is not.
void fill(AsName& to, AsName& from) {
  if (to.name.empty()) to.name = std::move(from.name);
  if (to.country.empty()) to.country = std::move(from.country);
  if (to.category.empty()) to.category = std::move(from.category);
}

}  // namespace

bool is_placeholder_name(std::string_view name) noexcept {
  return name == "-Reserved AS-" || name == "-Private Use AS-";
}

Result<AsNames> AsNames::parse(std::string_view text, std::string_view file, const SourceOptions& options,
                               Findings& findings) {
  const auto layout = name_layout(text, file);
  if (!layout) return layout.error();
  AsNames result;
  if (layout->form == NameForm::source) {
    Findings of_source;
    auto table = read_source_bytes(text, file, options, of_source);
    if (!table) return std::move(table).error();
    result.add(names_in(*table));
  } else {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    Findings bad;
    std::vector<AsName> names;
    CsvLine csv(layout->delimiter);
    std::uint64_t number = 0, rows = 0;
    bool header = layout->header;
    while (!text.empty()) {
      const std::string_view line = take_line(text);
      ++number;
      if (line.empty() || line.front() == '#' || line.front() == '%' || std::exchange(header, false)) continue;
      ++rows;
      std::optional<AsName> name;
      if (layout->form == NameForm::columns && csv.split(line)) name = of_columns(csv, *layout);
      if (layout->form == NameForm::text) name = of_text(line);
      if (layout->form == NameForm::json) name = of_json(line);
      if (!name) {
        bad.add(Finding::bad_asn, file, number, line);
        findings.add(Finding::bad_name_entry, file, number, line);
      } else if (name->asn != 0) {
        names.push_back(*std::move(name));
      }
    }
    if (auto error = too_many_skipped(file, rows, options, bad)) return *std::move(error);
    result.add(std::move(names));
  }
  if (result.empty()) return Error{Errc::empty, std::string(file) + ": names no AS"};
  return result;
}

Result<AsNames> AsNames::read(const std::vector<std::string>& paths, const SourceOptions& options, Findings& findings) {
  return guarded("reading ", paths.empty() ? std::string_view() : paths[0], [&]() -> Result<AsNames> {
    AsNames result;
    TextLimits limits = options;
    limits.max_bytes = std::min(limits.max_bytes, kMostBytes);
    for (const std::string& path : paths) {
      const auto text = read_text(path, limits);
      if (!text) return text.error();
      auto names = parse(*text, path, options, findings);
      if (!names) return names;
      result.add(std::move(names->names_));
    }
    return result;
  });
}

void AsNames::add(std::vector<AsName> names) {
  names_.insert(names_.end(), std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
  std::stable_sort(names_.begin(), names_.end(), [](const AsName& a, const AsName& b) { return a.asn < b.asn; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!says_something(names_[i])) continue;
    if (kept != 0 && names_[kept - 1].asn == names_[i].asn) {
      fill(names_[kept - 1], names_[i]);
    } else if (kept++ != i) {
      names_[kept - 1] = std::move(names_[i]);
    }
  }
  names_.resize(kept);
}

const AsName* AsNames::find(std::uint32_t asn) const noexcept {
  const auto at = std::lower_bound(names_.begin(), names_.end(), asn,
                                   [](const AsName& name, std::uint32_t wanted) { return name.asn < wanted; });
  return at != names_.end() && at->asn == asn ? &*at : nullptr;
}

}  // namespace ip2asn
