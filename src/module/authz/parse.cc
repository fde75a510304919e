// Reading Require lines: once, with the configuration.

#include <apr_lib.h>

#include <algorithm>
#include <new>
#include <span>
#include <string_view>

#include "module/authz/requirement.hh"

namespace ip2asn::httpd {
namespace {

// Whether the line stands under an odd number of negations.
bool counts_against(const cmd_parms* cmd) {
  bool against = false;
  for (const ap_directive_t* at = cmd->directive; at != nullptr; at = at->parent) {
    const std::string_view args = at->args != nullptr ? at->args : "";
    const bool negated_line = strcasecmp(at->directive, "Require") == 0 && args.size() > 3 &&
                              strncasecmp(args.data(), "not", 3) == 0 && apr_isspace(args[3]);
    if (negated_line || strcasecmp(at->directive, "<RequireNone") == 0) against = !against;
  }
  return against;
}

template <class T>
std::span<const T> span_of(const apr_array_header_t* array) {
  return {reinterpret_cast<const T*>(array->elts), static_cast<std::size_t>(array->nelts)};
}

struct Words {
  cmd_parms* cmd;
  const char* rest;
  const char* next() { return ap_getword_conf(cmd->pool, &rest); }
};

// What a provider makes of the words of its line: null, or a message.
using ParseWord = const char* (*)(cmd_parms* cmd, const char* word, Requirement& line, apr_array_header_t* items);

const char* parse_asn_word(cmd_parms* cmd, const char* word, Requirement& line, apr_array_header_t* items) {
  if (strcasecmp(word, "unknown") == 0) {
    line.unknown = true;
    return nullptr;
  }
  const auto asn = parse_asn(word);
  if (!asn || *asn == 0) {
    return apr_psprintf(cmd->pool, "Require asn: '%s' is no AS number; write AS1 to AS4294967295, or unknown", word);
  }
  APR_ARRAY_PUSH(items, std::uint32_t) = *asn;
  return nullptr;
}

void push_name(apr_array_header_t* items, NameKind kind, const char* name) {
  new (apr_array_push(items)) NameNumber(kind, name);
}

const char* parse_list_word(cmd_parms* cmd, const char* word, Requirement&, apr_array_header_t* items) {
  push_name(items, NameKind::list, word);
  return use_name(cmd, NameKind::list, word);
}

const char* parse_hoster_word(cmd_parms* cmd, const char* word, Requirement& line, apr_array_header_t* items) {
  constexpr char kClass[] = "class:";
  if (strcasecmp(word, "any") == 0) {
    line.any = true;
    return nullptr;
  }
  const bool is_class = strncasecmp(word, kClass, sizeof(kClass) - 1) == 0;
  const NameKind kind = is_class ? NameKind::hoster_class : NameKind::hoster;
  const char* name = is_class ? word + sizeof(kClass) - 1 : word;
  push_name(items, kind, name);
  return use_name(cmd, kind, name);
}

const char* parse_country_word(cmd_parms* cmd, const char* word, Requirement&, apr_array_header_t* items) {
  const auto country = parse_country(word);
  if (!country) {
    return apr_psprintf(cmd->pool, "Require as-country: '%s' is no country code; write two letters, like DE", word);
  }
  APR_ARRAY_PUSH(items, CountryCode) = *country;
  return nullptr;
}

const char* parse_line(cmd_parms* cmd, const char* provider, const char* text, const void** parsed,
                       std::size_t item_size, ParseWord parse_word, void (*finish)(Requirement&, apr_array_header_t*)) {
  GlobalConfig& global = global_config();
  const bool in_htaccess = ap_check_cmd_context(cmd, NOT_IN_HTACCESS) != nullptr;
  if (in_htaccess && global.database == nullptr) {
    return apr_psprintf(cmd->pool, "Require %s: there is no IP2ASNDatabase", provider);
  }
  if (!in_htaccess && global.require_place.file == nullptr) {
    global.require_place = {cmd->directive->filename, cmd->directive->line_num};
  }
  auto* line = new (apr_palloc(cmd->pool, sizeof(Requirement))) Requirement();
  line->provider = provider;
  line->against = counts_against(cmd);
  apr_array_header_t* items = apr_array_make(cmd->pool, 4, static_cast<int>(item_size));
  Words words{cmd, text};
  const char* word = words.next();
  if (*word == '\0') return apr_psprintf(cmd->pool, "Require %s wants at least one argument", provider);
  for (; *word != '\0'; word = words.next()) {
    if (const char* error = parse_word(cmd, word, *line, items)) return error;
  }
  finish(*line, items);
  *parsed = line;
  return nullptr;
}

void take_names(Requirement& line, apr_array_header_t* items) { line.names = span_of<NameNumber>(items); }

void take_asns(Requirement& line, apr_array_header_t* items) {
  auto* asns = reinterpret_cast<std::uint32_t*>(items->elts);
  std::sort(asns, asns + items->nelts);
  line.asns = span_of<std::uint32_t>(items);
}

void take_countries(Requirement& line, apr_array_header_t* items) { line.countries = span_of<CountryCode>(items); }

template <class Parse>
const char* parse_guarded(cmd_parms* cmd, Parse&& parse) noexcept {
  return guarded(cmd->server, static_cast<const char*>("out of memory"), parse);
}

}  // namespace

const char* parse_asn_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(
      cmd, [&] { return parse_line(cmd, "asn", text, parsed, sizeof(std::uint32_t), parse_asn_word, take_asns); });
}
const char* parse_list_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(
      cmd, [&] { return parse_line(cmd, "asn-list", text, parsed, sizeof(NameNumber), parse_list_word, take_names); });
}
const char* parse_hoster_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(
      cmd, [&] { return parse_line(cmd, "hoster", text, parsed, sizeof(NameNumber), parse_hoster_word, take_names); });
}
const char* parse_country_line(cmd_parms* cmd, const char* text, const void** parsed) noexcept {
  return parse_guarded(cmd, [&] {
    return parse_line(cmd, "as-country", text, parsed, sizeof(CountryCode), parse_country_word, take_countries);
  });
}

}  // namespace ip2asn::httpd
