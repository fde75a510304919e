#include "net/address.hh"

#include <arpa/inet.h>

#include <cstring>
#include <string>

#include "targets.hh"

namespace ip2asn::fuzz {
namespace {

// inet_pton(3) wants a NUL at the end and stops at one inside.
void same_as_the_c_library(std::string_view text, const std::optional<Address>& parsed) {
  if (text.find('\0') != text.npos) return require(!parsed, "no address holds a NUL");
  const std::string copy(text);
  unsigned char bytes[16];
  if (inet_pton(AF_INET, copy.c_str(), bytes) == 1) {
    require(parsed && *parsed == Address::from_v4_bytes(bytes), "IPv4 as in inet_pton");
  } else if (inet_pton(AF_INET6, copy.c_str(), bytes) == 1) {
    require(parsed && *parsed == Address::from_v6_bytes(bytes), "IPv6 as in inet_pton");
  } else {
    require(!parsed, "no address for inet_pton either");
  }
}

void lines(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + (line.size() < text.size()));
    const auto parsed = parse_address(line);
    same_as_the_c_library(line, parsed);
    if (parsed) {
      require(parse_address(to_string(*parsed)) == parsed, "an address survives its text");
      require(previous(next(*parsed)) == *parsed, "next and previous undo each other");
      char out[kMaxAddressText];
      require(format_address(unmapped(*parsed), out) <= sizeof out, "the text fits");
    }
    if (const auto prefix = parse_prefix(line)) {
      require(parse_prefix(to_string(*prefix)) == prefix, "a prefix survives its text");
      const Range range = prefix->range();
      require(range.first == prefix->address && range.first <= range.last, "a prefix is a range");
      const auto all = prefixes(range);
      require(all.size() == 1 && all[0] == *prefix, "the range of a prefix is one prefix");
      require(largest_prefix(range, range.last) == *prefix, "the largest prefix is all of it");
    }
  }
}

// Two addresses as bytes: any range divides into prefixes that follow each other.
void ranges(Input input) {
  if (input.size() < 33) return;
  Address a = Address::from_v6_bytes(input.data() + 1), b = Address::from_v6_bytes(input.data() + 17);
  if (input[0] % 2 != 0) {
    a = Address::from_v4_bytes(input.data() + 1);
    b = Address::from_v4_bytes(input.data() + 5);
  }
  if (b < a) std::swap(a, b);
  const auto all = prefixes({a, b});
  require(!all.empty() && all.size() <= 2 * 128, "a range takes few prefixes");
  require(all.front().range().first == a && all.back().range().last == b, "the prefixes have the range's ends");
  for (std::size_t i = 1; i < all.size(); ++i) {
    require(next(all[i - 1].range().last) == all[i].range().first, "the prefixes leave no gap");
  }
  for (const Prefix& prefix : all) {
    require(largest_prefix({a, b}, prefix.address) == prefix, "each is the largest at its place");
  }
}

}  // namespace

void address(Input input) {
  lines(text_of(input));
  ranges(input);
}

}  // namespace ip2asn::fuzz
