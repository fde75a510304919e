// What is added to a line of a log, and how.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "answer/fields.hh"
#include "base/json.hh"
#include "base/result.hh"
#include "cli/annotate_find.hh"
#include "cli/annotate_json.hh"
#include "index/image.hh"

namespace ip2asn::cli {

/// A field of an answer, or the line itself.
using LogField = api::Field;
inline constexpr LogField kLine = api::kFieldCount;

/// What --fields takes, divided by commas and blanks.
std::string field_names();

/// How an annotated line is written. Immutable once made; may be used by any number of threads.
struct LogFormat {
  enum class Form { append, tsv, json, pattern };
  struct Part {
    std::string text;  ///< before the field
    std::optional<LogField> field;
  };

  Form form = Form::append;
  std::vector<LogField> fields = {api::kAsn, api::kCountry, api::kHoster, api::kName};
  std::vector<Part> parts;  ///< of a pattern
  std::string json_prefix;  ///< before the names of members
  bool anonymize = false;   ///< addresses are written without their last octet, or last 80 bits

  /// "asn,country": names divided by commas.
  static Result<std::vector<LogField>> parse_fields(std::string_view names);
  /// "%{ip} AS%{asn}"; %% is a per cent sign, \t and \n are a tab and a newline.
  static Result<std::vector<Part>> parse_pattern(std::string_view pattern);

  /// The names of the TSV columns, as a line.
  std::string header() const;
};

/// Writes annotated lines for one thread. The image and the format outlive it.
class LineWriter {
 public:
  LineWriter(const Image& image, const LogFormat& format) : image_(image), format_(format) {}

  /// Appends to `out` the line, which comes without its end, with what is known of the address in it. A line that is a
  /// JSON object, perhaps behind the head of syslog or the like, is one afterwards, with members more.
  void write(std::string_view line, const LogEntry& entry, std::string& out);

 private:
  /// Nothing where there is no address. With range and lists only when the format has a field that tells of them.
  using Known = std::optional<api::Answer>;

  Known know(const Address& address);
  void write_line(std::string_view line, const LogEntry& entry, std::string& out);
  bool write_members(std::string_view line, const std::optional<Address>& address, std::string& out);
  void members(const Known& known, std::string_view line, std::string& out) const;
  /// All fields, as the forms append and tsv have them.
  void fields(const Known& known, std::string& out) const;
  std::string_view fields_of_record(RecordId id);
  static void appended(LogField field, const Known& known, std::string& out);

  const Image& image_;
  const LogFormat& format_;
  const api::FieldSet needed_ = fields_of(format_);
  // The fields of a record, where they are the same for all of its addresses: written once for many lines. Some
  // megabytes when all records have come.
  std::vector<std::string> fields_ = std::vector<std::string>(same_for_record(format_) ? image_.record_count() : 0);

  std::vector<JsonMember> members_;  // of one line
  std::string anonymous_;            // one line
  std::string lists_;                // of one answer

  static api::FieldSet fields_of(const LogFormat& format);
  static bool same_for_record(const LogFormat& format);
};

}  // namespace ip2asn::cli
