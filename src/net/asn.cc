#include "net/asn.hh"

#include <charconv>

namespace ip2asn {
namespace {

constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr bool is_capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::optional<std::uint32_t> parse_asn(std::string_view text) noexcept {
  if (text.size() > 2 && upper(text[0]) == 'A' && upper(text[1]) == 'S') text.remove_prefix(2);
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::uint32_t asn = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), asn);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return asn;
}

std::optional<CountryCode> parse_country(std::string_view text) noexcept {
  if (text.size() != 2) return std::nullopt;
  const CountryCode code{{upper(text[0]), upper(text[1]), '\0'}};
  if (!is_capital(code.letters[0]) || !is_capital(code.letters[1])) return std::nullopt;
  return code;
}

}  // namespace ip2asn
