#include "registry/holder_text.hh"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/text.hh"
#include "registry/country_names.hh"

namespace ip2asn {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// Words, without the signs around them.
std::vector<std::string> words_of(std::string_view lower_text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : lower_text) {
    if (is_letter(c) || is_digit(c)) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

template <std::size_t N>
bool is_one_of(const std::string_view (&list)[N], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// An organisation tells itself by one of these, or by a word that begins so.
constexpr std::string_view kForms[] = {
    "ab",   "ag",  "as",  "asa",  "aps", "bv",  "bvba", "co",  "corp", "cv",   "doo",  "ehf", "eg",  "ev",
    "gmbh", "inc", "isp", "jsc",  "kft", "kg",  "llc",  "llp", "lp",   "ltd",  "ltda", "nv",  "oao", "ojsc",
    "ooo",  "oy",  "oyj", "pjsc", "plc", "pte", "pty",  "pvt", "sa",   "sarl", "sas",  "sdn", "se",  "sia",
    "sl",   "spa", "srl", "sro",  "ug",  "zao", "zrt",  "net", "of",   "the",  "bank", "and"};
constexpr std::string_view kTrades[] = {
    "academ",  "agenc",     "associat", "broadband", "cable",    "carrier", "cent",     "cloud",   "college",
    "commun",  "compan",    "comput",   "consult",   "cooperat", "corpor",  "council",  "data",    "digital",
    "electr",  "enterpr",   "financ",   "foundat",   "govern",   "group",   "health",   "holding", "hospital",
    "host",    "hotel",     "industr",  "inform",    "institut", "insur",   "interact", "intern",  "kommunik",
    "librar",  "limited",   "media",    "minist",    "mobil",    "network", "online",   "operat",  "organi",
    "parliam", "provid",    "research", "school",    "secur",    "server",  "servic",   "societ",  "soft",
    "solut",   "stadtwerk", "system",   "techn",     "tele",     "trust",   "univers",  "wireless"};

bool names_organisation(const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return is_one_of(kForms, word) || std::any_of(std::begin(kTrades), std::end(kTrades),
                                                  [&](std::string_view trade) { return word.starts_with(trade); });
  });
}

constexpr std::string_view kStreets[] = {"street", "st",       "str",   "strasse", "road",      "rd",
                                         "avenue", "ave",      "lane",  "blvd",    "boulevard", "floor",
                                         "suite",  "building", "bldg",  "box",     "ul",        "ulitsa",
                                         "rue",    "via",      "calle", "platz",   "square",    "highway"};

bool is_street_word(const std::string& word) {
  return is_one_of(kStreets, word) || word.ends_with("strasse") ||
         word.ends_with(
             "stra\xC3\x9F"
             "e") ||
         word.ends_with("straat") || word.ends_with("gatan");
}

// "12 Example Street", "P.O. Box 12".
bool is_street(const std::vector<std::string>& words) {
  const bool has_number =
      std::any_of(words.begin(), words.end(), [](const std::string& word) { return is_digit(word.front()); });
  return has_number && std::any_of(words.begin(), words.end(), is_street_word);
}

// "CH-8001 Zurich", "75008 Paris".
bool is_postal_code_with_city(std::string_view text) {
  const std::size_t digits = text.find_first_of("0123456789");
  if (digits == std::string_view::npos || digits > 3) return false;
  if (digits > 0 && (text[digits - 1] != '-' || !std::all_of(text.begin(), text.begin() + digits - 1, is_upper)))
    return false;
  const std::size_t end = std::find_if_not(text.begin() + digits, text.end(), is_digit) - text.begin();
  return end - digits >= 4 && end - digits <= 6 && end + 1 < text.size() && text[end] == ' ' && is_upper(text[end + 1]);
}

// Each word begins as a name does, and goes on in small letters: "Sao Paulo", not "EXAMPLE" or "eXample".
bool looks_like_place(std::string_view part) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : part) {
    if (!is_letter(c) && c != '\'' && c != '-' && c != '.' && c != ' ') return false;
    if (c == ' ' || c == '-' || c == '.' || c == '\'') {
      inside = false;
      continue;
    }
    if (!inside) ++words;
    if (inside && is_upper(c)) return false;
    inside = true;
  }
  return words > 0 && words <= 3;
}

bool is_place(std::string_view line, std::string_view network_name) {
  const std::size_t comma = line.rfind(',');
  std::string country = lower(trimmed(comma == std::string_view::npos ? line : line.substr(comma + 1)));
  std::erase(country, '.');
  if (!is_country_name(country)) return false;
  if (comma == std::string_view::npos) return true;
  const std::string network = lower(network_name);
  std::string_view rest = line.substr(0, comma);
  while (true) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view part = trimmed(rest.substr(0, end));
    // A federal state or a postal code may stand between city and country.
    const bool short_code = part.size() <= 3 || std::all_of(part.begin(), part.end(), is_digit);
    if (!short_code && !looks_like_place(part)) return false;
    for (const std::string& word : words_of(lower(part))) {
      if (word.size() > 3 && network.find(word) != std::string::npos) return false;
    }
    if (end == rest.size()) return true;
    rest.remove_prefix(end + 1);
  }
}

constexpr std::string_view kRequests[] = {"please ", "for abuse",  "for spam", "in case of",
                                          "send ",   "contact us", "abuse "};
constexpr std::string_view kLabels[] = {"tel",   "phone",   "telephone", "fax", "fax-no", "email", "e-mail", "mail",
                                        "abuse", "contact", "address",   "www", "url",    "web",   "website"};

// "Tel.: +49 …", "www.example.net".
bool is_contact(const std::string& text) {
  if (text.find("://") != std::string::npos) return true;
  if (std::any_of(std::begin(kRequests), std::end(kRequests),
                  [&](std::string_view each) { return text.starts_with(each); })) {
    return true;
  }
  const std::size_t end = text.find_first_of(":.");
  return end != std::string::npos && is_one_of(kLabels, std::string_view(text).substr(0, end));
}

}  // namespace

bool holds_mailbox(std::string_view text) noexcept {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text[at - 1] != ' ' && text[at + 1] != ' ';
}

bool is_handle(std::string_view text) noexcept {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return is_upper(c) || is_digit(c) || c == '-'; });
  if (!plain) return false;
  return text.starts_with("ORG-") || text.starts_with("MNT-") || text.ends_with("-MNT") || text.starts_with("IRT-") ||
         text.starts_with("MAINT-");
}

bool could_name_holder(std::string_view raw, std::string_view network_name) {
  std::string_view line = trimmed(raw);
  while (!line.empty() && (line.back() == '.' || line.back() == ',' || line.back() == ';')) line.remove_suffix(1);
  if (std::count_if(line.begin(), line.end(), is_letter) < 2) return false;
  const std::string text = lower(line);
  if (holds_mailbox(line) || is_contact(text)) return false;
  const std::vector<std::string> words = words_of(text);
  if (names_organisation(words) && !is_street(words)) return true;
  return !is_street(words) && !is_postal_code_with_city(line) && !is_place(line, network_name);
}

}  // namespace ip2asn
