#include "cli/annotate_format.hh"

#include <algorithm>
#include <charconv>

#include "base/text.hh"
#include "cli/annotate_address.hh"

namespace ip2asn::cli {
namespace {

std::optional<LogField> field_of(std::string_view name) {
  for (const LogFieldName& each : kLogFieldNames) {
    if (each.name == name) return each.field;
  }
  return std::nullopt;
}

Error unknown(std::string_view name) {
  return {Errc::argument, "there is no field '" + std::string(name) +
                              "'; the fields are ip, asn, name, country, hoster, class, first, last, prefix and line"};
}

void append(std::string& to, const Address& address) {
  char text[kMaxAddressText];
  to.append(text, format_address(address, text));
}

bool tells_range(LogField field) {
  return field == LogField::first || field == LogField::last || field == LogField::prefix;
}

// A name between quotes, such that its end can be told.
void append_quoted(std::string& to, std::string_view text) {
  to += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') to += '\\';
    to += c;
  }
  to += '"';
}

// The range, widened to what is told of addresses.
Range anonymized(const Range& range) {
  Range wide{cli::anonymized(range.first), cli::anonymized(range.last)};
  if (wide.last.family == Family::v4) {
    wide.last.lo |= 0xFF;
  } else {
    wide.last.hi |= 0xFFFF;
    wide.last.lo = ~std::uint64_t{0};
  }
  return wide;
}

}  // namespace

Result<std::vector<LogField>> LogFormat::parse_fields(std::string_view names) {
  std::vector<LogField> fields;
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(',', at), names.size());
    const std::string_view name = names.substr(at, end - at);
    const std::optional<LogField> field = field_of(name);
    if (!field || *field == LogField::line) return unknown(name);
    fields.push_back(*field);
    at = end + 1;
  }
  return fields;
}

Result<std::vector<LogFormat::Part>> LogFormat::parse_pattern(std::string_view pattern) {
  std::vector<Part> parts(1);
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const std::string_view two = pattern.substr(at, 2);
    std::string& text = parts.back().text;
    if (two == "%{") {
      const std::size_t end = pattern.find('}', at);
      const std::string_view name = pattern.substr(at + 2, end == std::string_view::npos ? end : end - at - 2);
      parts.back().field = field_of(name);
      if (end == std::string_view::npos || !parts.back().field) return unknown(name);
      parts.emplace_back();
      at = end;
    } else if (two == "%%" || two == "\\\\" || two == "\\t" || two == "\\n") {
      text += two == "\\t" ? '\t' : two == "\\n" ? '\n' : two[1];
      ++at;
    } else if (pattern[at] == '%') {
      return Error{Errc::argument, "a % stands alone; fields are written %{asn}, a per cent sign %%"};
    } else {
      text += pattern[at];
    }
  }
  return parts;
}

std::string LogFormat::header() const {
  std::string text;
  for (const LogField field : fields) text += std::string(names_of(field).name) + '\t';
  return text + "line\n";
}

bool LineWriter::needs_range(const LogFormat& format) {
  if (format.form != LogFormat::Form::pattern) {
    return std::any_of(format.fields.begin(), format.fields.end(), tells_range);
  }
  return std::any_of(format.parts.begin(), format.parts.end(),
                     [](const LogFormat::Part& part) { return part.field && tells_range(*part.field); });
}

bool LineWriter::same_for_record(const LogFormat& format) {
  return (format.form == LogFormat::Form::append || format.form == LogFormat::Form::tsv) &&
         std::none_of(format.fields.begin(), format.fields.end(),
                      [](LogField field) { return field == LogField::ip || tells_range(field); });
}

LineWriter::Known LineWriter::know(const Address& address) const {
  Known known;
  known.address = unmapped(address);
  if (ranges_) {
    known.match = image_.find(*known.address);
  } else {
    known.match.record = image_.lookup(*known.address);
  }
  known.record = image_.record(known.match.record);
  if (format_.anonymize) {
    known.address = cli::anonymized(*known.address);
    if (ranges_ && known.match.record != 0) known.match.range = anonymized(known.match.range);
  }
  return known;
}

void LineWriter::fields(const Known& known, std::string& out) const {
  for (const LogField field : format_.fields) {
    if (format_.form == LogFormat::Form::append) {
      out += ' ';
      appended(field, known, out);
    } else {
      plain(field, known, {}, out);
      out += '\t';
    }
  }
}

std::string_view LineWriter::fields_of(RecordId id) {
  std::string& text = fields_[id];
  if (text.empty()) {
    Known known;
    known.address.emplace();
    known.match.record = id;
    known.record = image_.record(id);
    fields(known, text);
  }
  return text;
}

void LineWriter::write(std::string_view line, const LogEntry& entry, std::string& out) {
  if (!format_.anonymize) return write_line(line, entry, out);
  anonymous_.clear();
  anonymize(line, anonymous_);
  write_line(anonymous_, entry, out);
}

void LineWriter::write_line(std::string_view line, const LogEntry& entry, std::string& out) {
  const std::optional<Address>& address = entry.address;
  const bool adds = format_.form == LogFormat::Form::append || format_.form == LogFormat::Form::json;
  if (format_.form == LogFormat::Form::append && entry.comment) {
    out += line;
    out += '\n';
    return;
  }
  if (adds && write_members(line, address, out)) return;
  Known known;
  std::string_view ready;
  if (!fields_.empty()) {
    ready = fields_of(address ? image_.lookup(unmapped(*address)) : 0);
  } else if (address) {
    known = know(*address);
  }
  const auto write_fields = [&] {
    if (ready.empty()) {
      fields(known, out);
    } else {
      out += ready;
    }
  };
  switch (format_.form) {
    case LogFormat::Form::append: {
      // A line from Windows ends after what is added, too.
      const bool carriage = line.ends_with('\r');
      out += line.substr(0, line.size() - carriage);
      write_fields();
      if (carriage) out += '\r';
      break;
    }
    case LogFormat::Form::tsv:
      write_fields();
      out += line;
      break;
    case LogFormat::Form::json:
      members(known, line, out);
      break;
    case LogFormat::Form::pattern:
      for (const LogFormat::Part& part : format_.parts) {
        out += part.text;
        if (!part.field) continue;
        const std::size_t before = out.size();
        plain(*part.field, known, line, out);
        if (out.size() == before && *part.field != LogField::line) out += '-';
      }
      break;
  }
  out += '\n';
}

// Nothing where nothing is known.
void LineWriter::plain(LogField field, const Known& known, std::string_view line, std::string& out) const {
  if (field == LogField::line) out += line;
  if (!known.address) return;
  if (field == LogField::ip) append(out, *known.address);
  if (known.match.record == 0) return;
  switch (field) {
    case LogField::line:
    case LogField::ip:
      break;
    case LogField::asn: {
      char text[10];
      out.append(text, std::to_chars(text, text + sizeof text, known.record.asn).ptr);
      break;
    }
    case LogField::name:
      out += known.record.description;
      break;
    case LogField::country:
      out += known.record.country;
      break;
    case LogField::hoster:
      out += known.record.hoster;
      break;
    case LogField::hoster_class:
      out += known.record.hoster_class;
      break;
    case LogField::first:
      append(out, known.match.range.first);
      break;
    case LogField::last:
      append(out, known.match.range.last);
      break;
    case LogField::prefix:
      out += to_string(largest_prefix(known.match.range, *known.address));
      break;
  }
}

void LineWriter::appended(LogField field, const Known& known, std::string& out) const {
  const bool announced = known.address && known.match.record != 0;
  if (field == LogField::name && announced) {
    append_quoted(out, known.record.description);
    return;
  }
  if (field == LogField::asn && announced) out += "AS";
  const std::size_t before = out.size();
  plain(field, known, {}, out);
  if (out.size() == before) out += '-';
}

}  // namespace ip2asn::cli
