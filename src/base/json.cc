#include "base/json.hh"

#include <algorithm>
#include <array>

namespace ip2asn {
namespace {

// Bytes that need an escape, by JSON's rules or ours, or begin what may: those that a text must be searched for.
constexpr std::array<bool, 256> kSuspect = [] {
  std::array<bool, 256> suspect{};
  for (std::size_t c = 0; c < 0x20; ++c) suspect[c] = true;
  for (const unsigned char c : {'"', '\\', '<', '>', '&', '\xE2'}) suspect[c] = true;
  return suspect;
}();

// Appends what stands for the character that `text` begins with, and returns its length there: by the rules of JSON or
// ours, or itself, one byte of it.
std::size_t put_escaped(JsonBuffer& to, std::string_view text) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt", kHex = "0123456789ABCDEF";
  const char c = text[0];
  const auto code = [&](std::string_view digits) {
    to.append("\\u");
    to.append(digits);
  };
  if (const std::size_t at = kShort.find(c); at != std::string_view::npos) {
    to.Put('\\');
    to.Put(kLetters[at]);
  } else if (text.starts_with("\u2028") || text.starts_with("\u2029")) {
    code(text[2] == '\xA8' ? "2028" : "2029");
    return 3;
  } else if (c == '\xE2') {
    to.Put(c);
  } else {
    const auto value = static_cast<unsigned char>(c);
    const char digits[] = {'0', '0', kHex[value >> 4], kHex[value & 15]};
    code({digits, sizeof digits});
  }
  return 1;
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
  writer_.begin_string();
  put_string(value);
}

void JsonText::put_string(std::string_view value) {
  bool suspect = false;
  for (const char c : value) suspect |= kSuspect[static_cast<unsigned char>(c)];
  if (!suspect) {
    buffer_.reserve(value.size() + 2);
    writer_.put_clean(value);
    return;
  }
  const auto suspicious = [](char c) { return kSuspect[static_cast<unsigned char>(c)]; };
  buffer_.Put('"');
  for (auto at = value.begin(); at != value.end();) {
    const auto end = std::find_if(at, value.end(), suspicious);
    buffer_.append({at, end});
    at = end;
    if (at != value.end()) at += static_cast<std::ptrdiff_t>(put_escaped(buffer_, {at, value.end()}));
  }
  buffer_.Put('"');
}

}  // namespace ip2asn
