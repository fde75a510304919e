#include "base/html.hh"

#include <nettle/base64.h>
#include <nettle/sha2.h>

#include <cstdint>

#include "base/text.hh"

namespace ip2asn::html {
namespace {

std::string source_of(std::string_view first, std::string_view second) {
  sha256_ctx sha;
  std::uint8_t digest[SHA256_DIGEST_SIZE];
  char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE)];
  sha256_init(&sha);
  for (const std::string_view part : {first, second}) {
    sha256_update(&sha, part.size(), reinterpret_cast<const std::uint8_t*>(part.data()));
  }
  sha256_digest(&sha, sizeof digest, digest);
  base64_encode_raw(text, sizeof digest, digest);
  return "'sha256-" + std::string(text, sizeof text) + "'";
}

void append_clean(std::string& to, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string_view with;
    switch (text[i]) {
      case '&':
        with = "&amp;";
        break;
      case '<':
        with = "&lt;";
        break;
      case '>':
        with = "&gt;";
        break;
      case '"':
        with = "&quot;";
        break;
      default:
        continue;
    }
    to += text.substr(from, i - from);
    to += with;
    from = i + 1;
  }
  to += text.substr(from);
}

}  // namespace

const std::string_view kStyle = R"css(
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#57606a;--line:#d0d7de;--link:#0550ae;--wrong:#a40e26;--a:#0550ae;--b:#c27800;--c:#8c959f}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#9da7b3;--line:#3d444d;--link:#79c0ff;--wrong:#ff9492;--a:#58a6ff;--b:#d29922;--c:#6e7681}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:1rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,"DejaVu Sans",sans-serif}
header{font-weight:600}
h1{font-size:1.5rem;line-height:1.25;margin:1rem 0;overflow-wrap:anywhere}
h2{font-size:1.125rem;margin:1.5rem 0 .5rem}
a{color:var(--link)}
a:focus-visible,input:focus-visible,button:focus-visible,.wide:focus-visible{outline:3px solid var(--link);outline-offset:2px}
nav a{display:inline-block;margin-right:1rem}
nav [aria-current]{font-weight:600;color:var(--ink);text-decoration:none}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.wide{overflow-x:auto}
.soft{color:var(--soft)}
.alert{border-left:4px solid var(--wrong);padding:.5rem .75rem;color:var(--wrong);overflow-wrap:anywhere}
footer{margin-top:2rem;color:var(--soft);font-size:.875rem}
)css";

void append_escaped(std::string& to, std::string_view text) {
  is_clean(text, std::string_view::npos) ? append_clean(to, text) : append_clean(to, clean_text(text));
}

std::string escaped(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  append_escaped(made, text);
  return made;
}

void begin_page(std::string& to, std::string_view title, const Look& look) {
  to += "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>";
  append_escaped(to, title);
  to +=
      "</title>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n";
  if (look.refresh > 0) {
    to += "<noscript><meta http-equiv=\"refresh\" content=\"" + std::to_string(look.refresh) + "\"></noscript>\n";
  }
  to += "<style>";
  to += kStyle;
  to += look.style;
  to += "</style>\n</head>\n<body>\n";
}

void end_page(std::string& to, const Look& look) {
  if (!look.script.empty()) {
    to += "<script>";
    to += look.script;
    to += "</script>\n";
  }
  to += "</body>\n</html>\n";
}

std::string policy(const Look& look) {
  std::string text = "default-src 'none'; img-src data:; style-src " + source_of(kStyle, look.style);
  if (!look.script.empty()) text += "; script-src " + source_of(look.script, {}) + "; connect-src 'self'";
  return text + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
}

}  // namespace ip2asn::html
