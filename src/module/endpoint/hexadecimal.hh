// Numbers as hexadecimal text of fixed width.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace ip2asn::httpd {

/// Writes `value` as 8 lower-case digits to `out`; returns the end. All digits at once: every look-up writes several
/// such numbers.
inline char* put_hexadecimal(std::uint32_t value, char* out) noexcept {
  // A nibble to each byte, the highest first in memory.
  std::uint64_t nibbles = value;
  nibbles = (nibbles << 16 | nibbles) & 0x0000FFFF0000FFFF;
  nibbles = (nibbles << 8 | nibbles) & 0x00FF00FF00FF00FF;
  nibbles = (nibbles << 4 | nibbles) & 0x0F0F0F0F0F0F0F0F;
  static_assert(std::endian::native == std::endian::little);
  nibbles = __builtin_bswap64(nibbles);
  const std::uint64_t is_letter = (nibbles + 0x0606060606060606) >> 4 & 0x0101010101010101;
  const std::uint64_t text = nibbles + 0x3030303030303030 + is_letter * ('a' - '0' - 10);
  std::memcpy(out, &text, sizeof text);
  return out + sizeof text;
}

/// The same with 16 digits.
inline char* put_hexadecimal(std::uint64_t value, char* out) noexcept {
  return put_hexadecimal(static_cast<std::uint32_t>(value),
                         put_hexadecimal(static_cast<std::uint32_t>(value >> 32), out));
}

}  // namespace ip2asn::httpd
