// Which ranges are known, and by whose question: what a crawl must not ask twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/address.hh"

namespace ip2asn {

/// Ranges, each with a mark; where they overlap the narrowest counts, and of equals the first, but an answer counts
/// more than none. Looked up by address.
///
/// IPv4 is kept in a sorted run for each /16: 8 bytes a range, and one more for each /16 that a range goes on in.
/// A copy is costly; not thread-safe.
class KnownBlocks {
 public:
  enum class Kind : std::uint8_t {
    answer,    ///< a registry told the holder
    imported,  ///< a file of a registry did
    none,      ///< the registry knows no holder
  };
  struct Mark {
    std::uint32_t asn = 0;  ///< that announces the address that was asked for; 0 where that is not known
    Kind kind = Kind::answer;
  };

  KnownBlocks();

  /// Returns how many addresses (IPv6: /48s) had no answer, own or imported, before.
  double add(const Range& range, Mark mark);

  std::optional<Mark> find(const Address& address) const noexcept;
  /// The first part of `within` that is not known; nullopt when all of it is. What is known to be none counts as not
  /// known where `skip_none` is set.
  std::optional<Range> first_gap(const Range& within, bool skip_none = false) const noexcept;
  bool covers(const Range& range) const noexcept { return !first_gap(range); }

  /// Segments in memory.
  std::size_t size() const noexcept { return segments_ + v6_.size(); }

 private:
  // The mark and the width of the block that a segment is of, in 32 bits.
  using Packed = std::uint32_t;
  struct Segment4 {
    std::uint16_t first, last;
    Packed packed;
  };
  struct Segment6 {
    Address last;
    Packed packed;
  };
  using Bucket = std::vector<Segment4>;

  Packed pack(const Range& range, Mark mark);
  Mark unpack(Packed packed) const noexcept;
  double add4(std::uint32_t first, std::uint32_t last, Packed packed);
  double add_to(Bucket& bucket, std::uint16_t first, std::uint16_t last, Packed packed);
  double add6(const Range& range, Packed packed);

  std::unique_ptr<Bucket[]> v4_;
  std::size_t segments_ = 0;
  std::map<Address, Segment6> v6_;
  std::vector<std::uint32_t> asns_;  // by number
  std::unordered_map<std::uint32_t, std::uint32_t> numbers_;
};

}  // namespace ip2asn
