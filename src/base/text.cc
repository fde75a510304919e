#include "base/text.hh"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace ip2asn {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Decoded {
  char32_t code;       // 0xFFFFFFFF when the bytes are not UTF-8
  std::size_t length;  // bytes taken: the character's, or the maximal subpart's
};

constexpr char32_t kInvalid = 0xFFFFFFFF;

// Well-formed sequences by table 3-7 of the Unicode standard: the second byte's bounds depend on the first.
Decoded decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {lead, 1};
  unsigned more = 0;
  unsigned char low = 0x80, high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    more = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    more = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    more = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {kInvalid, 1};
  }
  char32_t code = lead & (0x3Fu >> more);
  for (unsigned i = 1; i <= more; ++i) {
    if (at + i >= text.size() || byte(at + i) < low || byte(at + i) > high) return {kInvalid, i};
    code = code << 6 | (byte(at + i) & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {code, more + 1};
}

bool is_unwanted(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == kInvalid;
}

}  // namespace

bool is_clean(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() > max_bytes) return false;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte < 0x7F) {
      ++at;
      continue;
    }
    const Decoded d = decode(text, at);
    if (is_unwanted(d.code)) return false;
    at += d.length;
  }
  return true;
}

bool are_clean(std::string_view texts) noexcept {
  // Without leaving early and in lanes of one byte, so that it becomes vector code. Of the values below 0x20 only NUL
  // passes, which becomes the greatest by the subtraction.
  unsigned char least = 0xFF, nearest_del = 0xFF, greatest = 0;
  for (const char c : texts) {
    const auto byte = static_cast<unsigned char>(c);
    least = std::min(least, static_cast<unsigned char>(byte - 1));
    nearest_del = std::min(nearest_del, static_cast<unsigned char>(byte ^ 0x7F));
    greatest = std::max(greatest, byte);
  }
  if (least < 0x1F || nearest_del == 0) return false;
  if (greatest < 0x80) return true;
  for (std::size_t at = 0; at < texts.size();) {
    std::uint64_t block[4];
    if (texts.size() - at >= sizeof block) {
      std::memcpy(block, texts.data() + at, sizeof block);
      if (((block[0] | block[1] | block[2] | block[3]) & 0x8080808080808080) == 0) {
        at += sizeof block;
        continue;
      }
    }
    // What begins in this block may end in the next.
    for (const std::size_t end = std::min(texts.size(), at + sizeof block); at < end;) {
      if (static_cast<unsigned char>(texts[at]) < 0x80) {
        ++at;
        continue;
      }
      const Decoded d = decode(texts, at);
      if (is_unwanted(d.code)) return false;
      at += d.length;
    }
  }
  return true;
}

RepairedText repair_text(std::string_view text, std::size_t max_bytes) {
  RepairedText result;
  if (is_clean(text, max_bytes)) {
    result.text = text;
    return result;
  }
  std::size_t at = 0;
  while (at < text.size()) {
    const Decoded d = decode(text, at);
    const bool unwanted = is_unwanted(d.code);
    const std::string_view piece = unwanted ? kReplacement : text.substr(at, d.length);
    if (result.text.size() + piece.size() > max_bytes) {
      result.shortened = true;
      break;
    }
    result.repaired = result.repaired || unwanted;
    result.text += piece;
    at += d.length;
  }
  return result;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kMaxShown = 60;
  return '\'' + repair_text(text, kMaxShown).text + '\'';
}

}  // namespace ip2asn
