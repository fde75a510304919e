// What a site adds to the database: lists, and answers of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hh"
#include "compile/list.hh"
#include "net/address.hh"
#include "sources/names.hh"

namespace ip2asn {

/// An answer that wins over the database for all addresses of `network`. Of overrides that nest, the most specific
/// wins.
struct Override {
  Prefix network;         ///< never IPv4-mapped
  std::uint32_t asn = 0;  ///< 0: not announced
  /// What is not given is what the database says of this AS: of its country and description that announce most, if it
  /// has any.
  std::optional<std::string> country;
  std::optional<std::string> name;
};

/// Reads an override from its words: network, AS number, and perhaps country and name. An error names the word and the
/// reason.
Result<Override> parse_override(std::span<const std::string_view> words);

struct LocalData {
  std::vector<NetworkList> lists;
  std::vector<Override> overrides;
  AsNames names;

  bool empty() const noexcept { return lists.empty() && overrides.empty() && names.empty(); }
};

}  // namespace ip2asn
