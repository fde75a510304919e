#include "registry/whois_objects.hh"

#include <algorithm>
#include <cctype>

#include "base/text.hh"
#include "registry/answer.hh"

namespace ip2asn {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// Without what stands between '<' and '>', when the text is a page.
std::string without_tags(std::string_view text) {
  const std::string start = lower(text.substr(0, 4096));
  if (start.find("<html") == std::string::npos && start.find("<pre") == std::string::npos) return std::string(text);
  std::string out;
  bool inside = false;
  for (const char c : text) {
    if (c == '<') inside = true;
    if (!inside) out += c;
    if (c == '>') inside = false;
  }
  return out;
}

// "g. [Organization]               Example University"
bool read_bracketed(std::string_view line, std::string& key, std::string& value) {
  const std::size_t open = line.find('['), close = line.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open || open > 4) return false;
  if (open != 0 && line.find('.') > open) return false;
  key = lower(trimmed(line.substr(open + 1, close - open - 1)));
  value = trimmed(line.substr(close + 1));
  return !key.empty() && !value.empty() && value.front() != '[';
}

// "network:Organization;I:Example" and "contact:POC-Name:Example": the class goes, and so does the type.
std::string_view without_class(std::string_view line) {
  constexpr std::string_view kClass = "network:";
  return lower(line.substr(0, kClass.size())) == kClass ? line.substr(kClass.size()) : line;
}

bool read_line(std::string_view line, std::string& key, std::string& value) {
  if (read_bracketed(line, key, value)) return true;
  line = without_class(line);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  key = lower(trimmed(line.substr(0, colon)));
  if (const std::size_t type = key.find(';'); type != std::string::npos) key.resize(type);
  value = trimmed(line.substr(colon + 1));
  return !key.empty();
}

}  // namespace

std::string_view WhoisObject::get(std::string_view key) const {
  for (const auto& [name, value] : lines) {
    if (name == key && !value.empty()) return value;
  }
  return {};
}

std::vector<WhoisObject> whois_objects(std::string_view text) {
  const std::string plain = without_tags(text);
  std::string_view rest = plain;
  if (const std::size_t english = rest.find("# ENGLISH"); english != std::string_view::npos) {
    rest.remove_prefix(english);
  }
  std::vector<WhoisObject> objects;
  bool open = false;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view raw = rest.substr(0, end), line = trimmed(raw);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) {
      open = false;
      continue;
    }
    if (line.front() == '%' || line.front() == '#') continue;
    // RFC 2622 2: a line that begins with a blank or '+' goes on with the one before it.
    const bool goes_on = open && (raw.front() == ' ' || raw.front() == '\t' || raw.front() == '+');
    std::string key, value;
    if (!read_line(line, key, value)) {
      if (goes_on && !objects.back().lines.empty()) {
        std::string& before = objects.back().lines.back().second;
        before.append(before.empty() ? "" : " ").append(trimmed(line.substr(line.front() == '+' ? 1 : 0)));
      }
      continue;
    }
    // Servers of rwhois need not divide objects by blank lines.
    if (!open || (key == "class-name" && !objects.back().get("class-name").empty())) objects.emplace_back();
    open = true;
    objects.back().lines.emplace_back(std::move(key), std::move(value));
  }
  return objects;
}

}  // namespace ip2asn
