// How answers are written: as JSON, plain text, and TSV. Each form is written here and nowhere else; pages take their
// cells from here, too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "answer/answer.hh"
#include "answer/error_code.hh"
#include "answer/fields.hh"
#include "base/json.hh"

namespace ip2asn::api {

/// The object that the endpoint gives anybody: the published fields that the answer has.
void write(JsonText& json, const Answer& answer);
/// The same with the fields that are not published.
void write_all(JsonText& json, const Answer& answer);
void write(JsonText& json, const AsSummary& summary);
/// The member of one field in an object, with `prefix` before its key; nothing when the answer has no such value.
void write_member(JsonText& json, const Answer& answer, Field field, std::string_view prefix);

/// "'…' ": a request's own words as an error may repeat them: made clean (see repair_text), and the start alone of
/// what is long.
std::string quoted(std::string_view text);
/// An entry of a bulk request that is not a valid address.
void write_bad_entry(JsonText& json, std::string_view text, std::string_view why);
/// {"error": "…", "code": "…"}: the reason for people, the code for programs.
void write_error(JsonText& json, ErrorCode code, std::string_view reason);

/// Appends "15169 | 8.8.8.0-8.8.8.255 | US | GOOGLE" or "0 | <ip> | None | Not announced", without a newline.
void append(std::string& text, const Answer& answer);
/// Appends "15169 | US | GOOGLE", without a newline.
void append(std::string& text, const AsSummary& summary);

void append(std::string& text, const Address& address);
void append(std::string& text, const Prefix& prefix);
void append(std::string& text, std::uint32_t number);

/// Appends the text of one field, as a variable and a cell of TSV have it: nothing when the answer has no such value.
void append(std::string& text, const Answer& answer, Field field);

/// The columns of an answer in TSV: all fields. Who reads columns by number finds those that were first where they
/// were; a field more is a column more at the end.
inline constexpr std::array<Field, kFieldCount> kTsvFields = [] {
  constexpr Field kFirst[] = {kAddr, kAsn, kFirstIp, kLastIp, kCountry, kName, kHoster, kHosterClass};
  std::array<Field, kFieldCount> fields{};
  std::size_t count = 0;
  FieldSet used = 0;
  for (const Field field : kFirst) {
    fields[count++] = field;
    used |= bit(field);
  }
  for (Field field = 0; field < kFieldCount; ++field) {
    if ((used & bit(field)) == 0) fields[count++] = field;
  }
  return fields;
}();
/// The texts of `fields`, divided by tabs; and the names of these columns. Both without a newline.
void append_tsv(std::string& text, const Answer& answer, std::span<const Field> fields);
std::string tsv_header(std::span<const Field> fields);

/// The longest text of a prefix.
inline constexpr std::size_t kMaxPrefixText = kMaxAddressText + 4;
/// Writes `prefix` to `out`, which has room for kMaxPrefixText bytes; returns its length. Writes no end mark.
std::size_t format_prefix(const Prefix& prefix, char* out) noexcept;

/// The rows of a bulk answer in plain text: "%-8s | %-20s | NAME, CC" and a newline, the second column as wide as the
/// longest address or text that was asked for.
class BulkRows {
 public:
  explicit BulkRows(std::size_t longest) noexcept : width_(longest > 20 ? longest : 20) {}

  /// The most bytes that a row of these takes.
  std::size_t room() const noexcept;
  /// Write a row to `out`, which has so much room; return its end.
  char* announced(char* out, const Address& address, const Record& record) const noexcept;
  char* unknown(char* out, const Address& address) const noexcept;
  char* bad(char* out, std::string_view text, std::string_view why) const noexcept;

 private:
  std::size_t width_;
};

}  // namespace ip2asn::api
