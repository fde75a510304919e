#include "sources/label_set.hh"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "base/hash.hh"
#include "base/text.hh"
#include "sources/names.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kBlockBytes = 1u << 20;
constexpr std::size_t kFirstSlots = 1u << 12;
// A hostile file has no end of tails that come to few labels: so many are remembered, and none that is long.
constexpr std::size_t kMostTails = 1u << 20;
constexpr std::size_t kLongTail = 1u << 10;

bool parse_asn(std::string_view text, std::uint32_t& asn) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), asn);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool is_country(std::string_view text) {
  return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

}  // namespace

LabelSet::LabelSet(std::vector<Label>& labels) : labels_(labels), slots_(kFirstSlots) {
  if (labels_.empty()) labels_.push_back({});
}

LabelSet::Slot& LabelSet::slot(std::string_view tail, std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    Slot& s = slots_[i];
    if (s.text == nullptr ||
        (s.hash == hash && s.size == tail.size() && std::memcmp(s.text, tail.data(), tail.size()) == 0)) {
      return s;
    }
  }
}

std::uint64_t LabelSet::hash_of(std::string_view tail) noexcept { return XXH3_64bits(tail.data(), tail.size()); }

LabelSet::Entry LabelSet::intern(std::string_view tail, std::uint64_t hash) {
  if (const Slot& known = slot(tail, hash); known.text != nullptr) return known.entry;
  bool stands_for_label = false;
  const Entry entry = judge(tail, stands_for_label);
  if (entry.verdict != Verdict::good) return entry;
  // The tail that stands for its label is always kept, so that each label is there once.
  if (!stands_for_label && (used_ >= kMostTails || tail.size() > kLongTail)) return entry;
  if (used_ * 2 >= slots_.size()) grow();
  slot(tail, hash) = {hash, keep(tail), static_cast<std::uint32_t>(tail.size()), entry};
  ++used_;
  return entry;
}

LabelSet::Entry LabelSet::judge(std::string_view tail, bool& stands_for_label) {
  Entry entry;
  const std::size_t tab1 = tail.find('\t');
  const std::size_t tab2 = tab1 == std::string_view::npos ? tab1 : tail.find('\t', tab1 + 1);
  if (tab2 == std::string_view::npos || tail.find('\t', tab2 + 1) != std::string_view::npos) {
    entry.verdict = Verdict::field_count;
    return entry;
  }
  Label label;
  if (!parse_asn(tail.substr(0, tab1), label.asn)) {
    entry.verdict = Verdict::bad_asn;
    return entry;
  }
  const std::string_view country = tail.substr(tab1 + 1, tab2 - tab1 - 1);
  if (is_country(country)) {
    label.country = country;
  } else if (country != "None") {
    entry.dropped_country = true;
  }
  const std::string_view name = tail.substr(tab2 + 1);
  RepairedText description = repair_text(is_placeholder_name(name) ? std::string_view() : name);
  entry.repaired_text = description.repaired;
  entry.shortened_text = description.shortened;
  if (label.asn == 0) return entry;
  label.description = std::move(description.text);

  // Tails that differ only in what was repaired are one label: it stands under its canonical tail.
  const std::string canonical =
      std::to_string(label.asn) + '\t' + (label.country.empty() ? "None" : label.country) + '\t' + label.description;
  if (canonical != tail) {
    entry.label = intern(canonical, hash_of(canonical)).label;
  } else {
    entry.label = static_cast<std::uint32_t>(labels_.size());
    labels_.push_back(std::move(label));
    stands_for_label = true;
  }
  return entry;
}

const char* LabelSet::keep(std::string_view text) {
  if (block_left_ < text.size() || block_at_ == nullptr) {
    block_left_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_left_));
    block_at_ = blocks_.back().get();
  }
  char* kept = block_at_;
  std::memcpy(kept, text.data(), text.size());
  block_at_ += text.size();
  block_left_ -= text.size();
  return kept;
}

void LabelSet::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& s : old) {
    if (s.text == nullptr) continue;
    std::size_t i = s.hash & mask;
    while (slots_[i].text != nullptr) i = (i + 1) & mask;
    slots_[i] = s;
  }
}

}  // namespace ip2asn
