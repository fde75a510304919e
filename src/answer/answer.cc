#include "answer/answer.hh"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "answer/bulk.hh"
#include "base/text.hh"
#include "net/special.hh"

namespace ip2asn::api {
namespace {

constexpr std::string_view kNotAnnounced = "Not announced";

template <std::size_t Size>
[[gnu::always_inline]] inline void address(JsonText& json, const char (&key)[Size], const Address& value) {
  json.plain_member(key, kMaxAddressText, [&](char* out) { return format_address(value, out); });
}

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

Answer answer_for(const Image& image, const Address& asked) noexcept {
  Answer answer;
  answer.address = unmapped(asked);
  const Match match = image.find(answer.address);
  answer.announced = match.record != 0;
  answer.range = match.range;
  if (answer.announced) {
    answer.record = image.record(match.record);
  } else {
    answer.special = special_purpose(answer.address);
  }
  return answer;
}

AsSummary summary_of(const Image& image, std::uint32_t asn) noexcept {
  const auto records = image.records_of(asn);
  if (records.empty()) return {asn, false, "None", "Not found", {}, {}};
  // Records are numbered by the space that they cover.
  const Record record = image.record(records.front());
  return {asn, true, country_or_none(record.country), record.description, record.hoster, record.hoster_class};
}

void write(JsonText& json, const Answer& answer) {
  json.begin_object();
  address(json, "ip", answer.address);
  json.member("announced", answer.announced);
  if (answer.announced) {
    address(json, "first_ip", answer.range.first);
    address(json, "last_ip", answer.range.last);
    json.member("as_number", answer.record.asn);
    json.plain_member("as_country_code", country_or_none(answer.record.country));
    json.member("as_description", answer.record.description);
    json.plain_member("prefix", kMaxPrefixText,
                      [&](char* out) { return format_prefix(largest_prefix(answer.range, answer.address), out); });
    if (!answer.record.hoster.empty()) {
      json.member("hoster", answer.record.hoster);
      json.member("hoster_class", answer.record.hoster_class);
    }
  } else if (!answer.special.empty()) {
    json.member("special", answer.special);
  }
  json.end_object();
}

void write(JsonText& json, const AsSummary& summary) {
  json.begin_object();
  json.member("as_number", summary.asn);
  json.member("as_country_code", summary.country);
  json.member("as_description", summary.description);
  if (!summary.hoster.empty()) {
    json.member("hoster", summary.hoster);
    json.member("hoster_class", summary.hoster_class);
  }
  json.end_object();
}

std::string quoted(std::string_view text) { return '\'' + repair_text(text, Batch::kMaxShown).text + "' "; }

void write_bad_entry(JsonText& json, std::string_view text, std::string_view why) {
  json.begin_object();
  json.member("ip", text);
  json.member("announced", false);
  json.member("error", why);
  json.end_object();
}

void write_error(JsonText& json, std::string_view reason) {
  json.begin_object();
  json.member("error", reason);
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
    text += " | None | Not announced";
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
  constexpr std::size_t kNumber = 10, kCountry = 6, kNewline = 1;
  return kNumber + 2 * kDivider.size() + std::max(width_, Batch::kMaxShown) + kMaxDescription + kCountry + kNewline;
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
