#include "module/forwarded.hh"

#include <atomic>
#include <cstring>
#include <optional>
#include <string_view>

#include "module/client_address.hh"
#include "net/special.hh"

namespace ip2asn::httpd {
namespace {

std::atomic<bool> told{false};

// Whether special-purpose space has a network that begins so. Not exact, but cheap: lets nearly all of the internet's
// clients pass at once.
constexpr bool can_be_special4(const unsigned char* bytes) noexcept {
  switch (bytes[0]) {
    case 0:
    case 10:
    case 100:
    case 127:
    case 169:
    case 172:
    case 192:
    case 198:
    case 203:
      return true;
    default:
      return bytes[0] >= 224;
  }
}

constexpr bool can_be_special6(const unsigned char* bytes) noexcept {
  if ((bytes[0] & 0xE0) != 0x20) return true;  // outside of 2000::/3
  switch (bytes[0] << 8 | bytes[1]) {
    case 0x2001:
      return bytes[2] < 0x02 || (bytes[2] == 0x0D && bytes[3] == 0xB8);
    case 0x2002:
    case 0x2620:
    case 0x3FFF:
      return true;
    default:
      return false;
  }
}

bool can_be_special(const apr_sockaddr_t& from) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(from.ipaddr_ptr);
  return from.family == APR_INET ? can_be_special4(bytes) : from.family == APR_INET6 && can_be_special6(bytes);
}

// Whether proxies of one's own have such addresses.
bool can_be_own_proxy(std::string_view purpose) noexcept {
  return purpose == "Private-Use" || purpose.starts_with("Loopback") || purpose == "Shared Address Space" ||
         purpose.starts_with("Link") || purpose == "Unique-Local";
}

// The first header that names a client other than the one that the request is taken for.
const char* find_other_client(const request_rec* r, bool is_evaluated) {
  for (const char* header : kForwardingHeaders) {
    const char* clients = apr_table_get(r->headers_in, header);
    if (clients == nullptr || *clients == '\0') continue;
    // What mod_remoteip was told of in one header often stands in others, too.
    if (is_evaluated && std::strstr(clients, r->useragent_ip) != nullptr) continue;
    return header;
  }
  return nullptr;
}

}  // namespace

void tell_of_proxy(const request_rec* r) {
  if (told.load(std::memory_order_relaxed) || r->useragent_addr == nullptr || !can_be_special(*r->useragent_addr)) {
    return;
  }
  const std::optional<Address> address = client_address(r);
  if (!address) return;
  const std::string_view purpose = special_purpose(*address);
  const bool is_evaluated = r->useragent_addr != r->connection->client_addr;
  if (purpose.empty() || (is_evaluated && !can_be_own_proxy(purpose))) return;
  const char* header = find_other_client(r, is_evaluated);
  if (header == nullptr || told.exchange(true, std::memory_order_relaxed)) return;
  // mod_remoteip does not read the format of RFC 7239.
  const char* to_read = std::strcmp(header, "Forwarded") == 0 ? kForwardingHeaders[0] : header;
  ap_log_rerror(
      APLOG_MARK, APLOG_WARNING, 0, r,
      "ip2asn: requests from %s (%s) name their client in %s, which nothing evaluates: all of them are looked "
      "up as %s. If that is a proxy of yours, %smod_remoteip with 'RemoteIPHeader %s' and "
      "'RemoteIPInternalProxy %s'; where these lines stand already, mod_remoteip takes \"%.64s\" for no "
      "address. Logged once a process",
      r->useragent_ip, purpose.data(), header, r->useragent_ip,
      ap_find_linked_module("mod_remoteip.c") != nullptr ? "set up " : "load ", to_read, r->useragent_ip,
      apr_table_get(r->headers_in, header));
}

}  // namespace ip2asn::httpd
