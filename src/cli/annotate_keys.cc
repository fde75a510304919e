#include "cli/annotate_keys.hh"

#include <algorithm>
#include <iterator>

namespace ip2asn::cli {
namespace {

struct Entry {
  std::string_view key;
  KeyMeaning meaning;
};

constexpr KeyMeaning client(std::uint8_t rank) { return {KeyRole::client, rank}; }
constexpr KeyMeaning bytes(std::uint8_t rank) { return {KeyRole::bytes, rank}; }
constexpr KeyMeaning kForwarded{KeyRole::forwarded, 1}, kSaid{KeyRole::forwarded, 2}, kText{KeyRole::text, 1},
    kRequest{KeyRole::request, 0}, kClaimed{KeyRole::claimed, 0};

// Sorted, for a binary search. What the server made out comes before the peer, and the peer before vaguer names.
constexpr Entry kEntries[] = {
    {"access", kRequest},
    {"addr", client(30)},
    {"address", client(30)},
    {"agent", kClaimed},
    {"args", kClaimed},
    {"arguments", kClaimed},
    {"attr", kRequest},
    {"attributes", kRequest},
    {"body", kClaimed},
    {"bodybytessent", bytes(2)},
    {"bytes", bytes(6)},
    {"bytesout", bytes(3)},
    {"bytessent", bytes(1)},
    {"callerip", client(14)},
    {"calleripaddress", client(14)},
    {"cip", client(2)},
    {"client", client(12)},
    {"clientaddr", client(11)},
    {"clientaddress", client(4)},
    {"clienthost", client(3)},
    {"clientip", client(1)},
    {"clientipaddr", client(2)},
    {"clientipaddress", client(2)},
    {"cliip", client(2)},
    {"conn", kRequest},
    {"connection", kRequest},
    {"cookie", kClaimed},
    {"cookies", kClaimed},
    {"csbytes", {}},
    {"destination", kClaimed},
    {"downstream", kRequest},
    {"downstreamcontentsize", bytes(1)},
    {"downstreamdirectremoteaddress", client(14)},
    {"downstreamremoteaddress", client(6)},
    {"downstreamremoteaddresswithoutport", client(6)},
    {"edgeresponsebytes", bytes(1)},
    {"event", kRequest},
    {"fields", kRequest},
    {"form", kClaimed},
    {"fwd", kForwarded},
    {"geo", kClaimed},
    {"geoip", kClaimed},
    {"header", kClaimed},
    {"headers", kClaimed},
    {"host", kClaimed},
    {"http", kRequest},
    {"httprequest", kRequest},
    {"identity", kRequest},
    {"idorigh", client(13)},
    {"ip", client(20)},
    {"ipaddr", client(18)},
    {"ipaddress", client(18)},
    {"jsonpayload", kRequest},
    {"line", kText},
    {"local", kClaimed},
    {"log", kText},
    {"message", kText},
    {"msg", kText},
    {"net", kRequest},
    {"netpeerip", client(13)},
    {"netsockpeeraddr", client(13)},
    {"network", kRequest},
    {"networkpeeraddress", client(13)},
    {"observer", kClaimed},
    {"original", {KeyRole::text, 2}},
    {"params", kClaimed},
    {"peer", client(16)},
    {"peeraddr", client(13)},
    {"peeraddress", client(13)},
    {"peerip", client(13)},
    {"properties", kRequest},
    {"protopayload", kRequest},
    {"query", kClaimed},
    {"querystring", kClaimed},
    {"querystringparameters", kClaimed},
    {"raw", {KeyRole::text, 3}},
    {"related", kClaimed},
    {"remote", client(10)},
    {"remoteaddr", client(5)},
    {"remoteaddress", client(7)},
    {"remotehost", client(8)},
    {"remoteip", client(6)},
    {"remoteipaddress", client(6)},
    {"req", kRequest},
    {"reqheaders", kClaimed},
    {"request", kRequest},
    {"requestbody", kClaimed},
    {"requestcontext", kRequest},
    {"requesterip", client(9)},
    {"requestheader", kClaimed},
    {"requestheaders", kClaimed},
    {"requestmetadata", kRequest},
    {"requestparameters", kClaimed},
    {"resbodysize", bytes(2)},
    {"respbytes", bytes(2)},
    {"respheaders", kClaimed},
    {"response", kRequest},
    {"responsebodybytes", bytes(2)},
    {"responsebodylen", bytes(2)},
    {"responsebodysize", bytes(2)},
    {"responsebytes", bytes(2)},
    {"responseheaders", kClaimed},
    {"responselength", bytes(2)},
    {"responsesize", bytes(2)},
    {"respsize", bytes(2)},
    {"rhost", client(13)},
    {"rip", client(13)},
    {"scbytes", bytes(1)},
    {"sentbytes", bytes(1)},
    {"server", kClaimed},
    {"size", bytes(5)},
    {"socketip", client(14)},
    {"source", client(15)},
    {"sourceaddress", client(13)},
    {"sourceip", client(13)},
    {"sourceipaddress", client(13)},
    {"sourceips", client(13)},
    {"src", client(14)},
    {"srcaddr", client(13)},
    {"srcip", client(13)},
    {"target", kClaimed},
    {"textpayload", kText},
    {"upstream", kClaimed},
    {"url", kClaimed},
    {"user", kClaimed},
    {"useragent", kClaimed},
    {"userip", client(12)},
    {"viewerip", client(9)},
};
static_assert(std::is_sorted(std::begin(kEntries), std::end(kEntries),
                             [](const Entry& a, const Entry& b) { return a.key < b.key; }));

// Names of headers, whatever stands before them: http_, req.headers., cs( and so on.
constexpr Entry kHeaders[] = {
    {"cfconnectingip", kForwarded},
    {"cfconnectingipv6", kForwarded},
    {"fastlyclientip", kForwarded},
    {"forwardedfor", kForwarded},
    {"httpclientip", kSaid},
    {"realip", kForwarded},
    {"trueclientip", kForwarded},
    {"xclientip", kSaid},
    {"xff", kForwarded},
};

}  // namespace

KeyMeaning meaning_of(std::string_view key) noexcept {
  if (key.ends_with(')')) key.remove_suffix(1);
  for (const Entry& header : kHeaders) {
    if (key.ends_with(header.key)) return header.meaning;
  }
  const auto* const found =
      std::lower_bound(std::begin(kEntries), std::end(kEntries), key,
                       [](const Entry& entry, std::string_view name) { return entry.key < name; });
  return found != std::end(kEntries) && found->key == key ? found->meaning : KeyMeaning();
}

}  // namespace ip2asn::cli
