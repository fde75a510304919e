#include "compile/list_selector.hh"

#include <algorithm>

#include "base/text.hh"

namespace ip2asn {
namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Result<ListSelector> parse_list_selector(std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view member = word.substr(0, equals);
  if (member.empty() || (equals != std::string_view::npos && equals + 1 == word.size())) {
    return Error{Errc::argument,
                 quoted(word) + " selects nothing; write member=value, such as service=EC2, or a member"};
  }
  ListSelector selector{std::string(member), std::nullopt};
  if (equals != std::string_view::npos) selector.value = word.substr(equals + 1);
  return selector;
}

std::string to_string(const ListSelector& selector) {
  return selector.value ? selector.member + '=' + *selector.value : selector.member;
}

bool same_member(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool value_fits(const ListSelector& selector, std::string_view value) noexcept {
  const std::string_view wanted = *selector.value;
  if (!wanted.ends_with('*')) return same_member(wanted, value);
  const std::string_view start = wanted.substr(0, wanted.size() - 1);
  return value.size() >= start.size() && same_member(start, value.substr(0, start.size()));
}

}  // namespace ip2asn
