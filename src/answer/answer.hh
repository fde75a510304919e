// What is known of an address, and of an AS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "index/image.hh"
#include "net/address.hh"

namespace ip2asn::api {

/// Names divided by commas, none of which has one in it.
struct Names {
  std::string_view text;

  bool empty() const noexcept { return text.empty(); }
  /// Calls f(name) for each.
  template <class F>
  void each(F&& f) const {
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view name = rest.substr(0, rest.find(','));
      f(name);
      rest.remove_prefix(name.size() == rest.size() ? rest.size() : name.size() + 1);
    }
  }
};

/// What is known of one address. The texts point into the image. fields.hh tells what is read out of it.
struct Answer {
  Address address;         ///< IPv4-mapped addresses as IPv4
  bool announced = false;  ///< else `record` says nothing
  Range range;             ///< of the database, around the address; where the range was not looked up, it says nothing
  Record record;
  Names lists;  ///< those that hold the address; where they were not looked up, none
};

/// Without the lists.
Answer answer_for(const Image& image, const Address& address) noexcept;
/// Without the range and the lists, which takes half the time.
Answer answer_without_range(const Image& image, const Address& address) noexcept;

/// With everything; the names of the lists are in `lists`, which outlives the answer.
Answer answer_with_lists(const Image& image, const Address& address, std::string& lists);

/// The names of `lists` as Names has them: their size in bytes, and the bytes themselves.
std::size_t names_size(const Image& image, const ListSet& lists) noexcept;
void write_names(const Image& image, const ListSet& lists, char* out) noexcept;

/// What is known of an AS: its record that covers most, for they may differ. The texts point into the image.
struct AsSummary {
  std::uint32_t asn = 0;
  bool known = false;        ///< it announces something; else country is "None" and description "Not found"
  std::string_view country;  ///< "None" where the registry gives none
  std::string_view description;
  std::string_view hoster;  ///< empty for none
  std::string_view hoster_class;
};
AsSummary summary_of(const Image& image, std::uint32_t asn) noexcept;

}  // namespace ip2asn::api
