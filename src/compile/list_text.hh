// The lines of a text list, as people and publishers write them.
//
// The first word of a line is the entry; a blank, a comma or a bar ends it, and what follows is a remark, a name or
// further columns. Where a line could be read in two ways that differ in what they cover, it is refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compile/list_entry.hh"

namespace ip2asn {

class ListText {
 public:
  /// The entry of the next line (without its end), or nothing: blank, a comment, the header of a table.
  std::optional<ListEntry> next(std::string_view line);

  /// The entry's own word in the line that next() read last.
  std::string_view word() const noexcept { return word_; }

  /// Whether that line was a bare number with words behind it: as "404 page not found" is, when it is all there is.
  bool prose() const noexcept { return prose_; }

 private:
  ListEntry entry_of(std::string_view line);
  bool is_header(std::string_view line);

  std::string_view word_;
  bool started_ = false;  // a line that is neither blank nor a comment was read
  bool pairs_ = false;    // the header says that the first two columns are start and end
  bool prose_ = false;
};

}  // namespace ip2asn
