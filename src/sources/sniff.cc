#include "sources/sniff.hh"

#include <algorithm>
#include <optional>
#include <string>

#include "net/asn.hh"
#include "net/integer_address.hh"
#include "sources/json_reader.hh"
#include "sources/refused.hh"

namespace ip2asn {
namespace {

constexpr std::string_view kNoAses =
    "gives countries or places, not AS numbers; name an ASN database, such as ip2asn-combined.tsv.gz of iptoasn.com";

// Calls f(line) for each line of `head` until one returns true. A last line without an end is one when it is the only
// one: it may go on behind what was seen.
template <class F>
bool any_line(std::string_view head, F&& f) {
  for (bool first = true; !head.empty(); first = false) {
    const std::size_t end = head.find('\n');
    if (end == head.npos && !first && head.size() + 1 < kSniffBytes && f(without_return(head))) return true;
    if (end == head.npos) return first && f(without_return(head));
    if (f(without_return(head.substr(0, end)))) return true;
    head.remove_prefix(end + 1);
  }
  return false;
}

std::string_view field(std::string_view line, int index) {
  for (; index > 0; --index) {
    const std::size_t tab = line.find('\t');
    if (tab == line.npos) return {};
    line.remove_prefix(tab + 1);
  }
  return line.substr(0, line.find('\t'));
}

bool is_end(std::string_view text) { return parse_address(text) || is_integer(text); }

// A row of iptoasn.com's; what its ends are.
std::optional<Ends> tsv_row(std::string_view line) {
  if (std::count(line.begin(), line.end(), '\t') != 4) return std::nullopt;
  const std::string_view first = field(line, 0), last = field(line, 1);
  if (parse_address(first) || parse_address(last)) return Ends::addresses;
  if (is_integer(first) && is_integer(last) && is_integer(field(line, 2))) return Ends::integers;
  return std::nullopt;
}

// A row of ip2country or the like: a range and a country.
bool is_country_row(std::string_view line) {
  for (const char delimiter : {'\t', ','}) {
    if (std::count(line.begin(), line.end(), delimiter) != 2) continue;
    std::string tabbed(line);
    std::replace(tabbed.begin(), tabbed.end(), ',', '\t');
    std::erase(tabbed, '"');
    const std::string_view country = field(tabbed, 2);
    if (is_end(field(tabbed, 0)) && is_end(field(tabbed, 1)) && (country == "None" || parse_country(country))) {
      return true;
    }
  }
  return false;
}

// What one line makes certain, if anything.
std::optional<Sniffed> format_of(std::string_view line) {
  Sniffed sniffed;
  if (line.empty() || line.starts_with('#') || line.starts_with('%')) return std::nullopt;
  if (line.starts_with('{')) {
    sniffed.format = Format::json_lines;
    return is_json_row(line) ? std::optional(sniffed) : std::nullopt;
  }
  for (const RouteForm form : {RouteForm::riswhois, RouteForm::pfx2as, RouteForm::prefix_origin}) {
    if (!is_route(line, form)) continue;
    sniffed.format = Format::routes;
    sniffed.form = form;
    return sniffed;
  }
  for (const char delimiter : {',', ';', '\t', '|'}) {
    auto layout = header_layout(line, delimiter);
    if (!layout) layout = row_layout(line, delimiter);
    if (!layout) continue;
    sniffed.format = Format::csv;
    sniffed.layout = *layout;
    return sniffed;
  }
  for (const std::string_view key : {"aut-num:", "net:"}) {
    // libloc's keys stand in a column of their own; RPSL's do as well, but with route: for net:.
    if (!line.starts_with(key)) continue;
    sniffed.format = Format::libloc;
    return sniffed;
  }
  return std::nullopt;
}

bool is_page(std::string_view head) {
  const std::size_t begin = head.find_first_not_of(" \t\r\n");
  if (begin == head.npos || head[begin] != '<') return false;
  return begin == 0 || head.substr(begin).starts_with("<!") || head.substr(begin).starts_with("<html") ||
         head.substr(begin).starts_with("<?xml");
}

Error refused(std::string_view name, std::string_view says) {
  return {Errc::damaged, std::string(name) + ": " + std::string(says)};
}

}  // namespace

Result<Sniffed> sniff(std::string_view head, std::string_view name) {
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    return refused(name, "is UTF-16; save it as UTF-8");
  }
  Sniffed sniffed;
  // An archive holds the text of what is in it.
  const bool binary = head.find('\0') != head.npos;
  const auto magic = refused_by_magic(head);
  if (binary && magic) return refused(name, *magic);
  // iptoasn.com's rows first: one of them makes the file theirs, whatever stands around it. So does one with addresses
  // rather than numbers.
  bool rows = false;
  any_line(head, [&](std::string_view line) {
    const auto ends = tsv_row(line);
    if (ends) sniffed.ends = *ends;
    rows = rows || ends.has_value();
    return ends == Ends::addresses;
  });
  if (rows) return sniffed;
  if (is_page(head)) return refused(name, "is an HTML or XML page, not a source; fetch the file again");
  if (magic) return refused(name, *magic);
  if (binary) {
    sniffed.format = Format::mmdb;
    return sniffed;
  }
  if (any_line(head, [&](std::string_view line) {
        auto found = format_of(line);
        if (found) sniffed = *found;
        return found.has_value();
      })) {
    if (sniffed.format != Format::csv) return sniffed;
    const CsvLayout& layout = sniffed.layout;
    const bool names_asn = layout[Column::asn] != CsvLayout::kNone;
    if (layout.has_addresses() && names_asn) return sniffed;
    if (layout.has_addresses()) return refused(name, kNoAses);
    if (names_asn) {
      return refused(name,
                     "has AS numbers and names, but no addresses; it can name the ASes of another source, as a "
                     "names file");
    }
    return refused(name, "has columns, but none of addresses and none of AS numbers; it is not an IP-to-ASN source");
  }
  if (any_line(head, is_country_row)) return refused(name, kNoAses);
  const std::size_t begin = std::min(head.find_first_not_of(" \t\r\n"), head.size());
  if (head.substr(begin).starts_with('{')) {
    return refused(name,
                   "is JSON, but not one object a line with a network and an AS number; if it is not an error "
                   "that a server sent, write it so with jq -c");
  }
  return sniffed;
}

}  // namespace ip2asn
