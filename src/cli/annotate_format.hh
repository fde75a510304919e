// What is added to a line of a log, and how.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hh"
#include "base/result.hh"
#include "index/image.hh"

namespace ip2asn::cli {

enum class LogField { line, ip, asn, name, country, hoster, hoster_class, first, last, prefix };

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

  /// Appends to `out` the line, which comes without its end, with what is known of the address in it.
  void write(std::string_view line, const std::optional<Address>& address, std::string& out);

 private:
  struct Known {
    std::optional<Address> address;
    Match match;  ///< its range only when the format has a field that tells of it
    Record record;
  };

  Known know(const Address& address) const;
  /// All fields, as the forms append and tsv have them.
  void fields(const Known& known, std::string& out) const;
  std::string_view fields_of(RecordId id);
  void plain(LogField field, const Known& known, std::string_view line, std::string& out) const;
  void appended(LogField field, const Known& known, std::string& out) const;
  void json(const Known& known, std::string_view line, std::string& out) const;

  const Image& image_;
  const LogFormat& format_;
  const bool ranges_ = needs_range(format_);
  // The fields of a record, where they are the same for all of its addresses: written once for many lines. Some
  // megabytes when all records have come.
  std::vector<std::string> fields_ = std::vector<std::string>(same_for_record(format_) ? image_.record_count() : 0);

  static bool needs_range(const LogFormat& format);
  static bool same_for_record(const LogFormat& format);
};

}  // namespace ip2asn::cli
