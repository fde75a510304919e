#include "cli/answer.hh"

#include <rapidjson/writer.h>

#include <charconv>

namespace ip2asn::cli {
namespace {

// iptoasn.com's word for "no country", which the image keeps as an empty text.
std::string_view country_or_none(std::string_view country) { return country.empty() ? "None" : country; }

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

}  // namespace

void Answers::header() { output_.write("ip\tasn\tfirst\tlast\tcountry\tdescription\thoster\n"); }

void Answers::answer(const Address& address) {
  const Address asked = unmapped(address);
  const Match match = image_.find(asked);
  switch (form_) {
    case Form::text:
      text(asked, match);
      break;
    case Form::tsv:
      tsv(asked, match);
      break;
    case Form::json:
      json(asked, match);
      break;
  }
  output_.write("\n");
}

void Answers::text(const Address& address, const Match& match) {
  std::string& line = output_.buffer();
  if (match.record == 0) {
    line += "0 | ";
    append(line, address);
    line += " | None | Not announced";
    return;
  }
  const Record record = image_.record(match.record);
  append(line, record.asn);
  line += " | ";
  append(line, match.range.first);
  line += '-';
  append(line, match.range.last);
  line += " | ";
  line += country_or_none(record.country);
  line += " | ";
  line += record.description;
}

void Answers::tsv(const Address& address, const Match& match) {
  std::string& line = output_.buffer();
  append(line, address);
  if (match.record == 0) {
    line += "\t0\t\t\tNone\tNot announced\t";
    return;
  }
  const Record record = image_.record(match.record);
  line += '\t';
  append(line, record.asn);
  line += '\t';
  append(line, match.range.first);
  line += '\t';
  append(line, match.range.last);
  line += '\t';
  line += country_or_none(record.country);
  line += '\t';
  line += record.description;
  line += '\t';
  line += record.hoster;
}

void Answers::json(const Address& address, const Match& match) {
  line_.Clear();
  Writer writer(line_);
  writer.StartObject();
  member(writer, "ip", address);
  writer.Key("announced");
  writer.Bool(match.record != 0);
  if (match.record != 0) {
    const Record record = image_.record(match.record);
    member(writer, "first_ip", match.range.first);
    member(writer, "last_ip", match.range.last);
    writer.Key("as_number");
    writer.Uint(record.asn);
    member(writer, "as_country_code", country_or_none(record.country));
    member(writer, "as_description", record.description);
    member(writer, "prefix", to_string(largest_prefix(match.range, address)));
    if (!record.hoster.empty()) member(writer, "hoster", record.hoster);
  }
  writer.EndObject();
  output_.write({line_.GetString(), line_.GetSize()});
}

}  // namespace ip2asn::cli
