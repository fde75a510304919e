#include "sources/label_set.hh"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
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
constexpr std::string_view kNoCountry = "None";

bool parse_asn(std::string_view text, std::uint32_t& asn) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), asn);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool is_country(std::string_view text) {
  return text.size() == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

// Has `label` refer to its canonical tail.
void use_texts(Label& label, std::string_view tail) {
  const std::size_t tab1 = tail.find('\t'), tab2 = tail.find('\t', tab1 + 1);
  const std::string_view country = tail.substr(tab1 + 1, tab2 - tab1 - 1);
  if (country != kNoCountry) label.country = country;
  label.description = tail.substr(tab2 + 1);
}

}  // namespace

LabelSet::LabelSet(Table& table) : table_(table), slots_(kFirstSlots) {
  if (table_.labels.empty()) table_.labels.push_back({});
}

LabelSet::Slot& LabelSet::slot(std::string_view tail, std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    Slot& s = slots_[i];
    if (s.kept == nullptr || (s.hash == hash && text_of(s.kept) == tail)) return s;
  }
}

std::uint64_t LabelSet::hash_of(std::string_view tail) noexcept { return XXH3_64bits(tail.data(), tail.size()); }

LabelSet::Entry LabelSet::intern(std::string_view tail, std::uint64_t hash) {
  if (const Slot& known = slot(tail, hash); known.kept != nullptr) return entry_of(known.kept);
  bool stands_for_label = false;
  const Entry entry = judge(tail, stands_for_label);
  if (entry.verdict != Verdict::good) return entry;
  // The tail that stands for its label is always kept, so that each label is there once.
  if (!stands_for_label && (used_ >= kMostTails || tail.size() > kLongTail)) return entry;
  if (used_ * 2 >= slots_.size()) grow();
  const char* const kept = keep(tail, entry);
  slot(tail, hash) = {hash, kept};
  ++used_;
  if (stands_for_label) use_texts(table_.labels[entry.label], text_of(kept));
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
  std::uint32_t asn = 0;
  if (!parse_asn(tail.substr(0, tab1), asn)) {
    entry.verdict = Verdict::bad_asn;
    return entry;
  }
  std::string_view country = tail.substr(tab1 + 1, tab2 - tab1 - 1);
  if (!is_country(country)) {
    entry.dropped_country = country != kNoCountry;
    country = kNoCountry;
  }
  const std::string_view name = tail.substr(tab2 + 1);
  RepairedText description = repair_text(is_placeholder_name(name) ? std::string_view() : name);
  entry.repaired_text = description.repaired;
  entry.shortened_text = description.shortened;
  if (asn == 0) return entry;

  // Tails that differ only in what was repaired are one label: it stands under its canonical tail.
  const std::string canonical = std::to_string(asn).append("\t").append(country).append("\t").append(description.text);
  if (canonical != tail) {
    entry.label = intern(canonical, hash_of(canonical)).label;
  } else {
    entry.label = static_cast<std::uint32_t>(table_.labels.size());
    table_.labels.push_back({asn});
    stands_for_label = true;
  }
  return entry;
}

const char* LabelSet::keep(std::string_view text, const Entry& entry) {
  const Kept head = {static_cast<std::uint32_t>(text.size()), entry};
  const std::size_t size = sizeof head + text.size();
  if (block_left_ < size || block_at_ == nullptr) {
    const std::size_t block = std::max(kBlockBytes, size);
    PageAllocator<char> pages;
    const std::shared_ptr<char[]> memory(pages.allocate(block),
                                         [pages, block](char* begin) mutable { pages.deallocate(begin, block); });
    table_.texts.push_back(memory);
    block_at_ = memory.get();
    block_left_ = block;
  }
  char* const kept = block_at_;
  std::memcpy(kept, &head, sizeof head);
  std::memcpy(kept + sizeof head, text.data(), text.size());
  block_at_ += size;
  block_left_ -= size;
  return kept;
}

LabelSet::Entry LabelSet::entry_of(const char* kept) noexcept {
  Kept head;
  std::memcpy(&head, kept, sizeof head);
  return head.entry;
}

std::string_view LabelSet::text_of(const char* kept) noexcept {
  Kept head;
  std::memcpy(&head, kept, sizeof head);
  return {kept + sizeof head, head.size};
}

void LabelSet::grow() {
  PageVector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& s : old) {
    if (s.kept == nullptr) continue;
    std::size_t i = s.hash & mask;
    while (slots_[i].kept != nullptr) i = (i + 1) & mask;
    slots_[i] = s;
  }
}

}  // namespace ip2asn
