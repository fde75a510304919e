#define PCRE2_CODE_UNIT_WIDTH 8
#include "cli/annotate_find.hh"

#include <pcre2.h>

#include <array>
#include <cstdint>
#include <new>

namespace ip2asn::cli {
namespace {

enum : std::uint8_t { kInAddress = 1, kInWord = 2, kDigit = 4 };

// What an address is made of, and what would make a longer word of it.
constexpr std::array<std::uint8_t, 256> kKinds = [] {
  std::array<std::uint8_t, 256> kinds{};
  for (unsigned c = '0'; c <= '9'; ++c) kinds[c] = kInAddress | kInWord | kDigit;
  for (unsigned c = 'a'; c <= 'z'; ++c) kinds[c] = kinds[c - 'a' + 'A'] = kInWord;
  for (unsigned c = 'a'; c <= 'f'; ++c) kinds[c] = kinds[c - 'a' + 'A'] = kInAddress | kInWord;
  for (unsigned c = 0x80; c <= 0xFF; ++c) kinds[c] = kInWord;
  kinds['.'] = kinds[':'] = kInAddress;
  kinds['_'] = kinds['-'] = kInWord;
  return kinds;
}();

std::uint8_t kind(char c) noexcept { return kKinds[static_cast<unsigned char>(c)]; }

// A dotted quad at the start of `text`: the commonest address in logs, read in one go. Returns its length, 0 for none.
std::size_t read_quad(std::string_view text, std::uint32_t& bits) noexcept {
  std::size_t at = 0;
  bits = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return 0;
    const std::size_t begin = at;
    std::uint32_t value = 0;
    while (at < text.size() && at < begin + 3 && (kind(text[at]) & kDigit) != 0) {
      value = value * 10 + static_cast<std::uint32_t>(text[at++] - '0');
    }
    if (at == begin || value > 255 || (at > begin + 1 && text[begin] == '0')) return 0;
    bits = bits << 8 | value;
  }
  return at;
}

// The address in a run of address characters, of which a port or the end of a sentence may be part.
std::optional<Address> read_run(std::string_view run) noexcept {
  std::uint32_t bits = 0;
  if (const std::size_t length = read_quad(run, bits)) {
    const std::string_view rest = run.substr(length);
    if (rest.empty() || rest == "." || rest == ":") return Address::v4(bits);
    if (rest[0] == ':' && rest.find_first_not_of("0123456789", 1) == std::string_view::npos) return Address::v4(bits);
    return std::nullopt;
  }
  if (run.size() > kMaxAddressText + 1 || run.find(':') == std::string_view::npos) return std::nullopt;
  if (run.find_first_not_of(":.") == std::string_view::npos) return std::nullopt;
  if (const std::optional<Address> address = parse_address(run)) return address;
  if (run.ends_with('.') || run.ends_with(':')) return parse_address(run.substr(0, run.size() - 1));
  return std::nullopt;
}

// "Product/1.2.3.4" is a version, "//1.2.3.4" a host.
bool may_begin(std::string_view text, std::size_t at) noexcept {
  if (at == 0) return true;
  const char before = text[at - 1];
  if ((kind(before) & kInWord) != 0 || before == '%') return false;
  return before != '/' || (at >= 2 && text[at - 2] == '/');
}

bool may_end(std::string_view text, std::size_t at) noexcept { return at == text.size() || kind(text[at]) == 0; }

pcre2_code* code(const std::shared_ptr<void>& regex) { return static_cast<pcre2_code*>(regex.get()); }

}  // namespace

std::optional<Address> find_address(std::string_view text) noexcept {
  const std::size_t size = text.size();
  for (std::size_t at = 0; at < size; ++at) {
    if ((kind(text[at]) & kInAddress) == 0) continue;
    const std::size_t begin = at;
    bool divided = false;
    for (; at < size && (kind(text[at]) & kInAddress) != 0; ++at) divided = divided || (kind(text[at]) & kInWord) == 0;
    if (divided && may_end(text, at) && may_begin(text, begin)) {
      if (const std::optional<Address> address = read_run(text.substr(begin, at - begin))) return address;
    }
    // What is left of a word is no beginning.
    while (at < size && (kind(text[at]) & kInWord) != 0) ++at;
  }
  return std::nullopt;
}

std::string_view nth_field(std::string_view line, std::size_t number, std::optional<char> delimiter) noexcept {
  if (delimiter) {
    std::size_t begin = 0;
    for (; number > 1; --number) {
      begin = line.find(*delimiter, begin);
      if (begin == std::string_view::npos) return {};
      ++begin;
    }
    return line.substr(begin, line.find(*delimiter, begin) - begin);
  }
  constexpr std::string_view kBlanks = " \t";
  std::size_t begin = line.find_first_not_of(kBlanks);
  for (; number > 1 && begin != std::string_view::npos; --number) {
    begin = line.find_first_not_of(kBlanks, line.find_first_of(kBlanks, begin));
  }
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_first_of(kBlanks, begin) - begin);
}

Place Place::field(std::size_t number, std::optional<char> delimiter) {
  Place place;
  place.field_ = number;
  place.delimiter_ = delimiter;
  return place;
}

Result<Place> Place::regex(const std::string& pattern) {
  int problem = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* const compiled =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), 0, &problem, &at, nullptr);
  if (compiled == nullptr) {
    PCRE2_UCHAR reason[256] = {};
    pcre2_get_error_message(problem, reason, sizeof reason);
    return Error{Errc::argument, "--regex '" + pattern + "': " + reinterpret_cast<const char*>(reason) +
                                     ", at character " + std::to_string(at + 1)};
  }
  Place place;
  place.regex_ = std::shared_ptr<void>(compiled, [](void* freed) { pcre2_code_free(static_cast<pcre2_code*>(freed)); });
  // Without it the same is found, more slowly.
  pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
  return place;
}

Finder::Finder(const Place& place) : place_(place) {
  if (!place.regex_) return;
  pcre2_match_data* const data = pcre2_match_data_create_from_pattern(code(place.regex_), nullptr);
  if (data == nullptr) throw std::bad_alloc();
  match_ =
      std::shared_ptr<void>(data, [](void* freed) { pcre2_match_data_free(static_cast<pcre2_match_data*>(freed)); });
}

std::optional<Address> Finder::find(std::string_view line) noexcept {
  if (place_.regex_) return find_address(match_in(line));
  if (place_.field_ > 0) return find_address(nth_field(line, place_.field_, place_.delimiter_));
  return find_address(line);
}

std::string_view Finder::match_in(std::string_view line) noexcept {
  auto* const data = static_cast<pcre2_match_data*>(match_.get());
  const int groups =
      pcre2_match(code(place_.regex_), reinterpret_cast<PCRE2_SPTR>(line.data()), line.size(), 0, 0, data, nullptr);
  if (groups <= 0) return {};
  const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(data);
  std::uint32_t captures = 0;
  pcre2_pattern_info(code(place_.regex_), PCRE2_INFO_CAPTURECOUNT, &captures);
  const std::size_t group = captures > 0 ? 1 : 0;
  if (group >= static_cast<std::size_t>(groups) || ends[2 * group] == PCRE2_UNSET) return {};
  // \K may put the start behind the end.
  if (ends[2 * group] > ends[2 * group + 1]) return {};
  return line.substr(ends[2 * group], ends[2 * group + 1] - ends[2 * group]);
}

}  // namespace ip2asn::cli
