#include "cli/answer.hh"

#include <rapidjson/writer.h>

#include <charconv>

#include "answer/answer.hh"
#include "net/special.hh"

namespace ip2asn::cli {
namespace {

using api::country_or_none;

void append(std::string& to, const Address& address) {
  char text[kMaxAddressText];
  to.append(text, format_address(address, text));
}

void append(std::string& to, std::uint32_t number) {
  char text[10];
  to.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void member(Writer& writer, std::string_view key, std::string_view value) {
  writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void member(Writer& writer, std::string_view key, const Address& address) {
  char text[kMaxAddressText];
  member(writer, key, std::string_view(text, format_address(address, text)));
}

// "15169 | 8.8.8.0-8.8.8.255 | US | GOOGLE"
void append_text(std::string& line, const Address& address, const Range& range, const Record* record) {
  if (record == nullptr) {
    line += "0 | ";
    append(line, address);
    line += " | None | Not announced";
    return;
  }
  append(line, record->asn);
  line += " | ";
  append(line, range.first);
  line += '-';
  append(line, range.last);
  line += " | ";
  line += country_or_none(record->country);
  line += " | ";
  line += record->description;
}

void append_tsv(std::string& line, const Address& address, const Range& range, const Record* record) {
  append(line, address);
  if (record == nullptr) {
    line += "\t0\t\t\tNone\tNot announced\t\t";
    return;
  }
  line += '\t';
  append(line, record->asn);
  line += '\t';
  append(line, range.first);
  line += '\t';
  append(line, range.last);
  line += '\t';
  line += country_or_none(record->country);
  line += '\t';
  line += record->description;
  line += '\t';
  line += record->hoster;
  line += '\t';
  line += record->hoster_class;
}

}  // namespace

void Answers::append(std::string& to, const Address& address, const Range& range, const Record* record) {
  switch (form_) {
    case Form::text:
      append_text(to, address, range, record);
      break;
    case Form::tsv:
      append_tsv(to, address, range, record);
      break;
    case Form::json:
      append_json(to, address, range, record);
      break;
  }
  to += '\n';
}

void Answers::append_json(std::string& to, const Address& address, const Range& range, const Record* record) {
  line_.Clear();
  Writer writer(line_);
  writer.StartObject();
  member(writer, "ip", address);
  writer.Key("announced");
  writer.Bool(record != nullptr);
  if (record != nullptr) {
    member(writer, "first_ip", range.first);
    member(writer, "last_ip", range.last);
    writer.Key("as_number");
    writer.Uint(record->asn);
    member(writer, "as_country_code", country_or_none(record->country));
    member(writer, "as_description", record->description);
    member(writer, "prefix", to_string(largest_prefix(range, address)));
    if (!record->hoster.empty()) member(writer, "hoster", record->hoster);
    if (!record->hoster_class.empty()) member(writer, "hoster_class", record->hoster_class);
  } else if (const std::string_view special = special_purpose(address); !special.empty()) {
    member(writer, "special", special);
  }
  writer.EndObject();
  to.append(line_.GetString(), line_.GetSize());
}

}  // namespace ip2asn::cli
