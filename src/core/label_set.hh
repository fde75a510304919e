// The labels of a table, each once.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ip2asn/source.hh"

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

  /// Labels are appended to `labels`, whose first is that of AS 0.
  explicit LabelSet(std::vector<Label>& labels);

  Entry intern(std::string_view tail);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    const char* text = nullptr;  // null: free
    std::uint32_t size = 0;
    Entry entry;
  };

  Slot& slot(std::string_view tail, std::uint64_t hash);
  Entry judge(std::string_view tail, bool& stands_for_label);
  const char* keep(std::string_view text);
  void grow();

  std::vector<Label>& labels_;
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_left_ = 0;
  char* block_at_ = nullptr;
};

}  // namespace ip2asn
