// Lines with a date between brackets: the common log format and its kin.
#include <algorithm>
#include <array>

#include "cli/annotate_address.hh"
#include "cli/annotate_shape.hh"
#include "cli/annotate_words.hh"

namespace ip2asn::cli {
namespace {

bool fits(std::string_view text, std::string_view pattern) noexcept {
  return text.size() >= pattern.size() && std::equal(pattern.begin(), pattern.end(), text.begin(), [](char p, char c) {
           return p == '0' ? is_digit(c) : p == 'A' ? ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') : p == c;
         });
}

struct Date {
  std::size_t begin, end;  // with its brackets
  bool milliseconds;       // as HAProxy has them
};

std::optional<Date> find_date(std::string_view line) noexcept {
  constexpr std::string_view kCommon = "[00/AAA/0000:00:00:00";
  for (std::size_t at = line.find('['); at != std::string_view::npos; at = line.find('[', at + 1)) {
    const std::string_view text = line.substr(at);
    if (!fits(text, kCommon) && !fits(text, "[0000-00-00T00:00:00") && !fits(text, "[0000-00-00 00:00:00")) continue;
    const std::size_t end = line.find(']', at);
    if (end == std::string_view::npos) return std::nullopt;
    return Date{at, end + 1, fits(text, "[00/AAA/0000:00:00:00.000]")};
  }
  return std::nullopt;
}

// The words before the date.
struct Words {
  static constexpr std::size_t kMost = 16;
  std::array<std::string_view, kMost> all;
  std::size_t count = 0;  // of all; those beyond kMost are not kept

  explicit Words(std::string_view text) noexcept {
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
      if (count < kMost) all[count] = word;
      ++count;
    }
  }
  std::size_t kept() const noexcept { return std::min(count, kMost); }
};

bool has_port(std::string_view word) noexcept {
  const std::size_t bracket = word.find(']');
  if (bracket != std::string_view::npos) return word.substr(bracket).starts_with("]:");
  return std::count(word.begin(), word.end(), ':') == 1;
}

// The first address up to the first quotation mark, behind which stands what the client sent.
std::optional<Address> before_quote(std::string_view text) noexcept {
  return find_address(text.substr(0, text.find('"')));
}

// The first address from one word to another; the first word is a virtual host where it has a port.
std::optional<Address> first_of(const Words& words, std::size_t from, std::size_t end) noexcept {
  for (std::size_t i = from; i < end; ++i) {
    const std::optional<Address> address = address_of(words.all[i]);
    if (address && !(i == from && has_port(words.all[i]))) return address;
  }
  return std::nullopt;
}

// The client stands before ident, which is '-' nearly always, and the user, whose name may hold blanks. A virtual host
// may come first, and its name may be an address, with a port or without.
std::optional<Address> client_of(const Words& words, std::size_t from) noexcept {
  const std::size_t kept = words.kept();
  std::size_t dash = from + 1;
  while (dash < kept && words.all[dash] != "-") ++dash;
  const std::string_view first = words.all[from];
  const std::optional<Address> first_address = address_of(first);
  if (dash == from + 1) return first_address ? first_address : find_address(first);
  if (words.count - from == 3 && first_address && !has_port(first))
    return first_address;  // lighttpd: client, host, user
  if (dash == from + 2 || words.count - from <= 4) {
    if (from + 1 < kept && (dash == from + 2 || !first_address || has_port(first))) {
      if (const std::optional<Address> second = address_of(words.all[from + 1])) return second;
    }
    if (dash == kept && !first_address) return first_of(words, from, kept);
    return has_port(first) && from + 1 < words.count ? std::nullopt : first_address;
  }
  return first_of(words, from, std::min(dash, kept));
}

// Fields between quotation marks behind request, referrer and user agent that hold nothing but addresses.
std::optional<Address> forwarded_behind(std::string_view tail, std::size_t proxies) {
  std::size_t quoted = 0;
  std::optional<Address> found;
  for (std::string_view word = take_word(tail); !word.empty(); word = take_word(tail)) {
    if (word[0] != '"' || ++quoted <= 3) continue;
    if (const std::optional<Address> address = forwarded_client(word, proxies)) found = address;
  }
  return found;
}

// Whether the server wrote the date, and not the client something like it: nothing that is quoted comes before, unless
// the line begins with it, and the line does not begin as messages or pairs do.
bool is_servers(std::string_view before) noexcept {
  if (before.empty()) return true;
  std::string_view rest = before;
  const std::string_view first = take_word(rest);
  if (first.starts_with('[') && !address_of(first)) return false;
  if (fits(first, "0000/00/00") || fits(first, "0000-00-00") || first.find('=') != std::string_view::npos) return false;
  for (std::size_t at = rest.find('"'); at != std::string_view::npos; at = rest.find('"', at + 1)) {
    if (at == 0 || rest[at - 1] != '\\') return false;
  }
  return true;
}

// "GET / HTTP/1.1" 200 2326; S3 has an error's code between them.
std::optional<std::uint64_t> bytes_behind(std::string_view tail, bool error_code = false) noexcept {
  const std::size_t quote = tail.find('"');
  if (quote == std::string_view::npos) return std::nullopt;
  std::string_view rest = tail.substr(end_of_quoted(tail, quote));
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  const std::string_view status = take_word(rest);
  if (status.size() != 3 || !std::all_of(status.begin(), status.end(), is_digit)) return std::nullopt;
  if (error_code) take_word(rest);
  return byte_count(take_word(rest));
}

// fe be/server 0/0/1/2/3 200 248; of TCP fe be/server 0/0/3 248.
std::optional<std::uint64_t> haproxy_bytes(std::string_view tail) noexcept {
  take_word(tail);
  take_word(tail);
  const std::string_view timers = take_word(tail);
  const auto slashes = std::count(timers.begin(), timers.end(), '/');
  if (slashes == 4) take_word(tail);
  return slashes == 4 || slashes == 2 ? byte_count(take_word(tail)) : std::nullopt;
}

// nginx-proxy-manager's "[Length 150]".
std::optional<std::uint64_t> length_of(std::string_view tail) noexcept {
  constexpr std::string_view kLength = "[Length ";
  while (!tail.empty()) {
    const std::size_t at = tail.find_first_of("\"[");
    if (at == std::string_view::npos) break;
    tail.remove_prefix(at);
    if (tail.starts_with(kLength)) return byte_count(tail.substr(kLength.size(), tail.find(']') - kLength.size()));
    tail.remove_prefix(tail[0] == '"' ? end_of_quoted(tail, 0) : 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ShapedLine> read_dated(std::string_view line, const Place& place) {
  const std::optional<Date> date = find_date(line);
  if (!date || !is_servers(line.substr(0, date->begin))) return std::nullopt;
  const Words words(line.substr(0, date->begin));
  const std::string_view tail = line.substr(date->end);
  ShapedLine found;
  if (words.count == 0) {
    if (const std::optional<ShapedLine> marked = read_marked(tail)) found = *marked;
    found.bytes = length_of(tail);
    if (!found.client) found.client = before_quote(tail);
    if (!found.bytes) found.bytes = bytes_behind(tail);
    return found;
  }
  if (words.count == 1 && date->milliseconds) {
    found.client = address_of(words.all[0], true);
    found.bytes = haproxy_bytes(tail);
    return found;
  }
  found.bytes = bytes_behind(tail);
  std::size_t from = 0;
  while (from < words.kept() && words.all[from].ends_with(',')) ++from;
  const bool list = from > 0 || words.all[0].find(',') != std::string_view::npos;
  const bool quoted = words.all[0].starts_with('"') && words.count > 1 && address_of(words.all[1]);
  if ((list || quoted) && from < words.kept()) {
    // X-Forwarded-For comes first, and the peer may come behind it.
    const std::string_view last = words.all[from];
    const auto size = static_cast<std::size_t>(last.data() + last.size() - line.data());
    found.forwarded = forwarded_client(line.substr(0, size), place.proxies.value_or(0));
    const bool peer = from + 1 < words.kept() && address_of(words.all[from + 1]);
    found.client = peer ? address_of(words.all[from + 1]) : found.forwarded;
    return found;
  }
  found.client = client_of(words, 0);
  if (place.proxies) found.forwarded = forwarded_behind(tail, *place.proxies);
  const bool dashed =
      std::find(words.all.begin(), words.all.begin() + words.kept(), "-") != words.all.begin() + words.kept();
  if (!found.client && words.count == 2 && !dashed) {
    // S3: owner and bucket come first.
    found.client = before_quote(tail);
    if (found.client) found.bytes = bytes_behind(tail, true);
  }
  // Some other message, with its time somewhere.
  if (!found.client && !dashed && tail.find('"') == std::string_view::npos) return std::nullopt;
  return found;
}

std::optional<std::uint64_t> request_bytes(std::string_view line) noexcept {
  const std::size_t date = line.find("] \"");
  return date == std::string_view::npos ? std::nullopt : bytes_behind(line.substr(date));
}

}  // namespace ip2asn::cli
