// The look-up API's answers: what they say, and how JSON and plain text say it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hh"
#include "index/image.hh"
#include "net/address.hh"

namespace ip2asn::api {

/// What is known of one address. The texts point into the image, or are static.
struct Answer {
  Address address;         ///< IPv4-mapped addresses as IPv4
  bool announced = false;  ///< the fields below, but for `special`, are of use only then
  Range range;             ///< of the database, around the address
  Record record;
  std::string_view special;  ///< not announced: see special_purpose(); empty for ordinary addresses
};
Answer answer_for(const Image& image, const Address& address) noexcept;

/// What is known of an AS: its record that covers most, for they may differ. The texts point into the image.
struct AsSummary {
  std::uint32_t asn = 0;
  bool known = false;        ///< it announces something; else country is "None" and description "Not found"
  std::string_view country;  ///< "None" where the registry gives none
  std::string_view description;
  std::string_view hoster;  ///< empty for none
  std::string_view hoster_class;
};
AsSummary summary_of(const Image& image, std::uint32_t asn) noexcept;

/// iptoasn.com's word for "no country", which the image keeps as an empty text.
inline std::string_view country_or_none(std::string_view country) { return country.empty() ? "None" : country; }

void write(JsonText& json, const Answer& answer);
void write(JsonText& json, const AsSummary& summary);
/// "'…' ": a request's own words as an error may repeat them: made clean (see repair_text), and the start alone of
/// what is long.
std::string quoted(std::string_view text);

/// An entry of a bulk request that is no address.
void write_bad_entry(JsonText& json, std::string_view text, std::string_view why);
/// {"error": "…"}
void write_error(JsonText& json, std::string_view reason);

/// Appends "15169 | 8.8.8.0-8.8.8.255 | US | GOOGLE" or "0 | <ip> | None | Not announced", without a newline.
void append(std::string& text, const Answer& answer);
/// Appends "15169 | US | GOOGLE", without a newline.
void append(std::string& text, const AsSummary& summary);

void append(std::string& text, const Address& address);
void append(std::string& text, const Prefix& prefix);
void append(std::string& text, std::uint32_t number);

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
