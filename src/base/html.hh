// Pages of HTML that bring all they need with them: one look for all, light and dark as the reader's system has it.
//
// A page asks for nothing from anywhere. Its one style sheet and its one script, where it has one, stand inside it, and
// the Content-Security-Policy allows these alone, by their hashes; there are no style attributes.
#pragma once

#include <string>
#include <string_view>

namespace ip2asn::html {

/// Appends text of anybody's, passed through clean_text(), for an element or an attribute in double quotes.
void append_escaped(std::string& to, std::string_view text);
std::string escaped(std::string_view text);

/// What a page adds to what all have.
struct Look {
  std::string_view style;   ///< CSS behind kStyle
  std::string_view script;  ///< JavaScript, or empty for none
  int refresh = 0;          ///< seconds after which a browser without JavaScript asks again, or 0
};

/// Appends everything up to and with <body>. `title` is anybody's text.
void begin_page(std::string& to, std::string_view title, const Look& look);

/// Appends the script, if there is one, and the end.
void end_page(std::string& to, const Look& look);

/// The Content-Security-Policy of a page of this look.
std::string policy(const Look& look);

/// What all pages have: colours by name (--ink, --paper, --soft, --line, --link, --wrong, and --a, --b, --c for
/// charts), text, headings, links, tables, alerts.
extern const std::string_view kStyle;

}  // namespace ip2asn::html
