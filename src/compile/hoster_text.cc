#include "compile/hoster_text.hh"

#include <algorithm>
#include <utility>

namespace ip2asn {
namespace {

constexpr std::size_t kBuckets = 4096;

std::size_t bucket_of(char first, char second) noexcept {
  const std::uint32_t pair = static_cast<unsigned char>(first) * 256u + static_cast<unsigned char>(second);
  return (pair * 0x9E3779B1u) >> 20;
}

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

constexpr bool in_word(char c) noexcept {
  const char folded = fold_case(c);
  return (folded >= 'a' && folded <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Where a name begins at or behind `at`: blanks, quotes and an opening bracket before it are not part of it.
std::size_t name_from(std::string_view description, std::size_t at) noexcept {
  return std::min(description.find_first_not_of(" \t\"'(", at), description.size());
}

}  // namespace

HosterText HosterText::parse(std::string_view quoted) {
  HosterText text;
  if (quoted.starts_with('^')) {
    text.begins = Begins::with_description;
    quoted.remove_prefix(1);
  } else if (quoted.starts_with('*')) {
    text.begins = Begins::anywhere;
    quoted.remove_prefix(1);
  }
  if (quoted.ends_with('*')) {
    text.ends_inside_word = true;
    quoted.remove_suffix(1);
  }
  if (quoted.find_first_not_of(" \t") == std::string_view::npos) {
    text.fault = Fault::empty;
  } else if (quoted.size() < 2) {
    text.fault = Fault::one_character;
  } else if (quoted.find('*') != std::string_view::npos) {
    text.fault = Fault::inner_star;
  }
  text.folded.resize(quoted.size());
  std::transform(quoted.begin(), quoted.end(), text.folded.begin(), fold_case);
  return text;
}

bool HosterText::matches_at(std::string_view description, std::size_t at) const noexcept {
  const std::string_view rest = description.substr(at);
  if (rest.size() < folded.size()) return false;
  for (std::size_t i = 0; i < folded.size(); ++i)
    if (fold_case(rest[i]) != folded[i]) return false;
  return ends_inside_word || rest.size() == folded.size() || !in_word(folded.back()) || !in_word(rest[folded.size()]);
}

HosterTexts::Buckets HosterTexts::bucketed(bool floating) const {
  const auto here = [&](const HosterText& text) { return (text.begins == HosterText::Begins::anywhere) == floating; };
  Buckets buckets;
  const auto count = static_cast<std::size_t>(std::count_if(texts_.begin(), texts_.end(), here));
  if (count == 0) return buckets;
  buckets.ends.assign(kBuckets, 0);
  for (const HosterText& text : texts_)
    if (here(text)) ++buckets.ends[bucket_of(text.folded[0], text.folded[1])];
  std::uint32_t sum = 0;
  for (std::uint32_t& end : buckets.ends) sum += std::exchange(end, sum);
  // Each slot now holds its bucket's start; filling the bucket moves it to the end.
  buckets.numbers.resize(count);
  for (std::uint32_t i = 0; i < texts_.size(); ++i)
    if (here(texts_[i])) buckets.numbers[buckets.ends[bucket_of(texts_[i].folded[0], texts_[i].folded[1])]++] = i;
  return buckets;
}

void HosterTexts::index() {
  at_names_ = bucketed(false);
  anywhere_ = bucketed(true);
}

void HosterTexts::take_better(const Buckets& buckets, std::string_view description, std::size_t at,
                              std::uint32_t& best) const noexcept {
  if (buckets.ends.empty() || at + 1 >= description.size()) return;
  const std::size_t bucket = bucket_of(fold_case(description[at]), fold_case(description[at + 1]));
  for (std::uint32_t k = bucket == 0 ? 0 : buckets.ends[bucket - 1]; k < buckets.ends[bucket]; ++k) {
    const std::uint32_t candidate = buckets.numbers[k];
    if (candidate >= best) return;  // ascending: no later one can win
    const HosterText& text = texts_[candidate];
    if (text.begins == HosterText::Begins::with_description && at != 0) continue;
    if (text.matches_at(description, at)) {
      best = candidate;
      return;
    }
  }
}

std::uint32_t HosterTexts::match(std::string_view description) const noexcept {
  std::uint32_t best = kNone;
  take_better(at_names_, description, 0, best);
  const std::size_t first = name_from(description, 0);
  if (first != 0) take_better(at_names_, description, first, best);
  const auto blank =
      std::find_if(description.begin() + static_cast<std::ptrdiff_t>(first), description.end(), is_blank);
  if (blank != description.end()) {
    take_better(at_names_, description, name_from(description, static_cast<std::size_t>(blank - description.begin())),
                best);
    if (const std::size_t dash = description.find(" - "); dash != std::string_view::npos)
      take_better(at_names_, description, name_from(description, dash + 3), best);
  }
  if (!anywhere_.ends.empty())
    for (std::size_t at = 0; at + 1 < description.size(); ++at) take_better(anywhere_, description, at, best);
  return best;
}

}  // namespace ip2asn
