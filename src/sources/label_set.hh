// The labels of a table, each once.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/page_vector.hh"
#include "sources/source.hh"

namespace ip2asn {

/// Maps the tail of a row ("AS_number\tcountry\tdescription") to its label. A source repeats few tails often, so each
/// distinct one is parsed, judged and repaired once.
class LabelSet {
 public:
  enum class Verdict : std::uint8_t { good, field_count, bad_asn };
  struct Entry {
    std::uint32_t label = 0;
    Verdict verdict = Verdict::good;
    bool repaired_text = false;
    bool shortened_text = false;
    bool dropped_country = false;
  };

  /// Labels are appended to those of `table`, whose first is that of AS 0, and their texts to its texts.
  explicit LabelSet(Table& table);

  /// Looking up is a matter of waiting for memory: who has several tails at hand hashes all, calls prefetch_slot for
  /// each, then prefetch_text for each, and then intern.
  static std::uint64_t hash_of(std::string_view tail) noexcept;
  void prefetch_slot(std::uint64_t hash) const noexcept { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  void prefetch_text(std::uint64_t hash) const noexcept { __builtin_prefetch(slots_[hash & (slots_.size() - 1)].kept); }

  /// `hash` is hash_of(tail).
  Entry intern(std::string_view tail, std::uint64_t hash);

 private:
  // What is kept of a tail: this, and its text behind it.
  struct Kept {
    std::uint32_t size;
    Entry entry;
  };
  struct Slot {
    std::uint64_t hash = 0;
    const char* kept = nullptr;  // null: free
  };

  Slot& slot(std::string_view tail, std::uint64_t hash);
  Entry judge(std::string_view tail, bool& stands_for_label);
  const char* keep(std::string_view text, const Entry& entry);
  static Entry entry_of(const char* kept) noexcept;
  static std::string_view text_of(const char* kept) noexcept;
  void grow();

  Table& table_;
  PageVector<Slot> slots_;
  std::size_t used_ = 0;
  std::size_t block_left_ = 0;
  char* block_at_ = nullptr;
};

}  // namespace ip2asn
