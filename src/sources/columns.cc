#include "sources/columns.hh"

#include <string>

#include "base/text.hh"
#include "net/asn.hh"

namespace ip2asn {
namespace {

struct Known {
  std::string_view name;  // without blanks, '-' and '_', in small letters
  Column column;
};

constexpr Known kKnown[] = {
    {"network", Column::network},
    {"cidr", Column::network},
    {"prefix", Column::network},
    {"subnet", Column::network},
    {"iprange", Column::network},
    {"range", Column::network},
    {"route", Column::network},
    {"net", Column::network},
    {"startip", Column::first},
    {"ipstart", Column::first},
    {"firstip", Column::first},
    {"fromip", Column::first},
    {"ipfrom", Column::first},
    {"iprangestart", Column::first},
    {"rangestart", Column::first},
    {"startaddress", Column::first},
    {"start", Column::first},
    {"first", Column::first},
    {"from", Column::first},
    {"begin", Column::first},
    {"endip", Column::last},
    {"ipend", Column::last},
    {"lastip", Column::last},
    {"toip", Column::last},
    {"ipto", Column::last},
    {"iprangeend", Column::last},
    {"rangeend", Column::last},
    {"endaddress", Column::last},
    {"end", Column::last},
    {"last", Column::last},
    {"to", Column::last},
    {"asn", Column::asn},
    {"asnumber", Column::asn},
    {"autonomoussystemnumber", Column::asn},
    {"autnum", Column::asn},
    {"as", Column::asn},
    {"asnid", Column::asn},
    {"origin", Column::asn},
    {"originas", Column::asn},
    {"originasn", Column::asn},
    {"autonomoussystemorganization", Column::name},
    {"asname", Column::name},
    {"asnname", Column::name},
    {"asdescription", Column::name},
    {"asorganization", Column::name},
    {"asorg", Column::name},
    {"asnorg", Column::name},
    {"organization", Column::name},
    {"organisation", Column::name},
    {"org", Column::name},
    {"name", Column::name},
    {"description", Column::name},
    {"descr", Column::name},
    {"holder", Column::name},
    {"isp", Column::name},
    {"ascountry", Column::country},
    {"ascountrycode", Column::country},
    {"asncountry", Column::country},
    {"asncountrycode", Column::country},
    {"registrycountry", Column::country},
    {"cc", Column::country},
    {"hits", Column::weight},
    {"peers", Column::weight},
    {"seenby", Column::weight},
    {"visibility", Column::weight},
    {"class", Column::text},
    {"handle", Column::text},
    {"country", Column::text},
    {"countrycode", Column::text},
    {"countryname", Column::text},
    {"continent", Column::text},
    {"continentcode", Column::text},
    {"asdomain", Column::text},
    {"domain", Column::text},
    {"region", Column::text},
    {"city", Column::text},
    {"geonameid", Column::text},
    {"registeredcountrygeonameid", Column::text},
};

}  // namespace

std::optional<Column> column_of(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == ' ' || c == '-' || c == '_' || c == '#' || c == '"') continue;
    plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  for (const Known& known : kKnown) {
    if (known.name == plain) return known.column;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> parse_origin(std::string_view text) noexcept {
  text = trimmed(text);
  if (text.empty() || text == "-" || text == "None" || text == "NULL" || text == "null") return 0;
  return parse_asn(text);
}

}  // namespace ip2asn
