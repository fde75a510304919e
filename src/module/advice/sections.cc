#include "module/advice/sections.hh"

#include <algorithm>
#include <optional>
#include <set>

namespace ip2asn::httpd {
namespace {

struct KindName {
  const char* directive;
  SectionKind kind;
  bool regex;
  bool proxy;
};
constexpr KindName kKinds[] = {
    {"<Directory", SectionKind::directory, false, false}, {"<DirectoryMatch", SectionKind::directory, true, false},
    {"<Proxy", SectionKind::directory, false, true},      {"<ProxyMatch", SectionKind::directory, true, true},
    {"<Files", SectionKind::files, false, false},         {"<FilesMatch", SectionKind::files, true, false},
    {"<Location", SectionKind::location, false, false},   {"<LocationMatch", SectionKind::location, true, false},
    {"<If", SectionKind::condition, false, false},        {"<ElseIf", SectionKind::condition, false, false},
    {"<Else", SectionKind::condition, false, false},
};

std::optional<Section> section_at(const Statement& line, int number) {
  for (const KindName& name : kKinds) {
    if (!line.is(name.directive)) continue;
    Section section;
    section.line = &line;
    section.number = number;
    section.kind = name.kind;
    section.proxy = name.proxy;
    section.regex = name.regex;
    if (name.kind == SectionKind::condition) return section;
    std::vector<std::string> words = words_of(line.args);
    if (words.size() > 1 && words[0] == "~") {
      section.regex = true;
      words.erase(words.begin());
    }
    section.place = words.empty() ? "" : words[0];
    section.pattern = section.regex || section.place.find_first_of("*?[") != std::string::npos;
    while (!section.pattern && section.place.size() > 1 && section.place.ends_with('/')) section.place.pop_back();
    return section;
  }
  return std::nullopt;
}

// The access rules of one section.
class Rules {
 public:
  Rules(const std::vector<Statement>& statements, const std::set<std::string>& aliases)
      : statements_(statements), aliases_(aliases) {}

  void judge(Section& section) {
    for (std::size_t i = static_cast<std::size_t>(section.number) + 1; i < statements_.size(); ++i) {
      if (statements_[i].within < section.number) break;
      note(statements_[i], section);
    }
    if (!section.has_rules) return;
    section.admits_all = admits(section.number, false, false);
    section.admits_others = admits(section.number, false, true);
  }

 private:
  enum class Rule { granted, denied, ours, foreign };

  Rule rule_of(const std::vector<std::string>& words, const std::string& args) const {
    if (words.empty()) return Rule::foreign;
    const auto is = [&](const char* word) { return same_word(words[0], word); };
    if (is("all")) return words.size() > 1 && same_word(words[1], "granted") ? Rule::granted : Rule::denied;
    const bool provider = is("asn") || is("asn-list") || is("hoster") || is("as-country");
    return provider || aliases_.contains(words[0]) || args.find("IP2ASN_") != std::string::npos ? Rule::ours
                                                                                                : Rule::foreign;
  }

  static bool take_not(std::vector<std::string>& words) {
    if (words.empty() || !same_word(words[0], "not")) return false;
    words.erase(words.begin());
    return true;
  }

  static bool is_frame(const Statement& each) {
    return each.is("<RequireAll") || each.is("<RequireAny") || each.is("<RequireNone") || is_limit(each);
  }
  static bool is_limit(const Statement& each) { return each.is("<Limit") || each.is("<LimitExcept"); }

  // Whether a statement belongs to the section itself rather than to one inside it.
  bool belongs(const Statement& each, int section) const {
    int within = each.within;
    while (within > section && is_frame(statements_[static_cast<std::size_t>(within)])) {
      within = statements_[static_cast<std::size_t>(within)].within;
    }
    return within == section;
  }

  void note(const Statement& each, Section& section) const {
    if (!belongs(each, section.number)) return;
    std::vector<std::string> words = words_of(each.args);
    if (each.is("AuthMerging")) section.decided = true;
    if (each.is("ProxyPass")) section.handler = true;
    if (each.is("SetHandler") && !words.empty()) {
      section.handler = !same_word(words[0], "none") && !same_word(words[0], "default-handler");
    }
    if (each.is("AllowOverride")) {
      section.htaccess = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return same_word(word, "All") || same_word(word, "AuthConfig");
      });
    }
    if (!each.is("Require")) return;
    section.has_rules = true;
    const bool negated = take_not(words);
    const Rule rule = rule_of(words, each.args);
    section.ours |= rule == Rule::ours;
    section.foreign |= rule == Rule::foreign;
    section.granted |= rule == Rule::granted && !negated;
  }

  // Whether the rules directly in a section let everybody in; when `others`, everybody whom those of ours and negated
  // ones do not mean.
  bool admits(int number, bool all, bool others) const {
    bool any_rule = false, result = all, limits = true;
    for (std::size_t i = static_cast<std::size_t>(number) + 1; i < statements_.size(); ++i) {
      const Statement& each = statements_[i];
      if (each.within < number) break;
      if (each.within != number) continue;
      const int inner = static_cast<int>(i);
      bool value = false;
      if (each.is("Require")) {
        std::vector<std::string> words = words_of(each.args);
        const bool negated = take_not(words);
        const Rule rule = rule_of(words, each.args);
        value = negated ? others : rule == Rule::granted || (others && rule == Rule::ours);
      } else if (each.is("<RequireNone")) {
        value = others;
      } else if (is_limit(each)) {
        limits = admits(inner, false, others) && limits;
        continue;
      } else if (is_frame(each)) {
        value = admits(inner, each.is("<RequireAll"), others);
      } else {
        continue;
      }
      any_rule = true;
      result = all ? result && value : result || value;
    }
    return limits && (!any_rule || result);
  }

  const std::vector<Statement>& statements_;
  const std::set<std::string>& aliases_;
};

// Names that AuthzProviderAlias gives to providers of ours.
std::set<std::string> aliases_of(const ConfigTree& tree) {
  std::set<std::string> aliases;
  for (const Statement& each : tree.statements()) {
    if (!each.is("<AuthzProviderAlias")) continue;
    const std::vector<std::string> words = words_of(each.args);
    if (words.size() < 2) continue;
    for (const char* ours : {"asn", "asn-list", "hoster", "as-country"}) {
      if (same_word(words[0], ours)) aliases.insert(words[1]);
    }
  }
  return aliases;
}

}  // namespace

std::vector<Section> sections_of(const ConfigTree& tree) {
  const std::set<std::string> aliases = aliases_of(tree);
  Rules rules(tree.statements(), aliases);
  std::vector<Section> sections;
  for (std::size_t i = 0; i < tree.statements().size(); ++i) {
    std::optional<Section> section = section_at(tree.statements()[i], static_cast<int>(i));
    if (!section) continue;
    rules.judge(*section);
    sections.push_back(*std::move(section));
  }
  return sections;
}

}  // namespace ip2asn::httpd
