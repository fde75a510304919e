#include "compile/local_data.hh"

#include "base/text.hh"
#include "net/asn.hh"
#include "net/prefix_text.hh"

namespace ip2asn {
namespace {

Error refused(std::string message) { return {Errc::argument, std::move(message)}; }

}  // namespace

Result<Override> parse_override(std::span<const std::string_view> words) {
  if (words.size() < 2 || words.size() > 4) {
    return refused("an override has a network, an AS number, and perhaps a country and a name");
  }
  Override result;
  auto network = network_of(words[0]);
  if (!network) return std::move(network).error();
  result.network = *network;
  const auto asn = parse_asn(words[1]);
  if (!asn)
    return refused(quoted(words[1]) +
                   " is no AS number; write one from AS1 to AS4294967295, or 0 for a network that nobody announces");
  result.asn = *asn;
  if (words.size() > 2) {
    const auto country = parse_country(words[2]);
    if (!country && words[2] != "None") {
      return refused(quoted(words[2]) + " is no country code; write two letters, or None");
    }
    result.country = country ? std::string_view(*country) : "";
  }
  if (words.size() > 3) {
    if (!is_clean(words[3])) {
      return refused(quoted(words[3]) + " is no name; write at most 255 bytes of UTF-8 without control characters");
    }
    result.name = words[3];
  }
  if (result.asn == 0 && (result.country || result.name)) {
    return refused("AS 0 stands for what nobody announces; it has no country and no name");
  }
  return result;
}

}  // namespace ip2asn
