// What a reader found wrong in a source, by kind, and what came of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ip2asn {

/// One kind of finding. The first group skips the row, the second keeps it, the third is not about rows.
enum class Finding : std::uint8_t {
  // The row is skipped, and counts against the share that may be.
  line_too_long,   ///< over 64 KiB
  field_count,     ///< not the fields that a row of the format has
  bad_asn,         ///< not a decimal number from 0 to 4294967295
  bad_address,     ///< start or end is no address
  mixed_families,  ///< start and end are of different families
  reversed_range,  ///< start after end
  conflict,        ///< an earlier row has the same range with another AS
  // The row is kept.
  overlap,          ///< overlaps an earlier row without nesting; the part behind that is kept
  duplicate,        ///< an exact copy of an earlier row; one is kept
  repaired_text,    ///< control, bidi or invalid characters became U+FFFD
  shortened_text,   ///< a description of over 255 bytes was cut at a character boundary
  dropped_country,  ///< neither two capitals nor "None"; kept as empty
  // No row: the share of bad lines in a list or a names file is judged when it is read.
  bad_list_entry,  ///< a line of a list that is neither an AS number nor a network; skipped
  bad_name_entry,  ///< a line of a names file that does not name an AS; skipped
};
inline constexpr std::size_t kFindingKinds = 14;

/// Whether a finding of this kind means that the row is not used.
constexpr bool skips(Finding kind) noexcept { return kind <= Finding::conflict; }

/// Whether a finding of this kind is about a row of a source.
constexpr bool is_about_row(Finding kind) noexcept { return kind < Finding::bad_list_entry; }

/// "bad address" and so on.
std::string_view describe(Finding kind) noexcept;

/// Counts of all findings, with the place of the first few of each kind. Not thread-safe.
class Findings {
 public:
  static constexpr std::size_t kExamples = 3;  ///< places kept a kind

  struct Example {
    Finding kind;
    std::uint64_t line;  ///< from 1
    std::string file;
    std::string text;  ///< the offending part, repaired and cut to a printable length
  };

  void add(Finding kind, std::string_view file, std::uint64_t line, std::string_view text);

  std::uint64_t count(Finding kind) const noexcept { return counts_[static_cast<std::size_t>(kind)]; }
  std::uint64_t skipped() const noexcept;
  const std::vector<Example>& examples() const noexcept { return examples_; }

  /// "3 rows skipped (2 bad address, 1 wrong number of fields); rows kept: 1 repaired text", or "" when there is
  /// nothing to say.
  std::string summary() const;

 private:
  std::array<std::uint64_t, kFindingKinds> counts_{};
  std::vector<Example> examples_;
};

}  // namespace ip2asn
