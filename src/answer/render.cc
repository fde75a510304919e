#include "answer/render.hh"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "answer/bulk.hh"
#include "base/text.hh"

namespace ip2asn::api {
namespace {

constexpr std::string_view kNotAnnounced = "Not announced";
constexpr std::string_view kNoCountry = kFields[kCountry].unknown;

std::string_view country_or_none(std::string_view country) { return country.empty() ? kNoCountry : country; }

// One member of a value, however its key is given.
template <Field field>
[[gnu::always_inline]] inline void member(JsonText& json, const Answer& answer, bool announced) {
  constexpr std::string_view key = kFields[field].key;
  with_value<field>(answer, announced, [&](const auto& value) [[gnu::always_inline]] {
    using Value = FieldValue<field>;
    if constexpr (std::is_same_v<Value, Address>) {
      json.plain_member(key, kMaxAddressText, [&](char* out) { return format_address(value, out); });
    } else if constexpr (std::is_same_v<Value, Prefix>) {
      json.plain_member(key, kMaxPrefixText, [&](char* out) { return format_prefix(value, out); });
    } else if constexpr (std::is_same_v<Value, Names>) {
      json.key(key);
      json.begin_array();
      value.each([&](std::string_view name) { json.string(name); });
      json.end_array();
    } else if constexpr (!kFields[field].unknown.empty()) {
      json.member(key, value.empty() ? kFields[field].unknown : value);
    } else {
      json.member(key, value);
    }
  });
}

template <FieldSet fields>
void write_fields(JsonText& json, const Answer& answer) {
  const bool announced = answer.announced;
  json.begin_object();
  each_field([&](auto field) [[gnu::always_inline]] {
    if constexpr ((fields & bit(field)) != 0) member<field>(json, answer, announced);
  });
  json.end_object();
}

template <Field field>
void write_one(JsonText& json, const Answer& answer, std::string_view prefix) {
  with_value<field>(answer, answer.announced, [&](const auto& value) {
    using Value = FieldValue<field>;
    if (prefix.empty()) {
      json.key(kFields[field].key);
    } else {
      json.text_key(std::string(prefix) + std::string(kFields[field].key));
    }
    if constexpr (std::is_same_v<Value, Address> || std::is_same_v<Value, Prefix>) {
      json.plain_string(to_string(value));
    } else if constexpr (std::is_same_v<Value, Names>) {
      json.begin_array();
      value.each([&](std::string_view name) { json.string(name); });
      json.end_array();
    } else if constexpr (std::is_same_v<Value, bool>) {
      json.boolean(value);
    } else if constexpr (std::is_same_v<Value, std::uint32_t>) {
      json.number(value);
    } else {
      json.string(value.empty() ? kFields[field].unknown : value);
    }
  });
}

template <Field field>
void append_one(std::string& text, const Answer& answer) {
  if (!answer.announced) text += kFields[field].unannounced;
  with_value<field>(answer, answer.announced, [&](const auto& value) {
    using Value = FieldValue<field>;
    if constexpr (std::is_same_v<Value, bool>) {
      text += value ? '1' : '0';
    } else if constexpr (std::is_same_v<Value, Names>) {
      text += value.text;
    } else if constexpr (std::is_same_v<Value, std::string_view>) {
      text += value;
    } else {
      append(text, value);
    }
  });
}

// For a field that is known only when the program runs.
constexpr auto kWriters = []<Field... field>(std::index_sequence<field...>) { return std::array{&write_one<field>...}; }
(std::make_index_sequence<kFieldCount>());
constexpr auto kAppenders = []<Field... field>(std::index_sequence<field...>) {
  return std::array{&append_one<field>...};
}
(std::make_index_sequence<kFieldCount>());

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// Blanks from `out` up to the column's end, where that is not behind it.
char* pad(char* out, const char* end) {
  while (out < end) *out++ = ' ';
  return out;
}

constexpr std::size_t kNumberWidth = 8;
constexpr std::string_view kDivider = " | ";

}  // namespace

void write(JsonText& json, const Answer& answer) { write_fields<kPublicFields>(json, answer); }

void write_all(JsonText& json, const Answer& answer) { write_fields<~FieldSet{0}>(json, answer); }

void write_member(JsonText& json, const Answer& answer, Field field, std::string_view prefix) {
  kWriters[field](json, answer, prefix);
}

void append(std::string& text, const Answer& answer, Field field) { kAppenders[field](text, answer); }

void append_tsv(std::string& text, const Answer& answer, std::span<const Field> fields) {
  bool first = true;
  for (const Field field : fields) {
    if (!first) text += '\t';
    first = false;
    append(text, answer, field);
  }
}

std::string tsv_header(std::span<const Field> fields) {
  std::string text;
  for (const Field field : fields) {
    if (!text.empty()) text += '\t';
    text += kFields[field].key;
  }
  return text;
}

void write(JsonText& json, const AsSummary& summary) {
  json.begin_object();
  json.member(kFields[kAsn].key, summary.asn);
  json.member(kFields[kCountry].key, summary.country);
  json.member(kFields[kName].key, summary.description);
  if (!summary.hoster.empty()) {
    json.member(kFields[kHoster].key, summary.hoster);
    json.member(kFields[kHosterClass].key, summary.hoster_class);
  }
  json.end_object();
}

std::string quoted(std::string_view text) { return '\'' + repair_text(text, Batch::kMaxShown).text + "' "; }

void write_bad_entry(JsonText& json, std::string_view text, std::string_view why) {
  json.begin_object();
  json.member(kFields[kAddr].key, text);
  json.member(kFields[kAnnounced].key, false);
  json.member("error", why);
  json.member("code", name_of(text.empty() ? ErrorCode::missing_address : ErrorCode::bad_address));
  json.end_object();
}

void write_error(JsonText& json, ErrorCode code, std::string_view reason) {
  json.begin_object();
  json.member("error", reason);
  json.member("code", name_of(code));
  json.end_object();
}

void append(std::string& text, const Address& value) {
  char made[kMaxAddressText];
  text.append(made, format_address(value, made));
}

std::size_t format_prefix(const Prefix& prefix, char* out) noexcept {
  char* end = out + format_address(prefix.address, out);
  *end++ = '/';
  return static_cast<std::size_t>(std::to_chars(end, end + 3, prefix.length).ptr - out);
}

void append(std::string& text, const Prefix& prefix) {
  char made[kMaxPrefixText];
  text.append(made, format_prefix(prefix, made));
}

void append(std::string& text, std::uint32_t number) {
  char made[10];
  text.append(made, std::to_chars(made, made + sizeof made, number).ptr);
}

void append(std::string& text, const Answer& answer) {
  if (!answer.announced) {
    text += "0 | ";
    append(text, answer.address);
    text += kDivider;
    text += kNoCountry;
    text += kDivider;
    text += kNotAnnounced;
    return;
  }
  append(text, answer.record.asn);
  text += kDivider;
  append(text, answer.range.first);
  text += '-';
  append(text, answer.range.last);
  text += kDivider;
  text += country_or_none(answer.record.country);
  text += kDivider;
  text += answer.record.description;
}

void append(std::string& text, const AsSummary& summary) {
  append(text, summary.asn);
  text += kDivider;
  text += summary.country;
  text += kDivider;
  text += summary.description;
}

std::size_t BulkRows::room() const noexcept {
  constexpr std::size_t kNumber = 10, kCountryPart = 6, kNewline = 1;
  return kNumber + 2 * kDivider.size() + std::max(width_, Batch::kMaxShown) + kMaxDescription + kCountryPart + kNewline;
}

char* BulkRows::announced(char* out, const Address& value, const Record& record) const noexcept {
  char* const column = pad(std::to_chars(out, out + 10, record.asn).ptr, out + kNumberWidth);
  char* const second = put(column, kDivider);
  out = pad(second + format_address(value, second), second + width_);
  out = put(put(out, kDivider), record.description);
  out = put(put(out, ", "), country_or_none(record.country));
  *out++ = '\n';
  return out;
}

char* BulkRows::unknown(char* out, const Address& value) const noexcept {
  char* const second = put(out, "-        | ");
  out = pad(second + format_address(value, second), second + width_);
  out = put(put(out, kDivider), kNotAnnounced);
  *out++ = '\n';
  return out;
}

char* BulkRows::bad(char* out, std::string_view text, std::string_view why) const noexcept {
  char* const second = put(out, "-        | ");
  out = pad(put(second, text), second + width_);
  out = put(put(out, kDivider), "error: ");
  out = put(out, why);
  *out++ = '\n';
  return out;
}

}  // namespace ip2asn::api
