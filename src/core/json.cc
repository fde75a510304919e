#include "ip2asn/json.hh"

#include <algorithm>
#include <array>
#include <string>

namespace ip2asn {
namespace {

// Bytes that need an escape, by JSON's rules or ours, or begin what may: those that a text must be searched for.
constexpr std::array<bool, 256> kSuspect = [] {
  std::array<bool, 256> suspect{};
  for (std::size_t c = 0; c < 0x20; ++c) suspect[c] = true;
  for (const unsigned char c : {'"', '\\', '<', '>', '&', '\xE2'}) suspect[c] = true;
  return suspect;
}();

// How a character, or the sequence that begins with it, is escaped beyond JSON's rules, and its length; empty for what
// stays.
std::string_view escape_of(std::string_view rest, std::size_t& length) {
  length = 1;
  switch (rest[0]) {
    case '<':
      return "\\u003C";
    case '>':
      return "\\u003E";
    case '&':
      return "\\u0026";
    case '\xE2':
      if (rest.size() < 3 || rest[1] != '\x80' || (rest[2] != '\xA8' && rest[2] != '\xA9')) return {};
      length = 3;
      return rest[2] == '\xA8' ? "\\u2028" : "\\u2029";
    default:
      return {};
  }
}

}  // namespace

void JsonBuffer::grow(std::size_t size) {
  const std::size_t used = this->size();
  const std::size_t room = std::max(used + size, 2 * static_cast<std::size_t>(limit_ - begin_));
  auto larger = std::make_unique_for_overwrite<char[]>(room);
  std::memcpy(larger.get(), begin_, used);
  outside_ = std::move(larger);
  begin_ = outside_.get();
  end_ = begin_ + used;
  limit_ = begin_ + room;
}

void JsonText::string(std::string_view value) {
  bool suspect = false;
  for (const char c : value) suspect |= kSuspect[static_cast<unsigned char>(c)];
  if (!suspect) {
    writer_.clean(value);
    return;
  }
  const std::size_t begin = buffer_.size();
  writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  // None of what is exchanged here is part of JSON's own syntax.
  const std::string written(buffer_.text().substr(begin));
  buffer_.shrink(begin);
  const std::string_view text = written;
  for (std::size_t at = 0, length = 1; at < text.size(); at += length) {
    const std::string_view escape = escape_of(text.substr(at), length);
    for (const char c : escape.empty() ? text.substr(at, length) : escape) buffer_.Put(c);
  }
}

}  // namespace ip2asn
