#include "module/advice/config_tree.hh"

#include <strings.h>

#include <cctype>
#include <cstring>

#include "answer/fields.hh"

namespace ip2asn::httpd {
namespace {

server_rec* host_of(server_rec* main, const ap_directive_t* line) {
  for (server_rec* s = main->next; s != nullptr; s = s->next) {
    if (s->defn_name != nullptr && std::strcmp(s->defn_name, line->filename) == 0 &&
        static_cast<int>(s->defn_line_number) == line->line_num) {
      return s;
    }
  }
  return nullptr;
}

std::string at(const ap_directive_t* line) {
  return std::string(" (") + line->filename + " line " + std::to_string(line->line_num) + ')';
}

}  // namespace

std::string Statement::place() const { return (line->directive[0] == '<' ? section() : line->directive + at(line)); }

std::string Statement::section() const { return line->directive + (args.empty() ? "" : ' ' + args) + '>' + at(line); }

std::vector<std::string> words_of(std::string_view args) {
  std::vector<std::string> words;
  std::size_t i = 0;
  while (true) {
    while (i < args.size() && std::isspace(static_cast<unsigned char>(args[i])) != 0) ++i;
    if (i == args.size()) return words;
    std::string word;
    const char quote = args[i] == '"' || args[i] == '\'' ? args[i++] : '\0';
    for (; i < args.size(); ++i) {
      if (quote != '\0' ? args[i] == quote : std::isspace(static_cast<unsigned char>(args[i])) != 0) break;
      if (quote != '\0' && args[i] == '\\' && i + 1 < args.size() && (args[i + 1] == quote || args[i + 1] == '\\')) ++i;
      word += args[i];
    }
    if (quote != '\0' && i < args.size()) ++i;
    words.push_back(std::move(word));
  }
}

bool same_word(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

ConfigTree::ConfigTree(server_rec* main, const ap_directive_t* tree) : main_(main) {
  for (api::Field field = 0; field < api::kFieldCount; ++field) {
    variables_.push_back({api::kFields[field].variable, field == api::kCountry});
  }
  collect(tree, nullptr, -1);
  for (const Statement& each : statements_) {
    if (!each.is("IP2ASNEnv")) continue;
    const std::vector<std::string> words = words_of(each.args);
    if (words.size() == 2 && !same_word(words[1], "none")) variables_.push_back({words[0], words[1] == "country"});
  }
}

std::vector<server_rec*> ConfigTree::servers() const {
  std::vector<server_rec*> all;
  for (server_rec* s = main_; s != nullptr; s = s->next) all.push_back(s);
  return all;
}

void ConfigTree::collect(const ap_directive_t* line, server_rec* host, int within) {
  for (; line != nullptr; line = line->next) {
    if (line->directive == nullptr) continue;
    Statement statement{line, line->directive, line->args != nullptr ? line->args : "", host, within};
    std::string& args = statement.args;
    if (line->directive[0] == '<') {
      args.resize(std::min(args.size(), args.rfind('>')));
      while (!args.empty() && std::isspace(static_cast<unsigned char>(args.back())) != 0) args.pop_back();
    }
    const bool is_host = statement.is("<VirtualHost");
    statements_.push_back(std::move(statement));
    if (line->first_child == nullptr) continue;
    const int number = static_cast<int>(statements_.size()) - 1;
    if (is_host) {
      server_rec* const found = host_of(main_, line);
      // A host that httpd has not taken is nobody's concern.
      if (found != nullptr) collect(line->first_child, found, within);
    } else {
      collect(line->first_child, host, number);
    }
  }
}

}  // namespace ip2asn::httpd
