// Annotated lines as JSON.
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

#include "answer/render.hh"
#include "base/text.hh"
#include "cli/annotate_format.hh"

namespace ip2asn::cli {
namespace {

// JSON is UTF-8, which lines of logs need not be.
std::string utf8(std::string_view line) {
  std::string text;
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  for (auto at = line.begin(); at != line.end();) {
    const auto end = std::find_if_not(at, line.end(), ascii);
    text.append(at, end);
    at = std::find_if(end, line.end(), ascii);
    const std::string_view beyond(end, at);
    if (!beyond.empty()) text += clean_text(beyond);
  }
  return text;
}

bool is_strict_json(std::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::BaseReaderHandler<> ignores;
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag;
  return !reader.Parse<kFlags>(stream, ignores).IsError();
}

}  // namespace

// Everything that is known as an object; with the line, too, where it is not an object itself.
void LineWriter::members(const Known& known, std::string_view line, std::string& out) const {
  JsonText text;
  text.begin_object();
  if (line.data() != nullptr) {
    text.key("line");
    text.string(utf8(line));
  }
  if (known) {
    api::write_member(text, *known, api::kAnnounced, format_.json_prefix);
    for (const LogField field : format_.fields) {
      if (field != api::kAnnounced) api::write_member(text, *known, field, format_.json_prefix);
    }
  }
  text.end_object();
  out += text.text();
}

// Adds members to a line that is an object; false for any other. With --json the output is strict JSON: what is not, or
// has something before it, becomes a string there.
bool LineWriter::write_members(std::string_view line, const std::optional<Address>& address, std::string& out) {
  const bool carriage = line.ends_with('\r');
  std::string_view text = line.substr(0, line.size() - carriage);
  if (!text.ends_with('}')) return false;
  const std::size_t head = head_size(text);
  std::string_view object = text.substr(head);
  const bool strict = format_.form == LogFormat::Form::json;
  if (!object.starts_with('{') || json_object(object, members_) != object.size()) return false;
  if (strict && (text[0] != '{' || !is_strict_json(object))) return false;
  std::string added;
  members(address ? know(*address) : Known(), {}, added);
  const std::string_view more = std::string_view(added).substr(1, added.size() - 2);
  const auto is_ours = [&](std::string_view key) {
    if (!key.starts_with(format_.json_prefix)) return false;
    key.remove_prefix(format_.json_prefix.size());
    const LogField field = api::find_key(key);
    return field == api::kAnnounced ||
           std::find(format_.fields.begin(), format_.fields.end(), field) != format_.fields.end();
  };
  out += text.substr(0, head);
  if (std::any_of(members_.begin(), members_.end(), [&](const JsonMember& each) { return is_ours(each.key); })) {
    // Of members with one name readers take the first or the last: ours are the only ones.
    out += '{';
    bool first = true;
    for (const JsonMember& each : members_) {
      if (is_ours(each.key)) continue;
      if (!first) out += ',';
      out += object.substr(each.begin, each.end - each.begin);
      first = false;
    }
    if (!first && !more.empty()) out += ',';
  } else {
    out += object.substr(0, object.size() - 1);
    if (!members_.empty() && !more.empty()) out += ',';
  }
  out += more;
  out += carriage ? "}\r\n" : "}\n";
  return true;
}

}  // namespace ip2asn::cli
