// The fields of an answer: the one table that says how each is called, and how it is read out of an Answer.
//
// The variables and headers of the module, the names that its directives and the tool's options take, the members of
// JSON, the columns of TSV, the rows of a page, and the schema of the API are all made from it, and the tables of the
// manual are checked against it (t/unit/fields_test). A field more is one row here, and one in the manual.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "answer/answer.hh"
#include "net/special.hh"

namespace ip2asn::api {

/// When an answer has a value for a field.
enum class When : std::uint8_t {
  always,
  announced,            ///< whenever an AS announces the address
  perhaps_announced,    ///< then, but not for all
  perhaps_unannounced,  ///< only when no AS does, and not for all
  perhaps,              ///< whether or not
};

/// What must be looked up beyond the record.
enum class Needs : std::uint8_t { record, range, lists };

struct FieldName {
  std::string_view name;   ///< in directives and options
  const char* variable;    ///< in a request's environment and its notes, and in expressions
  const char* header;      ///< towards a proxied application
  std::string_view key;    ///< of the member in JSON and the column in TSV; iptoasn.com's where it has the field
  std::string_view title;  ///< for people
  std::string_view meaning;
  When when;
  Needs needs = Needs::record;
  bool exported = false;              ///< unless IP2ASNExport says otherwise
  bool published = true;              ///< in answers to anybody
  std::string_view unannounced = {};  ///< what texts have when no AS announces the address
  std::string_view unknown = {};      ///< what iptoasn.com's forms have when an AS does, and this is empty
};

/// A name, and how to read the value: bool, number, Address, Prefix, text or Names. A text that is returned by
/// reference is part of the image; whoever keeps an answer longer than that has to copy it.
template <class Get>
struct FieldRow {
  FieldName names;
  Get get;
};
template <class Get>
FieldRow(FieldName, Get) -> FieldRow<Get>;

/// In the order in which JSON has them, which is part of the API.
inline constexpr std::tuple kFieldRows{
    FieldRow{FieldName{.name = "addr",
                       .variable = "IP2ASN_ADDR",
                       .header = "X-IP2ASN-Addr",
                       .key = "ip",
                       .title = "Address",
                       .meaning = "The address in canonical form; an IPv4-mapped one as IPv4",
                       .when = When::always},
             [](auto& answer) -> auto& {return answer.address;
}  // namespace ip2asn::api
}
, FieldRow{FieldName{.name = "announced",
                     .variable = "IP2ASN_ANNOUNCED",
                     .header = "X-IP2ASN-Announced",
                     .key = "announced",
                     .title = "Announced",
                     .meaning = "Whether an AS announces the address",
                     .when = When::always,
                     .exported = true},
           [](auto& answer) -> auto& {return answer.announced;
}
}
, FieldRow{FieldName{.name = "first_ip",
                     .variable = "IP2ASN_FIRST_IP",
                     .header = "X-IP2ASN-First-IP",
                     .key = "first_ip",
                     .title = "First address",
                     .meaning = "Where the range of the database begins that holds the address",
                     .when = When::announced,
                     .needs = Needs::range},
           [](auto& answer) -> auto& {return answer.range.first;
}
}
, FieldRow{FieldName{.name = "last_ip",
                     .variable = "IP2ASN_LAST_IP",
                     .header = "X-IP2ASN-Last-IP",
                     .key = "last_ip",
                     .title = "Last address",
                     .meaning = "Where that range ends",
                     .when = When::announced,
                     .needs = Needs::range},
           [](auto& answer) -> auto& {return answer.range.last;
}
}
, FieldRow{FieldName{.name = "asn",
                     .variable = "IP2ASN_ASN",
                     .header = "X-IP2ASN-ASN",
                     .key = "as_number",
                     .title = "AS number",
                     .meaning = "Number of the AS that announces the address",
                     .when = When::announced,
                     .exported = true,
                     .unannounced = "0"},
           [](auto& answer) -> auto& {return answer.record.asn;
}
}
, FieldRow{
      FieldName{.name = "country",
                .variable = "IP2ASN_COUNTRY",
                .header = "X-IP2ASN-Country",
                .key = "as_country_code",
                .title = "Country of registration",
                .meaning = "Where the AS is registered, which is not a location; None where the registry gives none",
                .when = When::announced,
                .exported = true,
                .unknown = "None"},
      [](auto& answer) -> auto& {return answer.record.country;
}
}
, FieldRow{FieldName{.name = "name",
                     .variable = "IP2ASN_NAME",
                     .header = "X-IP2ASN-Name",
                     .key = "as_description",
                     .title = "AS description",
                     .meaning = "How the AS is described",
                     .when = When::announced,
                     .exported = true},
           [](auto& answer) -> auto& {return answer.record.description;
}
}
,
    FieldRow{FieldName{.name = "prefix",
                       .variable = "IP2ASN_PREFIX",
                       .header = "X-IP2ASN-Prefix",
                       .key = "prefix",
                       .title = "Prefix",
                       .meaning = "The largest CIDR prefix in the range that holds the address",
                       .when = When::announced,
                       .needs = Needs::range},
             [](auto& answer) { return largest_prefix(answer.range, answer.address); }},
    FieldRow{FieldName{.name = "hoster",
                       .variable = "IP2ASN_HOSTER",
                       .header = "X-IP2ASN-Hoster",
                       .key = "hoster",
                       .title = "Hoster",
                       .meaning = "The hosting company, as the hoster map calls it",
                       .when = When::perhaps_announced,
                       .exported = true},
             [](auto& answer) -> auto& {return answer.record.hoster;
}
}
, FieldRow{FieldName{.name = "hoster_class",
                     .variable = "IP2ASN_HOSTER_CLASS",
                     .header = "X-IP2ASN-Hoster-Class",
                     .key = "hoster_class",
                     .title = "Class of hoster",
                     .meaning = "What kind of company that is; there whenever hoster is",
                     .when = When::perhaps_announced},
           [](auto& answer) -> auto& {return answer.record.hoster_class;
}
}
,
    FieldRow{FieldName{.name = "special",
                       .variable = "IP2ASN_SPECIAL",
                       .header = "X-IP2ASN-Special",
                       .key = "special",
                       .title = "Special purpose",
                       .meaning = "Name in IANA's special-purpose address registry",
                       .when = When::perhaps_unannounced},
             [](auto& answer) { return answer.announced ? std::string_view() : special_purpose(answer.address); }},
    FieldRow{FieldName{.name = "lists",
                       .variable = "IP2ASN_LISTS",
                       .header = "X-IP2ASN-Lists",
                       .key = "lists",
                       .title = "Lists",
                       .meaning = "The lists that hold the address",
                       .when = When::perhaps,
                       .needs = Needs::lists,
                       .published = false},
             [](auto& answer) -> auto& {return answer.lists;
}
}
,
}
;

/// A field by its place in the table.
using Field = std::size_t;
inline constexpr std::size_t kFieldCount = std::tuple_size_v<decltype(kFieldRows)>;

inline constexpr std::array<FieldName, kFieldCount> kFields =
    std::apply([](const auto&... rows) { return std::array<FieldName, kFieldCount>{rows.names...}; }, kFieldRows);

/// The field that directives and options call so, or kFieldCount.
constexpr Field find_field(std::string_view name) {
  Field field = 0;
  while (field < kFieldCount && kFields[field].name != name) ++field;
  return field;
}

/// The field that has this key in JSON, or kFieldCount.
constexpr Field find_key(std::string_view key) {
  Field field = 0;
  while (field < kFieldCount && kFields[field].key != key) ++field;
  return field;
}

/// Those that code speaks of.
inline constexpr Field kAddr = find_field("addr"), kAnnounced = find_field("announced"), kAsn = find_field("asn"),
                       kName = find_field("name"), kCountry = find_field("country"), kFirstIp = find_field("first_ip"),
                       kLastIp = find_field("last_ip"), kHoster = find_field("hoster"),
                       kHosterClass = find_field("hoster_class");

/// A set of fields, one bit each.
using FieldSet = std::uint32_t;
static_assert(kFieldCount <= 32);

constexpr FieldSet bit(Field field) { return FieldSet{1} << field; }

/// The fields whose names fulfil `condition`.
template <class Condition>
constexpr FieldSet fields_where(Condition condition) {
  FieldSet fields = 0;
  for (Field field = 0; field < kFieldCount; ++field) {
    if (condition(kFields[field])) fields |= bit(field);
  }
  return fields;
}

inline constexpr FieldSet kDefaultFields = fields_where([](const FieldName& name) { return name.exported; });
/// Those that need the ends of the range, which cost a search more.
inline constexpr FieldSet kRangeFields = fields_where([](const FieldName& name) { return name.needs == Needs::range; });
inline constexpr FieldSet kListFields = fields_where([](const FieldName& name) { return name.needs == Needs::lists; });
/// Those that an answer to anybody has.
inline constexpr FieldSet kPublicFields = fields_where([](const FieldName& name) { return name.published; });

template <Field field>
using FieldValue = std::remove_cvref_t<decltype(std::get<field>(kFieldRows).get(std::declval<const Answer&>()))>;
/// Calls f(std::integral_constant<Field, …>) for each field, in the table's order.
template <class F>
[[gnu::always_inline]] inline void each_field(F&& f) {
  [&]<Field... field>(std::index_sequence<field...>) [[gnu::always_inline]] {
    (f(std::integral_constant<Field, field>()), ...);
  }
  (std::make_index_sequence<kFieldCount>());
}

/// Calls f(text) for each text of `answer` that lives elsewhere, and may be pointed to a copy.
template <class F>
inline void each_text(Answer& answer, F&& f) {
  each_field([&](auto field) {
    using Place = decltype(std::get<field>(kFieldRows).get(answer));
    if constexpr (std::is_same_v<Place, std::string_view&>) f(std::get<field>(kFieldRows).get(answer));
    if constexpr (std::is_same_v<Place, Names&>) f(std::get<field>(kFieldRows).get(answer).text);
  });
}

/// Calls f(value) if `answer` has a value for the field. `announced` is answer.announced.
template <Field field, class F>
[[gnu::always_inline]] inline void with_value(const Answer& answer, bool announced, F&& f) {
  constexpr const FieldName& name = kFields[field];
  constexpr bool kOnlyAnnounced = name.when == When::announced || name.when == When::perhaps_announced;
  if (kOnlyAnnounced && !announced) return;
  if (name.when == When::perhaps_unannounced && announced) return;
  const auto& value = std::get<field>(kFieldRows).get(answer);
  if constexpr (name.when != When::always && name.when != When::announced) {
    if (value.empty()) return;
  }
  f(value);
}

}  // namespace ip2asn::api
