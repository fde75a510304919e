// From the bytes of sources, in blocks of any size, to rows: recognises each file's format and hands it to its reader.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sources/reader.hh"

namespace ip2asn {

/// Parses one file after another into one table.
class RowParser {
 public:
  /// All three outlive this.
  RowParser(Table& table, const SourceOptions& options, Findings& findings) : sink_(table, options, findings) {}

  void begin_file(std::string_view name);
  /// The next block of the file. An error is final.
  Result<Done> feed(std::string_view block);
  /// The end of the file, whose last line needs no newline, and the judgement on it (see RowSink::end_file).
  Result<Done> end_file();

 private:
  Result<Done> start();

  RowSink sink_;
  std::unique_ptr<Reader> reader_;  // none as long as too little of this file was seen to tell what it is
  std::string head_;                // what was seen until then
};

}  // namespace ip2asn
