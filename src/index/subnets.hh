// The address space of an AS or a country, as prefixes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "index/image.hh"
#include "net/address.hh"

namespace ip2asn {

/// The least number of prefixes that cover what some records of an image announce, IPv4 before IPv6, in address order.
/// Made from the postings, so that its cost is that of what it holds; takes one bit a range of the image. Points to
/// nothing in the image: it can be read on from any other copy of the same image. Not thread-safe.
class Subnets {
 public:
  static Subnets of_as(const Image& image, std::uint32_t asn);
  /// Of all records with this country: two capitals.
  static Subnets of_country(const Image& image, std::string_view country);

  /// The next prefix; false at the end. `image` is the one that this was made from.
  bool next(const Image& image, Prefix& prefix) noexcept;

 private:
  explicit Subnets(const Image& image);
  void add(const Image& image, RecordId id) noexcept;
  bool next_run(const Image& image) noexcept;

  std::array<std::vector<std::uint64_t>, 2> ranges_;  // of IPv4 and IPv6, a bit each
  std::size_t family_ = 0;
  std::size_t at_ = 0;   // the range to go on with
  bool inside_ = false;  // `rest_` holds what is left of a run of neighbouring ranges
  Range rest_;
};

}  // namespace ip2asn
