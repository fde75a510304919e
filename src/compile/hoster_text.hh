// The texts of a hoster map: how a part of an AS description stands for a hoster.
//
// Descriptions read `HANDLE`, `HANDLE Organisation`, `HANDLE - Organisation` or `Organisation`, by source. So a text
// matches where one of these names begins: at the start of the description, behind its first blank, or behind its first
// " - "; and it must end where a word ends, so that "ipxo" does not match "IPXON". A text that itself ends in a
// character other than a letter or a digit ("amazon-") ends a word wherever it matches.
//
//     "hetzner"    HETZNER-AS, AS24940 Hetzner Online, FOO - Hetzner Online; not Hetznerov, not My own Hetzner
//     "ovh*"       a * at the end: the word may go on, OVHcloud
//     "^google"    a ^: only at the start of the description
//     "*digicom"   a * at the start: anywhere
//
// Case does not count, in ASCII. Letters beyond ASCII belong to words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ip2asn {

/// Upper case ASCII letters as lower case ones.
constexpr char fold_case(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// One text, read from what stands between the quotes.
struct HosterText {
  enum class Begins : std::uint8_t { with_name, with_description, anywhere };
  enum class Fault : std::uint8_t { none, empty, one_character, inner_star };

  std::string folded;  ///< without its signs; at least two bytes when there is no fault
  Begins begins = Begins::with_name;
  bool ends_inside_word = false;
  Fault fault = Fault::none;

  static HosterText parse(std::string_view quoted);
  /// Whether it matches `description` at `at`, as far as its characters and its end are concerned.
  bool matches_at(std::string_view description, std::size_t at) const noexcept;
};

/// Texts by the order in which they were added; immutable after index().
class HosterTexts {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  void add(HosterText text) { texts_.push_back(std::move(text)); }
  /// To be called once, after the last add() and before the first match().
  void index();
  /// The first text that was added of those that match, or kNone. Allocates nothing.
  std::uint32_t match(std::string_view description) const noexcept;

 private:
  // Numbers of texts by a hash of their first two bytes, ascending within each bucket.
  struct Buckets {
    std::vector<std::uint32_t> ends, numbers;  // both empty when there are no texts
  };
  Buckets bucketed(bool floating) const;
  void take_better(const Buckets& buckets, std::string_view description, std::size_t at,
                   std::uint32_t& best) const noexcept;

  std::vector<HosterText> texts_;
  Buckets at_names_, anywhere_;
};

}  // namespace ip2asn
