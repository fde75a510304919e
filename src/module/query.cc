#include "module/query.hh"

#include <cstring>

namespace ip2asn::httpd {

const char* query_value(request_rec* r, const char* name) {
  const std::size_t size = std::strlen(name);
  const char* arguments = r->args;
  while (arguments != nullptr && *arguments != '\0') {
    char* const pair = ap_getword(r->pool, &arguments, '&');
    if (std::strncmp(pair, name, size) != 0 || pair[size] != '=') continue;
    char* const value = pair + size + 1;
    if (ap_unescape_urlencoded(value) != OK) return value;
    char* const first = value + std::strspn(value, " \t\r\n");
    char* end = first + std::strlen(first);
    while (end > first && std::strchr(" \t\r\n", end[-1]) != nullptr) --end;
    *end = '\0';
    return first;
  }
  return nullptr;
}

}  // namespace ip2asn::httpd
