#include "compile/list_text.hh"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hh"
#include "compile/list_member.hh"
#include "net/asn.hh"
#include "net/prefix_text.hh"

namespace ip2asn {
namespace {

struct Word {
  std::string_view text;
  bool column = false;  // a comma or a bar ended it, and not a blank alone
};

// Takes the next word, which may be quoted, off `line`.
Word take_word(std::string_view& line) {
  line = trimmed(line);
  Word word;
  const std::size_t quote = line.starts_with('"') ? line.find('"', 1) : std::string_view::npos;
  if (quote != std::string_view::npos) {
    word.text = trimmed(line.substr(1, quote - 1));
    line.remove_prefix(quote + 1);
    // Something glued to a quoted word is not a column of its own.
    if (!line.empty() && line.find_first_of(" \t,|") != 0) word.text = {};
  } else {
    const std::size_t end = std::min(line.size(), line.find_first_of(" \t,|"));
    word.text = line.substr(0, end);
    line.remove_prefix(end);
  }
  line = trimmed(line);
  if (line.starts_with(',') || line.starts_with('|')) {
    word.column = true;
    line.remove_prefix(1);
  }
  return word;
}

constexpr std::string_view kColumns[] = {
    "asn",    "as",       "asnumber", "asnum",     "autnum",  "aut",      "number",     "network", "networks",
    "prefix", "prefixes", "cidr",     "cidrs",     "ip",      "ips",      "ipaddress",  "address", "addresses",
    "range",  "ranges",   "iprange",  "subnet",    "subnets", "ipprefix", "ipv4",       "ipv6",    "ip4",
    "ip6",    "netblock", "block",    "ipnetwork", "ipcidr",  "exitip",   "ipaddresses"};
bool is_column(std::string_view name) {
  return std::find(std::begin(kColumns), std::end(kColumns), name) != std::end(kColumns);
}

// Whether the two addresses look like the ends of a network block, and not like two addresses beside one another.
bool brackets_block(const Address& first, const Address& last) {
  return first.family == last.family && first < last && first.lo % 8 == 0 && last.lo % 8 == 7;
}

bool is_network(std::string_view word) {
  return word.find_first_of(".:") != std::string_view::npos && parse_prefix(word).has_value();
}

bool is_as_with_letters(std::string_view word) {
  return word.size() > 2 && (word[0] == 'A' || word[0] == 'a') && parse_asn(word).has_value();
}

std::string two_entries(std::string_view first, std::string_view second) {
  return quoted(first) + " and " + quoted(second) + " stand in one line; write one entry a line";
}

// A line that begins with an address: perhaps the first of a range, or a network with its mask.
ListEntry address_and_more(const Address& first, const Word& word, std::string_view rest, bool pairs) {
  const Word second = take_word(rest);
  if (second.text == "-" || (second.text.starts_with('-') && parse_address(second.text.substr(1)))) {
    const std::string_view end = second.text == "-" ? take_word(rest).text : second.text.substr(1);
    if (const auto last = parse_address(end)) return list_range(first, *last, word.text);
    const bool digits = end.find_first_not_of("0123456789abcdefABCDEF.:/") == std::string_view::npos;
    if (digits && end.find_first_of("0123456789.:") != std::string_view::npos) {
      return quoted(word.text) + " - " + quoted(end) +
             " is not a valid range; write first-last, both as whole addresses";
    }
    return parse_list_entry(word.text);
  }
  const auto last = parse_address(second.text);
  if (!last) {
    const auto around = is_network(second.text) ? parse_prefix(second.text) : std::nullopt;
    if (around && !around->range().contains(first)) return two_entries(word.text, second.text);
    return parse_list_entry(word.text);
  }
  if (pairs) return list_range(first, *last, word.text);
  if (is_network(take_word(rest).text)) return two_entries(word.text, second.text);
  if (const auto length = mask_length(*last); length && first < *last) {
    if (!word.column) return parse_list_entry(std::string(word.text) + '/' + std::to_string(*length));
    return quoted(word.text) + ',' + quoted(second.text) + " may be a range or a network and its mask; write a prefix";
  }
  if (brackets_block(first, *last)) return list_range(first, *last, word.text);
  if (first == *last) return parse_list_entry(word.text);
  return quoted(word.text) + " and " + quoted(second.text) +
         " stand in one line; write first-last for a range, or one address a line";
}

}  // namespace

bool ListText::is_header(std::string_view line) {
  // A column's name may have blanks when commas or tabs divide the columns.
  const std::size_t end = line.find_first_of(",\t|");
  std::string first = plain_member_name(line.substr(0, end));
  std::string second;
  if (end != std::string_view::npos) {
    const std::string_view rest = line.substr(end + 1);
    second = plain_member_name(rest.substr(0, rest.find_first_of(",\t|")));
  } else if (const std::size_t blank = line.find(' '); blank != std::string_view::npos && !is_column(first)) {
    first = plain_member_name(line.substr(0, blank));
    second = plain_member_name(line.substr(line.find_last_of(' ') + 1));
    // "AS numbers of …" is prose; a table's header has nothing but names.
    if (member_role(first) != MemberRole::start || member_role(second) != MemberRole::end) return false;
  }
  pairs_ = member_role(first) == MemberRole::start && member_role(second) == MemberRole::end;
  return pairs_ || is_column(first);
}

ListEntry ListText::entry_of(std::string_view line) {
  std::string_view rest = line;
  const Word word = take_word(rest);
  word_ = word.text.empty() ? line : word.text;
  if (word.text.empty()) return parse_list_entry(line);
  if (const auto address = parse_address(word.text)) return address_and_more(*address, word, rest, pairs_);
  ListEntry entry = parse_list_entry(word.text);
  if (std::holds_alternative<std::string>(entry)) return entry;
  prose_ =
      !word.column && !rest.empty() && !is_as_with_letters(word.text) && std::holds_alternative<std::uint32_t>(entry);
  const std::string_view second = take_word(rest).text;
  if (const auto* range = std::get_if<Range>(&entry)) {
    const auto other = is_network(second) ? parse_prefix(second) : std::nullopt;
    if (other && !range->contains(unmapped(other->address))) return two_entries(word.text, second);
  } else if (is_network(second) || is_as_with_letters(second)) {
    return two_entries(word.text, second);
  }
  return entry;
}

std::optional<ListEntry> ListText::next(std::string_view line) {
  word_ = {};
  prose_ = false;
  line = trimmed(line.substr(0, line.find_first_of("#;")));
  if (line.empty()) return std::nullopt;
  const bool first = !std::exchange(started_, true);
  if (first && is_header(line)) return std::nullopt;
  return entry_of(line);
}

}  // namespace ip2asn
