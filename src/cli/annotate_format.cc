#include "cli/annotate_format.hh"

#include <algorithm>

#include "answer/render.hh"
#include "base/text.hh"
#include "cli/annotate_address.hh"

namespace ip2asn::cli {
namespace {

// By its name in directives, or the one in JSON and TSV.
std::optional<LogField> field_of(std::string_view name) {
  if (name == "line") return kLine;
  for (const LogField field : {api::find_field(name), api::find_key(name)}) {
    if (field != api::kFieldCount) return field;
  }
  return std::nullopt;
}

Error unknown(std::string_view name) {
  return {Errc::argument,
          "there is no field '" + std::string(name) + "'; the fields are " + field_names() + ", and in a pattern line"};
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

// The text of a field, or a hyphen where there is none: also for the AS number where nobody announces the address.
void or_hyphen(LogField field, const std::optional<api::Answer>& known, std::string& out) {
  const std::size_t before = out.size();
  if (known && (field != api::kAsn || known->announced)) api::append(out, *known, field);
  if (out.size() == before) out += '-';
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

std::string field_names() {
  std::string names;
  for (const api::FieldName& field : api::kFields) names += (names.empty() ? "" : ", ") + std::string(field.name);
  return names;
}

Result<std::vector<LogField>> LogFormat::parse_fields(std::string_view names) {
  std::vector<LogField> fields;
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(',', at), names.size());
    const std::string_view name = names.substr(at, end - at);
    const std::optional<LogField> field = field_of(name);
    if (!field || *field == kLine) return unknown(name);
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

std::string LogFormat::header() const { return api::tsv_header(fields) + "\tline\n"; }

api::FieldSet LineWriter::fields_of(const LogFormat& format) {
  api::FieldSet set = 0;
  if (format.form != LogFormat::Form::pattern) {
    for (const LogField field : format.fields) set |= api::bit(field);
  }
  for (const LogFormat::Part& part : format.parts) {
    if (part.field && *part.field != kLine) set |= api::bit(*part.field);
  }
  return set;
}

bool LineWriter::same_for_record(const LogFormat& format) {
  const api::FieldSet of_record = api::fields_where([](const api::FieldName& name) {
    return name.needs == api::Needs::record && name.when != api::When::perhaps_unannounced;
  });
  return (format.form == LogFormat::Form::append || format.form == LogFormat::Form::tsv) &&
         (fields_of(format) & ~(of_record & ~api::bit(api::kAddr))) == 0;
}

LineWriter::Known LineWriter::know(const Address& address) {
  Known known;
  if ((needed_ & api::kListFields) != 0) {
    known = api::answer_with_lists(image_, address, lists_);
  } else if ((needed_ & api::kRangeFields) != 0) {
    known = api::answer_for(image_, address);
  } else {
    known = api::answer_without_range(image_, address);
  }
  if (format_.anonymize) {
    known->address = cli::anonymized(known->address);
    if (known->announced) known->range = anonymized(known->range);
  }
  return known;
}

void LineWriter::fields(const Known& known, std::string& out) const {
  if (format_.form == LogFormat::Form::append) {
    for (const LogField field : format_.fields) {
      out += ' ';
      appended(field, known, out);
    }
  } else if (known) {
    api::append_tsv(out, *known, format_.fields);
    out += '\t';
  } else {
    out.append(format_.fields.size(), '\t');
  }
}

std::string_view LineWriter::fields_of_record(RecordId id) {
  std::string& text = fields_[id];
  if (text.empty()) {
    Known known(std::in_place);
    known->announced = id != 0;
    if (id != 0) known->record = image_.record(id);
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
  if (address && !fields_.empty()) {
    ready = fields_of_record(image_.lookup(unmapped(*address)));
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
        if (*part.field == kLine) {
          out += line;
        } else {
          or_hyphen(*part.field, known, out);
        }
      }
      break;
  }
  out += '\n';
}

void LineWriter::appended(LogField field, const Known& known, std::string& out) {
  if (field == api::kName && known && known->announced) {
    append_quoted(out, known->record.description);
    return;
  }
  if (field == api::kAsn && known && known->announced) out += "AS";
  or_hyphen(field, known, out);
}

}  // namespace ip2asn::cli
