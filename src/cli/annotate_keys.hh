// What members of JSON, columns and key=value pairs mean by their names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ip2asn::cli {

enum class KeyRole : std::uint8_t {
  other,
  client,     ///< the client's address, as the server saw it or made it out
  forwarded,  ///< what a request's header says of it: a client's own claim, unless a proxy has set it
  bytes,      ///< the size of the response
  text,       ///< a line of a log in itself
  request,    ///< an object with the members of the connection or the request
  claimed,    ///< what the client sent, or what tells of other hosts: no address in it is the client's
};

struct KeyMeaning {
  KeyRole role = KeyRole::other;
  std::uint8_t rank = 0;  ///< of several with one role the least counts
};

/// A key in its simplest form, to compare: without capitals, '_', '-', '.', ' ' and '@'. Keys that are longer than any
/// that means something are cut.
class PlainKey {
 public:
  static constexpr std::size_t kLongest = 48;

  void append(std::string_view key) noexcept {
    for (const char c : key) {
      if (c == '_' || c == '-' || c == '.' || c == ' ' || c == '@' || size_ == kLongest) continue;
      text_[size_++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
  }
  std::string_view text() const noexcept { return {text_, size_}; }

 private:
  char text_[kLongest];
  std::size_t size_ = 0;
};

/// `key` is plain.
KeyMeaning meaning_of(std::string_view key) noexcept;

/// A rank behind all that meaning_of() gives.
inline constexpr unsigned kUnranked = 1000;

}  // namespace ip2asn::cli
