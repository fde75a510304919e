// The hoster map: which company hosts at an AS.
//
//     # hoster   class    match…
//     amazon     cloud    AS16509 AS14618 "amazon technologies"
//     hetzner    hosting  AS24940 "^hetzner-"
//
// A number wins over a text; of the texts that match, the first in the file wins. compile/hoster_text.hh tells how
// texts match. A hoster may have several lines, all of one class. `#` begins a comment, except inside quotes. A map is
// rejected whole for its first mistake: a silently dropped line would be a hole in access control.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hh"
#include "compile/hoster_text.hh"

namespace ip2asn {

struct Hoster {
  std::string name;      ///< canonical: lower case letters, digits, '-', '.', '_'
  std::string category;  ///< "cloud", "hosting", "access", …: the class column
};

/// Whether the hosters of a class rent out machines to anybody: what "any hoster" means where access is decided. The
/// others have people behind them (access, relay, proxy), stand in front of others (cdn), or are asked for by name.
constexpr bool is_hosting_class(std::string_view category) noexcept {
  return category == "cloud" || category == "hosting" || category == "vps";
}

/// Immutable once parsed; may be read by many threads.
class HosterMap {
 public:
  /// An empty map: no AS has a hoster.
  HosterMap() = default;

  /// Largest file and longest line that are accepted, in bytes.
  static constexpr std::size_t kMaxFile = std::size_t{16} << 20;
  static constexpr std::size_t kMaxLine = std::size_t{64} << 10;
  /// To be raised when the same map comes to answer otherwise, so that indexes kept from before are not used any more.
  static constexpr std::uint64_t kRules = 2;
  /// Longest hoster or class name, in bytes.
  static constexpr std::size_t kMaxName = 64;

  /// Parses the text of a map; `name` stands for the file in messages. An error names the line, the reason and the way
  /// out. Besides what is no map at all, these are errors: a number or a text given twice (the second could never
  /// match), and a text that would match far too much.
  static Result<HosterMap> parse(std::string_view text, std::string_view name);
  /// Reads a regular file and parses it.
  static Result<HosterMap> read(const std::string& path);

  /// All hosters, in file order.
  const std::vector<Hoster>& hosters() const noexcept { return hosters_; }

  /// How many numbers and texts each of them has.
  std::vector<std::size_t> sizes() const;

  static constexpr std::uint32_t kNone = UINT32_MAX;
  /// Index into hosters() of the one for this AS, or kNone. Allocates nothing; about as quick as reading the
  /// description once.
  std::uint32_t match(std::uint32_t asn, std::string_view description) const noexcept;

 private:
  class Parser;

  std::vector<Hoster> hosters_;
  std::unordered_map<std::uint32_t, std::uint32_t> by_asn_;
  HosterTexts texts_;
  std::vector<std::uint32_t> hoster_by_text_;
};

}  // namespace ip2asn
