#include "compile/list_entry.hh"

#include <bit>
#include <utility>

#include "base/text.hh"
#include "net/asn.hh"
#include "net/prefix_text.hh"

namespace ip2asn {

std::optional<Range> split_range(std::string_view word) {
  const std::size_t dash = word.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = parse_address(word.substr(0, dash)), last = parse_address(word.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return Range{*first, *last};
}

ListEntry list_range(const Address& first, const Address& last, std::string_view word) {
  const Range range{unmapped(first), unmapped(last)};
  if (range.first.family != range.last.family) {
    return quoted(word) + " is a range of two families; write one range a family";
  }
  if (range.last < range.first) return quoted(word) + " is a range whose end is before its start";
  return range;
}

std::optional<int> mask_length(const Address& mask) noexcept {
  if (mask.family != Family::v4) return std::nullopt;
  const std::uint32_t bits = mask.v4_bits();
  const int length = std::countl_one(bits);
  if (length < 8 || std::popcount(bits) != length) return std::nullopt;
  return length;
}

ListEntry parse_list_entry(std::string_view word) {
  if (const auto range = split_range(word)) return list_range(range->first, range->last, word);
  if (word.find_first_of(".:/") != std::string_view::npos) {
    auto network = network_of(word);
    if (!network) return std::move(network).error().message;
    return network->range();
  }
  if (const auto asn = parse_asn(word)) return *asn;
  return quoted(word) + " is neither an AS number nor a network; write AS64500, 192.0.2.0/24 or 2001:db8::/32";
}

}  // namespace ip2asn
