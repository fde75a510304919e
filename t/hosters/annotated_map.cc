#include "annotated_map.hh"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>
#include <utility>

#include "compile/hoster_text.hh"

namespace ip2asn::hosters {
namespace {

constexpr std::uint32_t kUnlistedAsn = 64500;  // RFC 5398: for documentation, in no map

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

template <class Take>
void each_piece(std::string_view text, char divider, Take&& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(divider), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// Runs of letters and digits.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  for (const char c : text) {
    const bool now = is_letter_or_digit(c);
    if (now && !inside) words.emplace_back();
    if (now) words.back() += fold_case(c);
    inside = now;
  }
  return words;
}

std::string initials_of(const std::vector<std::string>& words, std::size_t from) {
  std::string initials;
  for (std::size_t i = from; i < words.size(); ++i) initials += words[i].front();
  return initials;
}

std::string first_word(std::string_view description) {
  std::string word(description.substr(0, description.find_first_of(" \t")));
  std::transform(word.begin(), word.end(), word.begin(), fold_case);
  return word;
}

std::size_t comment_of(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == '#' && !quoted) return i;
  }
  return line.size();
}

// "2026-07" at the start of a comment's text, or nothing.
std::string month_of(std::string_view comment) {
  const std::string_view word = comment.substr(0, comment.find(' '));
  const auto digit = [&](std::size_t i) { return word[i] >= '0' && word[i] <= '9'; };
  if (word.size() != 7 || word[4] != '-') return {};
  for (const std::size_t i : {0, 1, 2, 3, 5, 6})
    if (!digit(i)) return {};
  const std::string_view month = word.substr(5);
  return word.substr(0, 2) == "20" && month >= "01" && month <= "12" ? std::string(word) : std::string();
}

// Words of hosters' names that say nothing about who it is.
bool is_generic(std::string_view word) {
  static const std::set<std::string_view> words = {
      "center",    "centre",   "cloud",        "clouds",     "company", "data",    "datacenter", "datacentre",
      "dedicated", "digital",  "global",       "group",      "host",    "hosted",  "hosting",    "internet",
      "network",   "networks", "online",       "server",     "servers", "service", "services",   "solution",
      "solutions", "systems",  "technologies", "technology", "virtual", "web"};
  return word.size() < 4 || words.count(word) != 0;
}

// Whether `essential` begins where a word of `text` begins: 'ovh' in "OVH SAS" and in "AS-OVHcloud", not in "Novhost".
bool starts_a_word(std::string_view text, std::string_view essential) {
  if (essential.empty()) return false;
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool now = is_letter_or_digit(text[i]);
    if (now && !std::exchange(inside, true) && essence(text.substr(i)).starts_with(essential)) return true;
    inside = now;
  }
  return false;
}

// Whether one is short for the other: 'qts' for "Quality Technology Services, LLC", "CCC-HOSTING" for
// 'crystal-computer-consulting', "CLOUDBROKERS-AS" for 'cloud-brokers-it-services'.
bool abbreviates(const std::string& hoster, const std::string& description) {
  constexpr std::size_t kLeastInitials = 3, kLeastBeginning = 5;
  const std::vector<std::string> of_hoster = words_of(hoster), of_name = words_of(description);
  const std::string short_hoster = of_hoster.front();
  const std::string initials = initials_of(of_hoster, 0), whole = essence(hoster);
  for (std::size_t i = 0; i < of_name.size(); ++i) {
    if (short_hoster.size() >= kLeastInitials && initials_of(of_name, i).starts_with(short_hoster)) return true;
    if (initials.size() >= kLeastInitials && of_name[i] == initials) return true;
  }
  return !of_name.empty() && of_name.front().size() >= kLeastBeginning && !is_generic(of_name.front()) &&
         whole.starts_with(of_name.front());
}

bool is_nameless(std::uint32_t asn, std::string_view description) {
  return description.empty() || description == "-Reserved AS-" || description == "AS" + std::to_string(asn);
}

}  // namespace

std::string essence(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (is_letter_or_digit(c)) out += fold_case(c);
  return out;
}

Result<AnnotatedMap> AnnotatedMap::parse(std::string_view text, std::string_view name) {
  auto parsed = HosterMap::parse(text, name);
  if (!parsed) return std::move(parsed).error();
  AnnotatedMap map;
  map.parsed_ = *std::move(parsed);
  std::size_t number = 0;
  each_piece(text, '\n', [&](std::string_view line) { map.read_line(std::string(line), ++number); });
  return map;
}

void AnnotatedMap::complain(std::size_t number, const std::string& what) {
  problems_.push_back("line " + std::to_string(number) + ": " + what);
}

void AnnotatedMap::read_line(std::string line, std::size_t number) {
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\t' || c == '\r'; }, ' ');
  constexpr std::string_view kRenamed = "# renamed:", kAlso = "also:";
  if (line.starts_with(kRenamed)) return read_verdicts(std::string_view(line).substr(kRenamed.size()), number);
  const std::size_t at = comment_of(line);
  std::string hoster;
  read_entry(std::string_view(line).substr(0, at), hoster);
  if (hoster.empty()) return;
  std::string_view comment = std::string_view(line).substr(at);
  comment.remove_prefix(std::min(comment.find_first_not_of("# "), comment.size()));
  lines_.push_back({number, hoster, month_of(comment)});
  const std::size_t also = comment.find(kAlso);
  if (also == std::string_view::npos) return;
  each_piece(comment.substr(also + kAlso.size()), ',', [&](std::string_view name) {
    if (std::string other = essence(name); !other.empty()) also_[hoster].push_back(std::move(other));
  });
}

// The parser has accepted it: outside quotes, what follows the hoster and its class are numbers.
void AnnotatedMap::read_entry(std::string_view entry, std::string& hoster) {
  std::size_t words = 0;
  bool quoted = false;
  each_piece(entry, '"', [&](std::string_view part) {
    if (std::exchange(quoted, !quoted)) {
      ++texts_;
      return;
    }
    each_piece(part, ' ', [&](std::string_view word) {
      if (word.empty()) return;
      if (++words == 1) hoster = word;
      if (words < 3) return;
      const std::string digits(word.substr(word.find_first_of("0123456789")));
      hoster_by_asn_.emplace(static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 10)), hoster);
    });
  });
}

void AnnotatedMap::read_verdicts(std::string_view verdicts, std::size_t number) {
  if (lines_.empty()) return complain(number, "verdicts above the first hoster");
  const std::string& hoster = lines_.back().hoster;
  each_piece(verdicts, ',', [&](std::string_view verdict) {
    verdict.remove_prefix(std::min(verdict.find_first_not_of(' '), verdict.size()));
    const std::size_t blank = verdict.find(' ');
    const std::string_view word = verdict.substr(std::min(blank, verdict.size()));
    const std::size_t from = word.find_first_not_of(' ');
    const std::string asn(verdict.substr(0, blank));
    const auto value = asn.starts_with("AS") ? std::strtoul(asn.c_str() + 2, nullptr, 10) : 0;
    if (value == 0 || value > UINT32_MAX || from == std::string_view::npos)
      return complain(number,
                      "'" + std::string(verdict) + "' is not a verdict; write AS64500 and the first word of its name");
    const auto at = hoster_by_asn_.find(static_cast<std::uint32_t>(value));
    if (at == hoster_by_asn_.end() || at->second != hoster)
      return complain(number, asn + " is not one of the numbers of '" + hoster + "' above");
    if (!renamed_.emplace(at->first, first_word(word.substr(from))).second)
      complain(number, asn + " has a verdict already");
  });
}

const Hoster* AnnotatedMap::match(std::uint32_t asn, std::string_view description) const {
  const std::uint32_t at = parsed_.match(asn, description);
  return at == HosterMap::kNone ? nullptr : &parsed_.hosters()[at];
}

Look AnnotatedMap::look(std::uint32_t asn, const std::string& hoster, const std::string& description) const {
  if (is_nameless(asn, description)) return Look::nameless;
  if (alike(hoster, description)) return Look::alike;
  const auto verdict = renamed_.find(asn);
  return verdict != renamed_.end() && verdict->second == first_word(description) ? Look::renamed : Look::unlike;
}

bool AnnotatedMap::alike(const std::string& hoster, const std::string& description) const {
  const std::string name = essence(description);
  if (starts_a_word(description, essence(hoster)) || (name.size() > 2 && starts_a_word(hoster, name))) return true;
  for (const std::string& word : words_of(hoster))
    if (!is_generic(word) && starts_a_word(description, word)) return true;
  if (const auto also = also_.find(hoster); also != also_.end())
    for (const std::string& other : also->second)
      if (starts_a_word(description, other)) return true;
  if (abbreviates(hoster, description)) return true;
  const Hoster* by_text = match(kUnlistedAsn, description);
  return by_text != nullptr && by_text->name == hoster;
}

}  // namespace ip2asn::hosters
