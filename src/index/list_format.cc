#include "index/list_format.hh"

#include <algorithm>

namespace ip2asn {
namespace {

constexpr std::size_t kMaxName = 64;

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_list_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxName && is_alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

std::vector<std::uint64_t> list_space4(const Index4& index) {
  std::vector<std::uint64_t> space(65'536 / 64);
  for (std::uint32_t upper = 0; upper < 65'536; ++upper) {
    space[upper / 64] |= std::uint64_t{index.is_used(upper)} << upper % 64;
  }
  return space;
}

}  // namespace ip2asn
