// From the text of a source, in blocks of any size, to rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sources/findings.hh"
#include "sources/label_set.hh"
#include "sources/source.hh"

namespace ip2asn {

/// Parses one file after another into one table. Memory for text is bounded by the longest line that is accepted.
class RowParser {
 public:
  /// All three outlive this.
  RowParser(Table& table, const SourceOptions& options, Findings& findings)
      : table_(table), options_(options), findings_(findings), labels_(table.labels) {}

  void begin_file(std::string_view name);
  /// The next block of the file's text. An error is final.
  Result<Done> feed(std::string_view block);
  /// The end of the file, whose last line needs no newline, and the judgement on it: an error when too many of its rows
  /// were skipped, or when none announces anything.
  Result<Done> end_file();

 private:
  std::optional<Error> start(std::string_view& text);
  Result<Done> parse(std::string_view block);
  void whole_lines(std::string_view text);
  void finish_line();
  // A line without its end, taken apart as far as it must be to ask for its label.
  struct Line {
    std::string_view text;
    std::size_t size;        // with a carriage return at its end
    std::size_t tab1, tab2;  // npos when there are no two
    std::uint64_t hash;      // of the tail behind the second
  };
  static Line split(std::string_view line) noexcept;
  void count_line(const Line& next);
  void line(const Line& line);
  void add(Finding kind, std::string_view text) {
    findings_.add(kind, name_, line_, text);
    file_findings_.add(kind, name_, line_, text);
  }

  Table& table_;
  const SourceOptions& options_;
  Findings& findings_;
  LabelSet labels_;
  std::string name_;
  std::uint64_t line_ = 0;
  Findings file_findings_;  // those of this file alone
  bool announces_ = false;  // this file has a row of an AS
  bool at_start_ = true;    // too little of this file was seen to tell what it is
  bool over_long_ = false;  // inside a line that is longer than is accepted
  std::string carry_;       // the unfinished line at the end of the last block
};

/// The judgement on the skipped rows of one file or, by `name`, of all: an error when there are too many (see
/// source.hh).
std::optional<Error> too_many_skipped(std::string_view name, std::uint64_t rows, const SourceOptions& options,
                                      const Findings& findings);

/// The names of a table's sources, for a message.
std::string names_of(const Table& table);

}  // namespace ip2asn
