#include "answer/api.hh"

#include <algorithm>
#include <charconv>

#include "base/text.hh"
#include "net/address.hh"

namespace ip2asn::api {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_in_any_case(std::string_view text, std::string_view in_lower_case) {
  return text.size() == in_lower_case.size() &&
         std::equal(text.begin(), text.end(), in_lower_case.begin(), [](char a, char b) { return lower(a) == b; });
}

// Takes what stands before `mark` off `rest`, or all of it.
std::string_view take(std::string_view& rest, char mark) {
  const std::size_t at = rest.find(mark);
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return part;
}

// A weight in thousandths: "1", "0.5", "0.125". What is no weight counts as 1, as if it were not there.
int thousandths(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return 1000;
  int value = (text[0] - '0') * 1000;
  if (text.size() > 1 && text[1] != '.') return 1000;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (!is_digit(c)) return 1000;
    value += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(value, 1000);
}

int weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = trimmed(take(parameters, ';'));
    if (parameter.size() > 2 && lower(parameter[0]) == 'q' && parameter[1] == '=') {
      return thousandths(parameter.substr(2));
    }
  }
  return 1000;
}

// Whether `text` is made of digits and dots alone.
bool is_dotted(std::string_view text) { return text.find_first_not_of("0123456789.") == std::string_view::npos; }

// Whether there is a number like 0x7f in `text`, and nothing else but numbers and dots.
bool is_hexadecimal(std::string_view text) {
  return text.find_first_of("xX") != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdefABCDEFxX.") == std::string_view::npos;
}

bool has_leading_zero(std::string_view dotted) {
  while (!dotted.empty()) {
    const std::string_view part = take(dotted, '.');
    if (part.size() > 1 && part[0] == '0') return true;
  }
  return false;
}

// "<argument>" or "<argument>/subnets".
Route with_subnets(std::string_view rest, Resource whole, Resource subnets) {
  constexpr std::string_view kSubnets = "/subnets";
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {whole, rest};
  if (rest.substr(slash) == kSubnets) return {subnets, rest.substr(0, slash)};
  return {};
}

}  // namespace

Form choose_form(std::string_view accept) noexcept {
  Form form = Form::json;
  int best = 0;
  while (!accept.empty()) {
    std::string_view parameters = take(accept, ',');
    const std::string_view type = trimmed(take(parameters, ';'));
    Form named;
    if (equal_in_any_case(type, "text/html")) {
      named = Form::html;
    } else if (equal_in_any_case(type, "text/plain")) {
      named = Form::plain;
    } else if (equal_in_any_case(type, "application/json")) {
      named = Form::json;
    } else {
      continue;
    }
    const int wanted = weight(parameters);
    if (wanted <= best) continue;
    best = wanted;
    form = named;
  }
  return form;
}

const char* media_type(Form form) noexcept {
  switch (form) {
    case Form::html:
      return "text/html; charset=utf-8";
    case Form::plain:
      return "text/plain; charset=utf-8";
    case Form::json:
      break;
  }
  return "application/json; charset=utf-8";
}

Route parse_route(std::string_view path) noexcept {
  if (path.empty() || path == "/") return {Resource::page, {}};
  if (path.starts_with("/v1/as/ip/")) {
    path.remove_prefix(10);
    if (path.ends_with('/')) path.remove_suffix(1);
    return {Resource::address, path};
  }
  if (path == "/v1/as/ip") return {Resource::own_address, {}};
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path == "/v1/as/ips") return {Resource::bulk, {}};
  if (path == "/v1/as/ns") return {Resource::as_list, {}};
  if (path == "/v1/as/n") return {Resource::as, {}};
  if (path == "/v1/as/country") return {Resource::country, {}};
  if (path == "/openapi.json") return {Resource::openapi, {}};
  if (path.starts_with("/v1/as/n/")) return with_subnets(path.substr(9), Resource::as, Resource::as_subnets);
  if (path.starts_with("/v1/as/country/")) {
    return with_subnets(path.substr(15), Resource::country, Resource::country_subnets);
  }
  return {};
}

Location locate(std::string_view uri, std::string_view section) noexcept {
  constexpr std::string_view kRoutes = "/v1/as/";
  Location location;
  bool inside = false;
  if (!section.empty()) {
    std::string_view base = section;
    if (base.ends_with('/')) base.remove_suffix(1);
    inside = uri.starts_with(base) && (uri.size() == base.size() || uri[base.size()] == '/');
    if (inside) {
      location = {uri.substr(0, base.size()), parse_route(uri.substr(base.size()))};
      const Resource found = location.route.resource;
      if (found != Resource::none && found != Resource::page) return location;
    }
  }
  // A section of the administrator's for one of the routes alone hides that of the endpoint.
  if (const std::size_t at = uri.find(kRoutes); at != std::string_view::npos) {
    const Route route = parse_route(uri.substr(at));
    if (route.resource != Resource::none) return {uri.substr(0, at), route};
  }
  if (inside) return location;
  const std::size_t slash = uri.rfind('/');
  if (slash == std::string_view::npos) return location;
  return {uri.substr(0, slash), parse_route(uri.substr(slash))};
}

std::string link_path(std::string_view base) {
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string link;
  while (!base.empty()) {
    // Two slashes at the start would name a host, as would one before a route that begins with one.
    const std::string_view segment = take(base, '/');
    if (segment.empty()) continue;
    link += '/';
    for (const char c : segment) {
      if (kUnreserved.find(c) != std::string_view::npos) {
        link += c;
        continue;
      }
      const auto byte = static_cast<unsigned char>(c);
      link += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return link;
}

std::string_view why_no_address(std::string_view text) noexcept {
  if (text.empty()) return "there is no address";
  if (text.size() > kMaxAddressText) return "is longer than any address";
  if (text.find_first_of(" \t\r\n\v\f") != std::string_view::npos) return "is no address: there are blanks in it";
  if (text.find('%') != std::string_view::npos) return "is no address: zones are not accepted";
  if (text.find('/') != std::string_view::npos) return "is a network or a path; ask for one address";
  if (text.find(':') != std::string_view::npos) return "is no IPv6 address";
  if (is_hexadecimal(text)) return "is no address: hexadecimal IPv4 is not accepted";
  if (!is_dotted(text)) return "is no IPv4 or IPv6 address";
  if (has_leading_zero(text)) return "is no address: leading zeros are not accepted";
  if (std::count(text.begin(), text.end(), '.') != 3) return "is no address: IPv4 has four numbers";
  return "is no IPv4 address";
}

std::optional<std::uint32_t> parse_asn(std::string_view text) noexcept {
  if (text.size() > 2 && lower(text[0]) == 'a' && lower(text[1]) == 's') text.remove_prefix(2);
  if (text.empty() || !is_digit(text[0]) || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<CountryCode> parse_country(std::string_view text) noexcept {
  if (text.size() != 2) return std::nullopt;
  CountryCode code{};
  for (std::size_t i = 0; i < 2; ++i) {
    const char c = lower(text[i]);
    if (c < 'a' || c > 'z') return std::nullopt;
    code[i] = static_cast<char>(c - 'a' + 'A');
  }
  return code;
}

}  // namespace ip2asn::api
