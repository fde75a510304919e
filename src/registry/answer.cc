#include "registry/answer.hh"

#include <algorithm>
#include <charconv>

#include "base/text.hh"
namespace ip2asn {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Up to four decimal numbers with dots between them; the number of them, or 0.
int read_dotted(std::string_view text, std::uint32_t (&parts)[4]) {
  int count = 0;
  while (true) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.empty() || part.size() > 3 || count == 4 || !std::all_of(part.begin(), part.end(), is_digit)) return 0;
    std::from_chars(part.data(), part.data() + part.size(), parts[count]);
    if (parts[count] > 255) return 0;
    ++count;
    if (end == text.size()) return count;
    text.remove_prefix(end + 1);
  }
}

// A prefix of IPv4 as LACNIC shortens it: "200.57.128/19".
bool read_short_prefix(std::string_view text, int length, Range& range) {
  std::uint32_t parts[4] = {};
  if (read_dotted(text, parts) == 0 || length > 32) return false;
  const std::uint32_t bits = parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3];
  const std::uint32_t mask = length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
  range = Prefix{Address::v4(bits & mask), length}.range();
  return true;
}

}  // namespace

std::string_view name_of(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::answer:
      return "answer";
    case Outcome::none:
      return "none";
    case Outcome::limited:
      return "limited";
    case Outcome::refused:
      return "refused";
    case Outcome::failed:
      break;
  }
  return "failed";
}

bool read_registry_address(std::string_view text, Address& address) {
  text = trimmed(text);
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view length = text.substr(slash + 1);
    text = text.substr(0, slash);
    if (length != (text.find(':') == std::string_view::npos ? "32" : "128")) return false;
  }
  std::uint32_t parts[4] = {};
  if (read_dotted(text, parts) == 4) {
    address = Address::v4(parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3]);
    return true;
  }
  if (const auto parsed = parse_address(text)) {
    address = *parsed;
    return true;
  }
  return false;
}

bool read_registry_range(std::string_view text, Range& range) {
  text = trimmed(text);
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    return read_registry_address(text.substr(0, dash), range.first) &&
           read_registry_address(text.substr(dash + 1), range.last) && range.first.family == range.last.family &&
           range.first <= range.last;
  }
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    int length = -1;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (problem != std::errc() || end != digits.data() + digits.size() || length < 0) return false;
    if (text.find(':') == std::string_view::npos) return read_short_prefix(text.substr(0, slash), length, range);
    const auto address = parse_address(text.substr(0, slash));
    if (!address || length > address->width()) return false;
    Prefix prefix{*address, length};
    // Bits beyond the length are a slip of the registry's, and say nothing.
    prefix.address.hi &= length >= 64 ? ~std::uint64_t{0} : length == 0 ? 0 : ~std::uint64_t{0} << (64 - length);
    prefix.address.lo &= length <= 64 ? 0 : length == 128 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (128 - length);
    range = prefix.range();
    return true;
  }
  if (!read_registry_address(text, range.first)) return false;
  range.last = range.first;
  return true;
}

std::string range_text(const Range& range) {
  const Prefix prefix = largest_prefix(range, range.first);
  if (prefix.range() == range) return to_string(prefix);
  return to_string(range.first) + " - " + to_string(range.last);
}

std::string cidr_text(const Range& range) {
  std::string text;
  for (const Prefix& prefix : prefixes(range)) text.append(text.empty() ? "" : ", ").append(to_string(prefix));
  return text;
}

double size_of(const Range& range) noexcept {
  if (range.first.family == Family::v4) return static_cast<double>(range.last.lo - range.first.lo) + 1;
  const std::uint64_t sites = (range.last.hi >> 16) - (range.first.hi >> 16);
  return static_cast<double>(sites) + 1;
}

bool is_plausible(const Range& range, const Range& asked) noexcept {
  if (range.first.family != asked.first.family || range.first > asked.first || asked.last > range.last) return false;
  if (range.first.family == Family::v4) return range.last.lo - range.first.lo < std::uint64_t{1} << 24;
  return range.last.hi - range.first.hi < std::uint64_t{1} << 52;
}

}  // namespace ip2asn
