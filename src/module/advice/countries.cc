// Countries that no AS of the data is registered in: a rule about them is never true.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "index/image.hh"
#include "module/advice/advice.hh"
#include "module/advice/config_tree.hh"

namespace ip2asn::httpd {
namespace {

// What people write, and the code of ISO 3166-1 that they mean: other names, former countries, languages.
struct Slip {
  std::string_view written, meant;
};
constexpr auto kSlips = std::to_array<Slip>({
    {"BU", "MM"},
    {"CS", "RS"},
    {"DD", "DE"},
    {"EL", "GR"},
    {"EN", "GB"},
    {"FX", "FR"},
    {"JA", "JP"},
    {"KO", "KR"},
    {"SU", "RU"},
    {"TP", "TL"},
    {"UK", "GB"},
    {"YU", "RS"},
    {"ZR", "CD"},
});

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

bool is_code(std::string_view text) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  return text.size() == 2 && letter(text[0]) && letter(text[1]);
}

using Codes = std::vector<std::string>;

// The codes in a regular expression that is nothing but codes, as ^(DE|AT)$; of any other, none.
Codes codes_of_pattern(std::string_view pattern, bool any_case) {
  Codes codes;
  std::string word;
  for (const char c : std::string(pattern) + '$') {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else if (std::string_view("^$()|?:").find(c) == std::string_view::npos) {
      return {};
    } else if (!word.empty()) {
      if (!is_code(word)) return {};
      codes.push_back(any_case ? upper(word) : word);
      word.clear();
    }
  }
  return codes;
}

void skip(std::string_view& text, std::string_view what) {
  text.remove_prefix(std::min(text.find_first_not_of(what), text.size()));
}

std::string_view cut(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

// What follows a variable in an expression: an operator, and what it is compared with.
Codes codes_compared(std::string_view rest) {
  skip(rest, "}\\'\") \t");
  std::string_view op = rest.substr(0, rest.find_first_of("'\"{/ \t%m\\"));
  rest.remove_prefix(op.size());
  skip(rest, " \t\\");
  Codes codes;
  const auto add = [&codes](std::string_view code) {
    if (is_code(code)) codes.emplace_back(code);
  };
  if (rest.empty()) return codes;
  const char first = rest.front();
  if (op == "=~" || op == "!~") {
    if (first != '/' && first != 'm') return codes;
    rest.remove_prefix(first == 'm' ? std::min<std::size_t>(2, rest.size()) : 1);
    const std::string_view pattern = cut(rest, first == 'm' ? '#' : '/');
    return codes_of_pattern(pattern, rest.starts_with('i'));
  }
  if (op == "in" || op == "-in") {
    std::string_view list = first == '{' ? cut(rest, '}') : std::string_view();
    while (list.find_first_of("'\"") != std::string_view::npos) {
      const std::size_t quote = list.find_first_of("'\"");
      const char mark = list[quote];
      list.remove_prefix(quote + 1);
      std::string_view word = cut(list, mark);
      if (word.ends_with('\\')) word.remove_suffix(1);
      add(word);
    }
    return codes;
  }
  if (op == "==" || op == "=" || op == "!=" || op == "-eq" || op == "eq" || op == "ne") {
    if (first != '\'' && first != '"') return codes;
    rest.remove_prefix(1);
    std::string_view word = cut(rest, first);
    if (word.ends_with('\\')) word.remove_suffix(1);
    add(word);
  }
  return codes;
}

// What a RewriteCond compares with: =XX, !=XX, or a regular expression.
Codes codes_of_condition(std::string_view pattern, bool any_case) {
  if (pattern.starts_with('!')) pattern.remove_prefix(1);
  if (!pattern.starts_with('=')) return codes_of_pattern(pattern, any_case);
  const std::string code(pattern.substr(1));
  if (!is_code(code)) return {};
  return {any_case ? upper(code) : code};
}

Codes codes_of_rule(const Statement& rule, const std::string& variable) {
  const std::vector<std::string> words = words_of(rule.args);
  if (rule.is("SetEnvIf") || rule.is("SetEnvIfNoCase")) {
    if (words.size() < 2 || !same_word(words[0], variable)) return {};
    return codes_of_pattern(words[1], rule.is("SetEnvIfNoCase"));
  }
  if (rule.is("RewriteCond") && !words.empty() && words[0] != "expr") {
    const bool whole = same_word(words[0], "%{ENV:" + variable + "}") || same_word(words[0], "%{" + variable + "}");
    const bool any_case = words.size() > 2 && upper(words[2]).find("NC") != std::string::npos;
    return whole && words.size() > 1 ? codes_of_condition(words[1], any_case) : Codes();
  }
  Codes codes;
  for (std::size_t at = rule.args.find(variable); at != std::string::npos; at = rule.args.find(variable, at + 1)) {
    const std::size_t end = at + variable.size();
    if (end == rule.args.size() || std::string_view("}'\"\\").find(rule.args[end]) == std::string_view::npos) continue;
    const Codes more = codes_compared(std::string_view(rule.args).substr(end));
    codes.insert(codes.end(), more.begin(), more.end());
  }
  return codes;
}

// The codes that a line asks for, whatever kind of line it is.
Codes codes_of(const Statement& line, const ConfigTree& tree) {
  const bool alias = line.is("<AuthzProviderAlias");
  if (line.is("Require") || alias) {
    std::vector<std::string> words = words_of(line.args);
    if (!words.empty() && same_word(words[0], "not")) words.erase(words.begin());
    if (!words.empty() && same_word(words[0], "as-country")) {
      // AuthzProviderAlias has a name of its own next, and all words as one after it.
      const std::size_t from = alias ? 2 : 1;
      Codes codes;
      for (std::size_t i = from; i < words.size(); ++i) {
        for (const std::string& code : words_of(words[i])) codes.push_back(upper(code));
      }
      return codes;
    }
  }
  Codes codes;
  for (const Variable& variable : tree.variables()) {
    if (!variable.country || line.args.find(variable.name) == std::string::npos) continue;
    const Codes more = codes_of_rule(line, variable.name);
    codes.insert(codes.end(), more.begin(), more.end());
  }
  return codes;
}

std::set<std::string_view> countries_of(const Image& image) {
  std::set<std::string_view> countries;
  for (RecordId id = 1; id < image.record_count(); ++id) countries.insert(image.record(id).country);
  return countries;
}

std::string remedy(const std::string& code, const std::set<std::string_view>& known) {
  const std::string capitals = upper(code);
  if (capitals != code && known.contains(capitals)) return "write '" + capitals + "', in capitals";
  for (const Slip& slip : kSlips) {
    if (slip.written == capitals) return "ISO 3166-1 has '" + std::string(slip.meant) + "' for it; write that";
  }
  return "write a code of ISO 3166-1, as in the data";
}

}  // namespace

void advise_on_countries(const ConfigTree& tree, const Image& image, Advice& advice) {
  std::optional<std::set<std::string_view>> known;
  for (const Statement& line : tree.statements()) {
    const Codes codes = codes_of(line, tree);
    if (codes.empty()) continue;
    if (!known) known = countries_of(image);
    std::string unknown, remedies;
    std::set<std::string> seen;
    for (const std::string& code : codes) {
      if (known->contains(code) || !seen.insert(code).second) continue;
      unknown += (unknown.empty() ? "'" : ", '") + code + '\'';
      const std::string what = remedy(code, *known);
      if (remedies.find(what) == std::string::npos) remedies += (remedies.empty() ? "" : "; ") + what;
    }
    if (unknown.empty()) continue;
    advice.push_back(line.place() + ": no AS of the data is registered in " + unknown +
                     ", so that this part never matches; " + remedies);
  }
}

}  // namespace ip2asn::httpd
