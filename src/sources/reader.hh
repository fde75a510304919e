// What every format of a source has: a reader that takes the file's bytes in blocks and gives rows to a sink.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sources/findings.hh"
#include "sources/label_set.hh"
#include "sources/source.hh"

namespace ip2asn {

/// Where the rows of a file go, one file after another into one table, and what is kept of the file meanwhile: its
/// name, the line that is being read, what was found wrong. Not thread-safe.
class RowSink {
 public:
  /// All three outlive this.
  RowSink(Table& table, const SourceOptions& options, Findings& findings)
      : table_(table), options_(options), findings_(findings), labels_(table) {}

  void begin_file(std::string_view name);
  /// The end of a file, and the judgement on it: an error when too many of its rows were skipped, or when none
  /// announces anything.
  Result<Done> end_file();

  const std::string& name() const noexcept { return name_; }
  const SourceOptions& options() const noexcept { return options_; }
  LabelSet& labels() noexcept { return labels_; }
  std::uint64_t line() const noexcept { return line_; }

  /// The next line is a row, or one that says nothing (a comment).
  void next_row() noexcept { ++line_, ++table_.rows; }
  void next_comment() noexcept { ++line_; }

  /// Counts a finding about the row, whose text it is.
  void add(Finding kind, std::string_view text) {
    findings_.add(kind, name_, line_, text);
    file_findings_.add(kind, name_, line_, text);
  }
  /// Counts what `entry` says was wrong with the row's label.
  void add(const LabelSet::Entry& entry, std::string_view text) {
    if (entry.repaired_text || entry.shortened_text || entry.dropped_country) add_repairs(entry, text);
  }

  /// The label of an AS as it stands in a row: counts what was repaired in it. 0 for AS 0.
  std::uint32_t label(std::uint32_t asn, std::string_view country, std::string_view name, std::string_view text);
  /// Adds addresses of one label; `first` and `last` are of one family. Of IPv4-mapped IPv6 addresses nothing is made
  /// IPv4: such rows stay what they are.
  void row(const Address& first, const Address& last, std::uint32_t label) { row(first, last, label, line_); }
  void row(const Address& first, const Address& last, std::uint32_t label, std::uint64_t line) {
    announces_ = announces_ || label != 0;
    const auto line_number = static_cast<std::uint32_t>(std::min<std::uint64_t>(line, UINT32_MAX));
    if (first.family == Family::v4) {
      table_.v4.push_back({first.v4_bits(), last.v4_bits(), label, line_number});
    } else {
      table_.v6.push_back({first.hi, first.lo, last.hi, last.lo, label, line_number});
    }
  }
  /// Whether the ends make a range; counts what is wrong when they do not.
  bool check(const std::optional<Address>& first, const std::optional<Address>& last, std::string_view text) {
    if (first && last && first->family == last->family && *first <= *last) return true;
    add_bad_range(first, last, text);
    return false;
  }

  /// An error when the table has grown beyond what any source is.
  std::optional<Error> too_large() const;
  Error damaged(std::string_view what) const { return {Errc::damaged, name_ + ": " + std::string(what)}; }

 private:
  void add_repairs(const LabelSet::Entry& entry, std::string_view text);
  void add_bad_range(const std::optional<Address>& first, const std::optional<Address>& last, std::string_view text);

  Table& table_;
  const SourceOptions& options_;
  Findings& findings_;
  LabelSet labels_;
  std::string name_;
  std::string tail_;
  std::uint64_t line_ = 0;
  Findings file_findings_;  // those of this file alone
  bool announces_ = false;  // this file has a row of an AS
};

/// Reads one file of one format.
class Reader {
 public:
  Reader() = default;
  virtual ~Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// The next block of the file. An error is final.
  virtual Result<Done> feed(std::string_view block) = 0;
  /// The end of the file.
  virtual Result<Done> finish() = 0;
};

/// A reader of lines, whose memory is bounded by the longest line that is accepted. A NUL rejects the file.
class LineReader : public Reader {
 public:
  explicit LineReader(RowSink& sink) : sink_(sink) {}
  Result<Done> feed(std::string_view block) override;
  Result<Done> finish() override;

 protected:
  static constexpr std::size_t kBatch = 32;

  /// At most kBatch lines in their order, without their ends. Calls next_row or next_comment of the sink for each.
  virtual void take(std::span<const std::string_view> lines) = 0;

  RowSink& sink_;

 private:
  void whole_lines(std::string_view text);
  void add_line(std::string_view line);
  void flush();
  void too_long(std::string_view beginning);
  void finish_line();

  std::array<std::string_view, kBatch> batch_;
  std::size_t count_ = 0;
  bool over_long_ = false;  // inside a line that is longer than is accepted
  std::string carry_;       // the unfinished line at the end of the last block
};

/// `line` without the carriage return of a CRLF.
inline std::string_view without_return(std::string_view line) noexcept {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The judgement on the skipped rows of one file or, by `name`, of all: an error when there are too many (see
/// source.hh).
std::optional<Error> too_many_skipped(std::string_view name, std::uint64_t rows, const SourceOptions& options,
                                      const Findings& findings);

/// The names of a table's sources, for a message.
std::string names_of(const Table& table);

}  // namespace ip2asn
