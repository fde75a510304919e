// httpd's configuration tree as advice looks at it: its directives in order, each with the server and the sections that
// it stands in. Includes, macros and <IfModule> are gone by then; httpd has resolved them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "module/httpd.hh"

namespace ip2asn::httpd {

/// A directive, or the beginning of a section ("<Location").
struct Statement {
  const ap_directive_t* line = nullptr;
  std::string_view name;       ///< with the "<" of a section
  std::string args;            ///< without the ">" of a section
  server_rec* host = nullptr;  ///< the virtual host that it stands in; null in the main server
  int within = -1;             ///< number of the section that it stands in, <VirtualHost> not counted; -1: none

  bool is(const char* directive) const { return strcasecmp(line->directive, directive) == 0; }
  /// "Require (httpd.conf line 3)".
  std::string place() const;
  /// "<Location "/"> (httpd.conf line 3)".
  std::string section() const;
};

/// Words of a directive, without their quotes.
std::vector<std::string> words_of(std::string_view args);

/// Whether two texts are equal but for case.
bool same_word(std::string_view a, std::string_view b) noexcept;

/// A variable that requests are given.
struct Variable {
  std::string name;
  bool country = false;  ///< it has the country's code
};

class ConfigTree {
 public:
  ConfigTree(server_rec* main, const ap_directive_t* tree);

  /// In the order of the configuration; `Statement::within` counts in it.
  const std::vector<Statement>& statements() const noexcept { return statements_; }
  server_rec* main() const noexcept { return main_; }
  /// The main server and all virtual hosts.
  std::vector<server_rec*> servers() const;
  /// Whether the settings of `host` (null: the main server's) reach `server`.
  bool reaches(const server_rec* host, const server_rec* server) const noexcept {
    return host == nullptr || host == server;
  }

  /// The module's variables and those of IP2ASNEnv.
  const std::vector<Variable>& variables() const noexcept { return variables_; }

 private:
  void collect(const ap_directive_t* line, server_rec* host, int within);

  server_rec* main_;
  std::vector<Statement> statements_;
  std::vector<Variable> variables_;
};

}  // namespace ip2asn::httpd
