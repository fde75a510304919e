// What is added to a line of a log, and how.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hh"
#include "base/result.hh"
#include "cli/annotate_find.hh"
#include "cli/annotate_json.hh"
#include "index/image.hh"

namespace ip2asn::cli {

enum class LogField { line, ip, asn, name, country, hoster, hoster_class, first, last, prefix };

/// What a field is called; in the order of LogField.
struct LogFieldName {
  LogField field;
  std::string_view name;      ///< in --fields, --format and the TSV header
  std::string_view json_key;  ///< as 'ip2asn lookup --json' has it
};

inline constexpr LogFieldName kLogFieldNames[] = {
    {LogField::line, "line", "line"},
    {LogField::ip, "ip", "ip"},
    {LogField::asn, "asn", "as_number"},
    {LogField::name, "name", "as_description"},
    {LogField::country, "country", "as_country_code"},
    {LogField::hoster, "hoster", "hoster"},
    {LogField::hoster_class, "class", "hoster_class"},
    {LogField::first, "first", "first_ip"},
    {LogField::last, "last", "last_ip"},
    {LogField::prefix, "prefix", "prefix"},
};

inline const LogFieldName& names_of(LogField field) { return kLogFieldNames[static_cast<std::size_t>(field)]; }

/// How an annotated line is written. Immutable once made; may be used by any number of threads.
struct LogFormat {
  enum class Form { append, tsv, json, pattern };
  struct Part {
    std::string text;  ///< before the field
    std::optional<LogField> field;
  };

  Form form = Form::append;
  std::vector<LogField> fields = {LogField::asn, LogField::country, LogField::hoster, LogField::name};
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
  struct Known {
    std::optional<Address> address;
    Match match;  ///< its range only when the format has a field that tells of it
    Record record;
  };

  Known know(const Address& address) const;
  void write_line(std::string_view line, const LogEntry& entry, std::string& out);
  bool write_members(std::string_view line, const std::optional<Address>& address, std::string& out);
  void members(const Known& known, std::string_view line, std::string& out) const;
  /// All fields, as the forms append and tsv have them.
  void fields(const Known& known, std::string& out) const;
  std::string_view fields_of(RecordId id);
  void plain(LogField field, const Known& known, std::string_view line, std::string& out) const;
  void appended(LogField field, const Known& known, std::string& out) const;

  const Image& image_;
  const LogFormat& format_;
  const bool ranges_ = needs_range(format_);
  // The fields of a record, where they are the same for all of its addresses: written once for many lines. Some
  // megabytes when all records have come.
  std::vector<std::string> fields_ = std::vector<std::string>(same_for_record(format_) ? image_.record_count() : 0);

  std::vector<JsonMember> members_;  // of one line
  std::string anonymous_;            // one line

  static bool needs_range(const LogFormat& format);
  static bool same_for_record(const LogFormat& format);
};

}  // namespace ip2asn::cli
