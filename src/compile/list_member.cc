#include "compile/list_member.hh"

#include <algorithm>
#include <iterator>

namespace ip2asn {
namespace {

constexpr std::string_view kAsns[] = {"asn",       "asns",  "as",     "asnumber",
                                      "asnumbers", "asnum", "autnum", "autonomoussystemnumber"};
constexpr std::string_view kStarts[] = {"start",      "begin",   "first",        "from",           "low",
                                        "startip",    "ipstart", "firstip",      "startaddress",   "firstaddress",
                                        "rangestart", "ipfrom",  "beginaddress", "startipaddress", "ipbegin"};
constexpr std::string_view kEnds[] = {"end",    "last",       "to",          "high",     "endip", "ipend",
                                      "lastip", "endaddress", "lastaddress", "rangeend", "ipto",  "endipaddress"};
constexpr std::string_view kLengths[] = {"length",     "prefixlength", "prefixlen", "masklen",
                                         "masklength", "cidr",         "bits"};
constexpr std::string_view kMasks[] = {"mask", "netmask", "subnetmask"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

MemberRole member_role(std::string_view name) {
  const std::string plain = plain_member_name(name);
  if (among(kAsns, plain)) return MemberRole::asn;
  if (among(kStarts, plain)) return MemberRole::start;
  if (among(kEnds, plain)) return MemberRole::end;
  if (among(kLengths, plain)) return MemberRole::length;
  if (among(kMasks, plain)) return MemberRole::mask;
  return plain.find("version") != std::string::npos ? MemberRole::version : MemberRole::none;
}

std::string plain_member_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

}  // namespace ip2asn
