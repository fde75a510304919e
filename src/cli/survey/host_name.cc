#include "cli/survey/host_name.hh"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "base/text.hh"
#include "net/address.hh"

namespace ip2asn::cli {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// "[Lemmy.World](https://lemmy.world)".
std::string_view link_target(std::string_view text) {
  const std::size_t between = text.find("](");
  if (!text.starts_with('[') || between == std::string_view::npos) return text;
  text.remove_prefix(between + 2);
  return text.substr(0, text.find_first_of(") "));
}

// The host of a URL, or of what may be left of one: "example.org/about", "example.org:8080".
std::string_view url_host(std::string_view text) {
  const std::size_t scheme = text.find("://");
  const bool whole = scheme != std::string_view::npos && scheme < text.find_first_of("/?#");
  if (whole) text.remove_prefix(scheme + 3);
  if (!whole && text.starts_with("//")) text.remove_prefix(2);
  text = text.substr(0, text.find_first_of("/?#"));
  if (whole) text.remove_prefix(text.rfind('@') + 1);
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    return end == std::string_view::npos ? text : text.substr(1, end - 1);
  }
  const std::size_t colon = text.find(':');
  const bool port =
      colon != std::string_view::npos && text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return port ? text.substr(0, colon) : text;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return low;
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      continue;
    }
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (!fits || ++label > 63) return false;
  }
  return label > 0;
}

std::string host_of(std::string_view text) {
  text = trimmed(text);
  std::string_view host = link_target(text);
  for (const std::string_view quotes : {"\"\"", "''", "``", "<>"}) {
    if (host.size() > 2 && host.front() == quotes[0] && host.back() == quotes[1])
      host = host.substr(1, host.size() - 2);
  }
  if (parse_address(host)) return lower_case(host);
  if (host.starts_with("||")) {
    host.remove_prefix(2);
    host = host.substr(0, host.find_first_of("^$"));
  }
  host = url_host(host);
  if (host.starts_with("*.")) host.remove_prefix(2);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (!is_ascii(host)) {
    char* found = nullptr;
    const std::string name(host);
    if (idn2_to_ascii_8z(name.c_str(), &found, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK) {
      const std::unique_ptr<char, decltype(&idn2_free)> frees(found, [](void* each) { idn2_free(each); });
      return found;
    }
  }
  std::string low = lower_case(host);
  if (is_host_name(low) || parse_address(low)) return low;
  // What it is cannot be told: it is reported as it stands.
  return lower_case(text.ends_with('.') ? text.substr(0, text.size() - 1) : text);
}

bool looks_like_host(std::string_view name) {
  if (parse_address(name)) return true;
  if (!is_host_name(name)) return false;
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos &&
         name.find_first_of("abcdefghijklmnopqrstuvwxyz", dot) != std::string_view::npos;
}

}  // namespace ip2asn::cli
