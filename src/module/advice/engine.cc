// Rules that are read before it is known in which section a request ends, while the engine is on in sections only.
#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "module/advice/advice.hh"
#include "module/advice/config_tree.hh"
#include "module/dir_config.hh"

namespace ip2asn::httpd {
namespace {

bool is_on(const server_rec* server) {
  return static_cast<const DirConfig*>(ap_get_module_config(server->lookup_defaults, &ip2asn_module))->is_on();
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view last_word(std::string_view text) {
  std::size_t start = text.size();
  while (start > 0 && is_word(text[start - 1])) --start;
  return text.substr(start);
}

// Whether `text` takes the variable from the environment, as %{ENV:…}, %{reqenv:…} or reqenv('…'). %{…} alone, in an
// expression, is looked up when it is asked for, with the engine on or off.
bool reads(std::string_view text, std::string_view variable) {
  for (std::size_t i = 0; i + variable.size() <= text.size(); ++i) {
    if (!same_word(text.substr(i, variable.size()), variable)) continue;
    const std::size_t end = i + variable.size();
    if (end < text.size() && is_word(text[end])) continue;
    std::string_view before = text.substr(0, i);
    const bool argument = before.ends_with(':');
    if (argument) before.remove_suffix(1);
    while (!argument && !before.empty() && std::string_view("\\'\" (").find(before.back()) != std::string_view::npos) {
      before.remove_suffix(1);
    }
    const std::string_view function = last_word(before);
    if (same_word(function, "env") || same_word(function, "reqenv")) return true;
  }
  return false;
}

// The variable that a rule reads before sections are known, or nullopt.
std::optional<std::string> read_early(const Statement& rule, const std::vector<Variable>& variables) {
  const bool by_name = rule.is("SetEnvIf") || rule.is("SetEnvIfNoCase");
  const bool by_text = rule.is("RewriteCond") || rule.is("RewriteRule") || rule.is("SetEnvIfExpr") || rule.is("<If") ||
                       rule.is("<ElseIf");
  if (!by_name && !by_text) return std::nullopt;
  const std::vector<std::string> words = by_name ? words_of(rule.args) : std::vector<std::string>();
  for (const Variable& variable : variables) {
    const bool named = by_name && !words.empty() && same_word(words[0], variable.name);
    if (named || (by_text && reads(rule.args, variable.name))) return variable.name;
  }
  return std::nullopt;
}

// The first section that switches the engine on for requests of `server`.
const Statement* engine_in_section(const ConfigTree& tree, const server_rec* server) {
  for (const Statement& each : tree.statements()) {
    if (!each.is("IP2ASNEngine") || each.within < 0 || !same_word(each.args, "on")) continue;
    // Who looks after the main server looks after all that inherit from it.
    if (tree.reaches(each.host, server) || server == tree.main()) return &each;
  }
  return nullptr;
}

}  // namespace

void advise_on_engine(const ConfigTree& tree, Advice& advice) {
  for (server_rec* const server : tree.servers()) {
    const bool main = server == tree.main();
    if (is_on(server)) continue;
    // What the main server says holds in virtual hosts as well, where the engine may be on.
    const std::vector<server_rec*> all = tree.servers();
    if (main && std::any_of(all.begin(), all.end(), is_on)) continue;
    const Statement* const engine = engine_in_section(tree, server);
    if (engine == nullptr) continue;
    const Statement* first = nullptr;
    std::string variable;
    std::size_t more = 0;
    for (const Statement& each : tree.statements()) {
      if (each.within >= 0 || each.host != (main ? nullptr : server)) continue;
      const std::optional<std::string> read = read_early(each, tree.variables());
      if (!read) continue;
      if (first == nullptr) variable = *read;
      first != nullptr ? void(++more) : void(first = &each);
    }
    if (first == nullptr) continue;
    advice.push_back(first->place() +
                     (more > 0 ? " and " + std::to_string(more) + " more like it: read " : ": reads ") + variable +
                     " before it is known which section a request is for, and the engine is on in sections " +
                     "only (" + engine->place() + "), so that it is never set by then; set 'IP2ASNEngine On' for the " +
                     (main ? "whole server" : "whole virtual host") + ", or move the rule into the section");
  }
}

}  // namespace ip2asn::httpd
