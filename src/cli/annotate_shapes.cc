// Shapes without a date between brackets.
#include <algorithm>

#include "cli/annotate_address.hh"
#include "cli/annotate_keys.hh"
#include "cli/annotate_shape.hh"
#include "cli/annotate_words.hh"

namespace ip2asn::cli {
namespace {

struct Marker {
  std::size_t begin = 0;
  std::optional<Address> address;
};

bool is_word(char c) noexcept {
  return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '-';
}

// The next "[client X" or "client: X" at or behind `from`, X an address. httpd 2.4 always writes a port, and tells its
// process before.
std::optional<Marker> next_marker(std::string_view line, std::size_t from) noexcept {
  constexpr std::string_view kClient = "lient";
  for (std::size_t at = line.find(kClient, from); at != std::string_view::npos; at = line.find(kClient, at + 1)) {
    if (at == 0 || (line[at - 1] | 0x20) != 'c') continue;
    const std::size_t begin = at - 1;
    const bool bracket = begin > 0 && line[begin - 1] == '[';
    if (begin > 0 && is_word(line[begin - 1])) continue;
    std::string_view rest = line.substr(at + kClient.size());
    if (!rest.starts_with(bracket ? " " : ": ")) continue;
    rest.remove_prefix(bracket ? 1 : 2);
    std::size_t size = std::min(rest.find_first_of(" ,"), rest.size());
    if (bracket && rest.starts_with('[')) size = std::min(size, rest.find(']', rest.find(']') + 1));
    if (bracket && !rest.starts_with('[')) size = std::min(size, rest.find(']'));
    const bool port = bracket && line.substr(0, begin).find("[pid ") != std::string_view::npos;
    if (const std::optional<Address> address = address_of(rest.substr(0, size), port)) return Marker{begin, address};
  }
  return std::nullopt;
}

// lighttpd ends its messages so: ", IP: 8.8.8.8".
std::optional<Address> last_ip(std::string_view line) noexcept {
  constexpr std::string_view kMark = ", IP: ";
  const std::size_t at = line.rfind(kMark);
  return at == std::string_view::npos ? std::nullopt : address_of(line.substr(at + kMark.size()));
}

bool is_outside_quotes(std::string_view line, std::size_t at) noexcept {
  const auto marks = [](std::string_view text) { return std::count(text.begin(), text.end(), '"'); };
  return marks(line.substr(0, at)) % 2 == 0 && marks(line.substr(at)) % 2 == 0;
}

}  // namespace

// What the client sent stands in quotation marks, before or behind what the server says of it; nginx does not escape
// those inside. A marker that nothing quoted comes before is the server's. Of others, those outside of quotation marks,
// counted from either end of the line, must agree.
std::optional<ShapedLine> read_marked(std::string_view line) noexcept {
  if (const std::optional<Address> last = last_ip(line)) return ShapedLine{last, {}, {}};
  std::optional<Marker> marker = next_marker(line, 0);
  if (!marker) return std::nullopt;
  if (line.substr(0, marker->begin).find('"') == std::string_view::npos) return ShapedLine{marker->address, {}, {}};
  std::optional<Address> found;
  for (; marker; marker = next_marker(line, marker->begin + 2)) {
    if (!is_outside_quotes(line, marker->begin)) continue;
    if (found && *found != *marker->address) return ShapedLine();
    found = marker->address;
  }
  return ShapedLine{found, {}, {}};
}

std::optional<ShapedLine> read_columnar(std::string_view line) noexcept {
  constexpr std::size_t kMost = 12;
  std::string_view words[kMost], rest = line;
  for (std::string_view& word : words) word = take_word(rest);
  const auto is_time = [](std::string_view word) {
    return word.size() > 19 && is_digit(word[0]) && word[4] == '-' && word[10] == 'T' && word.ends_with('Z');
  };
  constexpr std::string_view kTypes[] = {"http", "https", "h2", "grpcs", "ws", "wss"};
  const bool typed = std::find(std::begin(kTypes), std::end(kTypes), words[0]) != std::end(kTypes) && is_time(words[1]);
  const std::size_t shift = typed ? 1 : 0;
  // Load balancers: client, target, three times and two states, bytes received and sent.
  if (!words[shift + 10].empty() && is_time(words[shift]) &&
      words[shift + 10].find_first_not_of("0123456789") == std::string_view::npos &&
      words[shift + 4].find_first_not_of("-.0123456789") == std::string_view::npos) {
    if (const std::optional<Address> client = address_of(words[shift + 2], true)) {
      return ShapedLine{client, {}, byte_count(words[shift + 10])};
    }
  }
  // Squid: time, duration, client, result and state, bytes.
  const std::size_t point = words[0].find('.');
  if (point != std::string_view::npos && words[0].size() == point + 4 && point >= 9 &&
      words[0].find_first_not_of(".0123456789") == std::string_view::npos &&
      words[1].find_first_not_of("0123456789") == std::string_view::npos &&
      words[3].find('/') != std::string_view::npos) {
    return ShapedLine{address_of(words[2]), {}, byte_count(words[4])};
  }
  return std::nullopt;
}

// The user's name and the peer's words stand in them as they came.
std::optional<ShapedLine> read_sshd(std::string_view head, std::string_view message) noexcept {
  if (head.find("sshd") == std::string_view::npos) return std::nullopt;
  constexpr std::string_view kPort = " port ";
  for (const std::string_view begin :
       {"Received disconnect from ", "Unable to negotiate with ", "Protocol major versions differ for "}) {
    if (message.starts_with(begin)) return std::nullopt;
  }
  for (std::size_t at = message.rfind(kPort); at != std::string_view::npos && at > 0;
       at = message.rfind(kPort, at - 1)) {
    const std::size_t blank = message.rfind(' ', at - 1);
    const std::size_t begin = blank == std::string_view::npos ? 0 : blank + 1;
    if (const std::optional<Address> address = address_of(message.substr(begin, at - begin)))
      return ShapedLine{address, {}, {}};
  }
  constexpr std::string_view kFrom = " from ";
  const std::size_t from = message.rfind(kFrom);
  if (from == std::string_view::npos) return std::nullopt;
  std::string_view rest = message.substr(from + kFrom.size());
  const std::optional<Address> address = address_of(take_word(rest));
  return address ? std::optional(ShapedLine{address, {}, {}}) : std::nullopt;
}

bool begins_with_pair(std::string_view line) noexcept {
  const std::size_t end = std::min(line.find_first_of("= \t\""), line.size());
  return end > 0 && line.substr(end).starts_with('=') &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char c) { return is_word(c) || c == '.'; });
}

std::optional<ShapedLine> read_pairs(std::string_view line, const Place& place) {
  ShapedLine found;
  unsigned client_rank = kUnranked, bytes_rank = kUnranked;
  bool any = false;
  for (std::size_t at = line.find('='); at != std::string_view::npos; at = line.find('=', at)) {
    // What the client sent may hold '=' as well: inside of quotation marks, and behind names that are no identifiers.
    std::size_t begin = at;
    while (begin > 0 && (is_word(line[begin - 1]) || line[begin - 1] == '.')) --begin;
    const char before = begin > 0 ? line[begin - 1] : ' ';
    const std::string_view key = line.substr(begin, at - begin);
    ++at;
    const bool quoted = at < line.size() && line[at] == '"';
    const bool angled = at < line.size() && line[at] == '<';
    std::size_t end = quoted ? end_of_quoted(line, at) : angled ? line.find('>', at) : line.find_first_of(" \t,;", at);
    if (end > line.size()) end = line.size();
    const std::string_view value = line.substr(at, end - at);
    at = quoted || angled ? end : at;
    if (key.empty() || std::string_view(" \t,;([").find(before) == std::string_view::npos) {
      at = std::max(at, end);
      continue;
    }
    PlainKey plain;
    plain.append(key);
    const KeyMeaning means = meaning_of(plain.text());
    const bool wanted = !place.key.empty() && key == place.key;
    if (wanted || (place.key.empty() && means.role == KeyRole::client)) {
      const unsigned rank = wanted ? 0 : means.rank;
      const std::optional<Address> address = find_address(value);
      if (address && rank < client_rank) {
        found.client = address;
        client_rank = rank;
      }
    }
    if (place.key.empty() && means.role == KeyRole::forwarded && !found.forwarded) {
      found.forwarded = forwarded_client(value, place.proxies.value_or(0));
    }
    if (means.role == KeyRole::bytes && means.rank < bytes_rank) {
      found.bytes = byte_count(value);
      bytes_rank = means.rank;
    }
    any = any || found.client || found.forwarded;
  }
  return any ? std::optional(found) : std::nullopt;
}

std::optional<Address> read_other(std::string_view line) noexcept {
  std::optional<Address> second;  // where there is no better one
  bool request = false;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t quote = line.find('"', at);
    for (std::size_t from = at;;) {
      const std::optional<FoundAddress> found = next_address(line.substr(0, quote), from);
      if (!found) break;
      from = found->end;
      const auto before = line.substr(0, found->begin);
      const std::string_view behind = line.substr(found->end);
      const bool in_url = before.ends_with("://") || before.ends_with("://[");
      // Exim writes HELO in parentheses before the address.
      const bool helo = (before.ends_with("(") && behind.starts_with(") [")) ||
                        (before.ends_with("([") && behind.starts_with("]) ["));
      if (!in_url && !helo) return found->address;
      if (!second && !request) second = found->address;
    }
    if (quote == std::string_view::npos) break;
    const std::size_t end = end_of_quoted(line, quote);
    const std::string_view inside = line.substr(quote, end - quote);
    at = end;
    if (inside.find(" HTTP/") != std::string_view::npos) {
      // From here on everything quoted is the client's, and so are URLs.
      request = true;
      continue;
    }
    if (request) continue;
    if (const std::optional<Address> whole = address_of(inside)) return whole;
    if (!second) second = find_address(inside);
  }
  return second;
}

}  // namespace ip2asn::cli
