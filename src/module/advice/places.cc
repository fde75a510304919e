#include "module/advice/places.hh"

#include <apr_fnmatch.h>

#include <algorithm>

namespace ip2asn::httpd {
namespace {

constexpr std::string_view kUsualFiles[] = {".htaccess",  ".htpasswd", "index.html", "index.php",
                                            "login.html", "login.php", "page.txt",   "wp-login.php"};

// Whether `path` is `base` or below it.
bool is_below(std::string_view path, std::string_view base) {
  if (base == "/") return path.starts_with('/');
  return path.starts_with(base) && (path.size() == base.size() || path[base.size()] == '/');
}

std::string join(const std::string& base, std::string_view rest) {
  while (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.empty()) return base;
  return base + (base.ends_with('/') ? "" : "/") + std::string(rest);
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// What a pattern begins with, as far as it is plain text; nothing when it may match anywhere.
std::string beginning_of(const Section& section) {
  std::string_view text = section.place;
  if (!section.pattern) return section.place;
  if (section.regex && !text.starts_with('^')) return "";
  if (section.regex) text.remove_prefix(1);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (section.regex && text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '.') {
      plain += text[++i];
    } else if (std::string_view(section.regex ? "\\.[](){}*+?|^$" : "*?[").find(text[i]) != std::string_view::npos) {
      // What may be there once or not is not text.
      if (section.regex && (text[i] == '?' || text[i] == '*') && !plain.empty()) plain.pop_back();
      break;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Whether a section of URLs may have some below any place.
bool is_anywhere(const Section& section) {
  return section.kind == SectionKind::location && section.regex && beginning_of(section).empty();
}

}  // namespace

std::vector<const server_rec*> Places::servers_of(const Section& a, const Section& b) const {
  std::vector<const server_rec*> servers;
  for (const server_rec* s : tree_.servers()) {
    if (tree_.reaches(a.line->host, s) && tree_.reaches(b.line->host, s)) servers.push_back(s);
  }
  return servers;
}

// Where URLs lead to files: the aliases, then the document root.
std::vector<Places::Mount> Places::mounts(const server_rec* server) const {
  std::vector<Mount> mounts;
  for (const bool own : {true, false}) {
    for (const Statement& each : tree_.statements()) {
      if ((!each.is("Alias") && !each.is("ScriptAlias")) || (each.host != nullptr) != own) continue;
      if (!tree_.reaches(each.host, server)) continue;
      std::vector<std::string> words = words_of(each.args);
      if (words.size() == 1 && each.within >= 0) {
        const auto at = std::find_if(sections_.begin(), sections_.end(), [&each](const Section& section) {
          return section.number == each.within && section.kind == SectionKind::location && !section.pattern;
        });
        if (at != sections_.end()) words.insert(words.begin(), at->place);
      }
      if (words.size() == 2) mounts.emplace_back(without_slash(words[0]), without_slash(words[1]));
    }
  }
  const auto* core = static_cast<core_server_config*>(ap_get_core_module_config(server->module_config));
  if (core->ap_document_root != nullptr) mounts.emplace_back("/", without_slash(core->ap_document_root));
  return mounts;
}

std::string Places::path_of(const server_rec* server, const std::string& url) const {
  for (const auto& [from, to] : mounts(server)) {
    if (is_below(url, from)) return join(to, std::string_view(url).substr(from.size()));
  }
  return "";
}

// The section whose rules hold for a path, as <Directory> sections go: the deepest.
const Section* Places::rules_for(const server_rec* server, const std::string& path) const {
  const Section* best = nullptr;
  for (const Section& each : sections_) {
    if (each.kind != SectionKind::directory || each.proxy || each.pattern || !each.has_rules) continue;
    if (!tree_.reaches(each.line->host, server) || !is_below(path, each.place)) continue;
    if (best == nullptr || each.place.size() >= best->place.size()) best = &each;
  }
  return best;
}

// The section that it stands in, or null.
const Section* Places::scope_of(const Section& section) const {
  const auto at = std::find_if(sections_.begin(), sections_.end(),
                               [&section](const Section& each) { return each.number == section.line->within; });
  return at != sections_.end() ? &*at : nullptr;
}

bool Places::matches(const Section& section, const std::string& text) const {
  if (!section.pattern) {
    return section.kind == SectionKind::files ? text == section.place : is_below(text, section.place);
  }
  const std::string below = join(text, "x");
  if (!section.regex) {
    return apr_fnmatch(section.place.c_str(), text.c_str(), 0) == APR_SUCCESS ||
           (section.kind != SectionKind::files && apr_fnmatch(section.place.c_str(), below.c_str(), 0) == APR_SUCCESS);
  }
  ap_regex_t* const regex = ap_pregcomp(pool_, section.place.c_str(), AP_REG_EXTENDED | AP_REG_NOSUB);
  if (regex == nullptr) return false;
  return ap_regexec(regex, text.c_str(), 0, nullptr, 0) == 0 ||
         (section.kind != SectionKind::files && ap_regexec(regex, below.c_str(), 0, nullptr, 0) == 0);
}

bool Places::touches(const Section& section, const Section& directory) const {
  if (section.kind == SectionKind::directory) {
    return is_below(section.place, directory.place) || is_below(directory.place, section.place);
  }
  const Section* const scope = scope_of(section);
  if (section.kind != SectionKind::location)
    return scope == nullptr || scope == &directory || touches(*scope, directory);
  if (section.handler) return false;
  for (const server_rec* server : servers_of(section, directory)) {
    for (const auto& [url, path] : mounts(server)) {
      if (is_below(directory.place, path)) {
        const std::string from = join(url, std::string_view(directory.place).substr(path.size()));
        if (matches(section, from) || (!section.pattern && is_below(section.place, from))) return true;
      } else if (is_below(path, directory.place) && (matches(section, url) || !section.pattern)) {
        return true;
      }
    }
  }
  return false;
}

// A place that is closed all around the document root, or around the target of an alias, is meant to be opened; not so
// what an alias reaches without a section having opened it.
Relation Places::over_directory_on(const server_rec* server, const Section& section, const Section& other) const {
  const bool location = section.kind == SectionKind::location;
  for (const auto& [url, path] : mounts(server)) {
    if (is_below(other.place, path)) {
      const std::string from = join(url, std::string_view(other.place).substr(path.size()));
      if (other.closed() && other.place == path) continue;
      if (!location || is_anywhere(section) || matches(section, from)) return Relation::covers;
    } else if (is_below(path, other.place) && rules_for(server, path) == &other) {
      if (other.closed() && (url == "/" || !location || url == section.place)) continue;
      if (!location || (matches(section, url) && (section.pattern || is_below(url, section.place)))) {
        return Relation::covers;
      }
    }
  }
  if (!location || section.pattern || other.closed()) return Relation::apart;
  const std::string path = path_of(server, section.place);
  return !path.empty() && rules_for(server, path) == &other ? Relation::within : Relation::apart;
}

Relation Places::over_directory(const Section& section, const Section& other) const {
  if (other.proxy || section.proxy) {
    if (section.proxy) return other.proxy && section.place == other.place ? Relation::covers : Relation::apart;
    const bool urls = section.kind == SectionKind::location || section.kind == SectionKind::condition;
    return urls ? Relation::covers : Relation::apart;
  }
  if (section.handler) return Relation::apart;
  if (section.kind == SectionKind::directory) {
    if (section.place == other.place) return Relation::covers;
    if (section.pattern) return !other.closed() && matches(section, other.place) ? Relation::covers : Relation::apart;
    return other.pattern ? Relation::apart : is_below(section.place, other.place) ? Relation::within : Relation::apart;
  }
  const Section* const scope = section.kind == SectionKind::files ? scope_of(section) : nullptr;
  if (scope != nullptr && scope->kind == SectionKind::directory && !scope->pattern && !other.pattern) {
    if (scope == &other) return other.closed() ? Relation::apart : Relation::within;
    if (is_below(other.place, scope->place)) return Relation::covers;
    for (const server_rec* server : servers_of(section, other)) {
      if (!other.closed() && rules_for(server, scope->place) == &other) return Relation::within;
    }
    return Relation::apart;
  }
  Relation nearest = Relation::apart;
  for (const server_rec* server : servers_of(section, other)) {
    Relation relation = Relation::apart;
    if (other.pattern) {
      const std::string from = beginning_of(other);
      const std::string path =
          section.kind == SectionKind::location && !section.pattern ? path_of(server, section.place) : "";
      const bool related = from.empty() || path.empty() || from.starts_with(path) || path.starts_with(from);
      relation = related ? Relation::covers : Relation::apart;
    } else {
      relation = over_directory_on(server, section, other);
    }
    if (relation == Relation::covers) return relation;
    if (relation == Relation::within) nearest = relation;
  }
  return nearest;
}

// Whether a pattern of URLs that says how they end may end with a file of `files`.
bool Places::has_files_of(const Section& section, const Section& files) const {
  if (section.kind != SectionKind::location || !section.regex || !section.place.ends_with('$')) return true;
  std::vector<std::string> names(std::begin(kUsualFiles), std::end(kUsualFiles));
  if (!files.pattern) names.assign(1, files.place);
  const std::string from = beginning_of(section);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return matches(files, name) && (matches(section, "/" + name) || matches(section, join(from, name)));
  });
}

Relation Places::over_files(const Section& section, const Section& other) const {
  const Section* const scope = scope_of(other);
  if (section.kind == SectionKind::files) {
    const Section* const own = scope_of(section);
    if (own != scope && own != nullptr && scope != nullptr && !touches(*own, *scope)) return Relation::apart;
    if (section.place == other.place) return Relation::covers;
    if (!section.pattern) return matches(other, section.place) ? Relation::within : Relation::apart;
    if (!other.pattern) return matches(section, other.place) ? Relation::covers : Relation::apart;
    const bool both = std::any_of(std::begin(kUsualFiles), std::end(kUsualFiles), [&](std::string_view file) {
      return matches(section, std::string(file)) && matches(other, std::string(file));
    });
    return both ? Relation::covers : Relation::apart;
  }
  if (section.handler || !has_files_of(section, other)) return Relation::apart;
  if (scope == nullptr || scope->kind != SectionKind::directory || scope->pattern) return Relation::covers;
  return touches(section, *scope) ? Relation::covers : Relation::apart;
}

Relation Places::over_location(const Section& section, const Section& other) const {
  if (section.kind != SectionKind::location || section.place == other.place) return Relation::covers;
  const std::string from = beginning_of(other);
  if (!other.pattern) {
    if (matches(section, other.place) || (is_anywhere(section) && !other.handler)) return Relation::covers;
  } else if (from.empty() || matches(section, from)) {
    return Relation::covers;
  }
  return !section.pattern && matches(other, section.place) ? Relation::within : Relation::apart;
}

Relation Places::relation(const Section& section, const Section& other) const {
  if (servers_of(section, other).empty()) return Relation::apart;
  if (section.kind == SectionKind::condition) {
    if (other.kind == SectionKind::condition) {
      return section.line->args == other.line->args ? Relation::covers : Relation::apart;
    }
    if (const Section* const scope = scope_of(section); scope != nullptr) {
      if (scope == &other) return other.closed() ? Relation::apart : Relation::covers;
      return relation(*scope, other);
    }
  }
  switch (other.kind) {
    case SectionKind::directory:
      return over_directory(section, other);
    case SectionKind::files:
      return over_files(section, other);
    case SectionKind::location:
      return over_location(section, other);
    case SectionKind::condition:
      break;
  }
  return Relation::apart;
}

}  // namespace ip2asn::httpd
