#include "cli/annotate_address.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "net/special.hh"

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
bool is_digit(char c) noexcept { return (kind(c) & kDigit) != 0; }
char at(std::string_view text, std::size_t place) noexcept { return place < text.size() ? text[place] : ' '; }

// A dotted quad at the start of `text`: the commonest address in logs, read in one go. Returns its length, 0 for none.
std::size_t read_quad(std::string_view text, std::uint32_t& bits) noexcept {
  std::size_t at = 0;
  bits = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return 0;
    const std::size_t begin = at;
    std::uint32_t value = 0;
    while (at < text.size() && at < begin + 3 && is_digit(text[at])) {
      value = value * 10 + static_cast<std::uint32_t>(text[at++] - '0');
    }
    if (at == begin || value > 255 || (at > begin + 1 && text[begin] == '0')) return 0;
    bits = bits << 8 | value;
  }
  return at;
}

std::size_t skip_digits(std::string_view text, std::size_t place) noexcept {
  while (is_digit(at(text, place))) ++place;
  return place;
}

// Eight bytes in hexadecimal are a world-wide name, or part of a fingerprint.
bool is_bytes(std::string_view run) noexcept {
  constexpr std::size_t kLength = 8 * 3 - 1;
  if (run.size() != kLength) return false;
  for (std::size_t i = 2; i < kLength; i += 3) {
    if (run[i] != ':') return false;
  }
  return true;
}

std::optional<Address> parse_v6(std::string_view run) noexcept {
  if (run.size() > kMaxAddressText || run.find(':') == std::string_view::npos || is_bytes(run)) return std::nullopt;
  return run.find_first_not_of(":.") == std::string_view::npos ? std::nullopt : parse_address(run);
}

// "2001:db8::1:58430" without the port; as it is without one of at least so many digits.
std::string_view without_port(std::string_view run, std::size_t digits) noexcept {
  const std::size_t colon = run.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || run[colon - 1] == ':') return run;
  if (run.size() - colon - 1 < digits) return run;
  std::uint32_t port = 0;
  const char* const end = run.data() + run.size();
  const auto [rest, problem] = std::from_chars(run.data() + colon + 1, end, port);
  return problem == std::errc() && rest == end && port <= 65535 ? run.substr(0, colon) : run;
}

// Whether text ends at `place` that began as an address: not with what goes on as a word.
bool ends(std::string_view text, std::size_t place) noexcept {
  if (kind(at(text, place)) == 0) return true;
  if (at(text, place) == '.' || at(text, place) == ':') return kind(at(text, place + 1)) == 0;
  if (at(text, place) != '-') return false;
  // "->", or the other end of a range.
  if (at(text, place + 1) == '>') return true;
  std::uint32_t bits = 0;
  const std::string_view other = text.substr(place + 1);
  if (read_quad(other, bits) > 0) return true;
  const auto size = std::find_if(other.begin(), other.end(), [](char c) { return (kind(c) & kInAddress) == 0; });
  return parse_v6(std::string_view(other.begin(), size)).has_value();
}

// The address that begins at `begin`.
std::optional<FoundAddress> read_at(std::string_view text, std::size_t begin) noexcept {
  std::uint32_t bits = 0;
  if (const std::size_t length = read_quad(text.substr(begin), bits)) {
    const std::size_t end = begin + length;
    const FoundAddress found{Address::v4(bits), begin, end};
    if (ends(text, end)) return found;
    if (text[end] != ':') return std::nullopt;
    const std::size_t port = skip_digits(text, end + 1);
    if (port == end + 1) return std::nullopt;
    // "8.8.8.8:443: refused", "8.8.8.8:61120-5#name".
    const bool goes_on = text[port - 1] != ':' && port < text.size() &&
                         (text[port] == ':' || (text[port] == '-' && is_digit(at(text, port + 1))));
    return goes_on || ends(text, port) ? std::optional(found) : std::nullopt;
  }
  std::size_t end = begin;
  while (end < text.size() && (kind(text[end]) & kInAddress) != 0) ++end;
  if (!ends(text, end)) return std::nullopt;
  std::string_view run = text.substr(begin, end - begin);
  std::optional<Address> address = parse_v6(run);
  if (!address && (run.ends_with('.') || (run.ends_with(':') && !run.ends_with("::")))) {
    run.remove_suffix(1);
    address = parse_v6(run);
  }
  if (!address) {
    // Clients' ports have four digits or more; what has fewer is rather part of something else.
    run = without_port(run, 4);
    address = parse_v6(run);
  }
  if (!address) return std::nullopt;
  return FoundAddress{*address, begin, begin + run.size()};
}

bool is_version_label(std::string_view label) noexcept {
  constexpr std::string_view kLabels[] = {"rv", "v", "ver", "version", "build", "release", "rev"};
  return std::any_of(std::begin(kLabels), std::end(kLabels), [&](std::string_view each) {
    return each.size() == label.size() &&
           std::equal(each.begin(), each.end(), label.begin(), [](char a, char b) { return a == (b | 0x20); });
  });
}

// "Product/1.2.3.4" is a version, "//1.2.3.4" a host, "/1.2.3.4/5060" and "/1.2.3.4:5060" an address with its port.
bool may_stand_behind(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  if (begin == 0) return true;
  const char before = text[begin - 1];
  if (before == '%') return false;
  if (before != '/' || (begin >= 2 && text[begin - 2] == '/')) return true;
  return (at(text, end) == '/' || at(text, end) == ':') && is_digit(at(text, end + 1));
}

bool is_private(const Address& address) noexcept {
  const std::optional<SpecialBlock> block = special_block(unmapped(address));
  return block && !block->globally_reachable && block->name.find("Documentation") == std::string_view::npos;
}

}  // namespace

std::optional<FoundAddress> next_address(std::string_view text, std::size_t from) noexcept {
  const std::size_t size = text.size();
  for (std::size_t place = from; place < size; ++place) {
    if (kind(text[place]) == 0) continue;
    const std::size_t begin = place;
    std::size_t colon = 0;
    bool divided = false, digit = false;
    for (; place < size && kind(text[place]) != 0; ++place) {
      const char c = text[place];
      digit = digit || is_digit(c);
      if (c == ':' && colon == 0) colon = place;
      divided = divided || c == '.' || c == ':';
    }
    if (!divided) continue;
    std::optional<FoundAddress> found;
    if ((kind(text[begin]) & kInAddress) != 0) found = read_at(text.substr(0, place + 1), begin);
    // Behind a word and a colon.
    if (!found && colon > begin && !is_digit(text[begin]) && !is_version_label(text.substr(begin, colon - begin)) &&
        (digit || at(text, colon + 1) != ':')) {
      found = read_at(text.substr(0, place + 1), colon + 1);
    }
    if (found && may_stand_behind(text, begin, found->end)) return found;
  }
  return std::nullopt;
}

std::optional<Address> find_address(std::string_view text) noexcept {
  const std::optional<FoundAddress> found = next_address(text);
  return found ? std::optional(found->address) : std::nullopt;
}

std::optional<Address> address_of(std::string_view word, bool port) noexcept {
  const auto strip = [&](std::string_view before, std::string_view behind) {
    const std::size_t begin = std::min(word.find_first_not_of(before), word.size());
    word.remove_prefix(begin);
    word = word.substr(0, word.find_last_not_of(behind) + 1);
  };
  strip(" \t\"'(<", " \t\"')>,;");
  if (word.starts_with('[')) {
    const std::size_t end = word.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = word.substr(end + 1);
    if (!rest.empty() && (rest[0] != ':' || skip_digits(rest, 1) != rest.size())) return std::nullopt;
    word = word.substr(1, end - 1);
    port = false;
  }
  if (const std::size_t zone = word.find('%'); zone != std::string_view::npos) word = word.substr(0, zone);
  if (const std::optional<FoundAddress> v4 = word.find('.') != std::string_view::npos ? read_at(word, 0) : std::nullopt;
      v4 && v4->address.family == Family::v4) {
    const std::size_t end = at(word, v4->end) == ':' ? skip_digits(word, v4->end + 1) : v4->end;
    return end == word.size() ? std::optional(v4->address) : std::nullopt;
  }
  if (port) {
    const std::string_view alone = without_port(word, 1);
    return alone.size() < word.size() ? parse_v6(alone) : parse_v6(word);
  }
  if (const std::optional<Address> whole = parse_v6(word)) return whole;
  return parse_v6(without_port(word, 1));
}

std::optional<Address> forwarded_client(std::string_view list, std::size_t proxies) noexcept {
  std::optional<Address> last;
  for (std::size_t number = 1; !list.empty(); ++number) {
    const std::size_t comma = list.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::optional<Address> address = address_of(list.substr(begin));
    if (!address) return proxies == 0 ? last : std::nullopt;
    last = address;
    if (proxies == 0 ? !is_private(*address) : number == proxies) return address;
    list = list.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return last;
}

Address anonymized(const Address& address) noexcept {
  const Address plain = unmapped(address);
  if (plain.family == Family::v4) return Address::v4(plain.v4_bits() & 0xFFFFFF00u);
  return Address::v6(plain.hi & ~std::uint64_t{0xFFFF}, 0);
}

void anonymize(std::string_view line, std::string& out) {
  std::size_t done = 0;
  while (const std::optional<FoundAddress> found = next_address(line, done)) {
    out += line.substr(done, found->begin - done);
    char text[kMaxAddressText];
    out.append(text, format_address(anonymized(found->address), text));
    done = found->end;
    // Its port is no address, however much it may look like the end of one.
    if (done < line.size() && line[done] == ':') out += line[done++];
  }
  out += line.substr(done);
}

}  // namespace ip2asn::cli
