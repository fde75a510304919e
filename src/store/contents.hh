// What a file holds, learned in one pass over it: its SHA-256, and whether its end looks like one.
#pragma once

#include <string>

#include "base/digest.hh"
#include "base/file_stamp.hh"
#include "base/result.hh"

namespace ip2asn {

struct FileContent {
  FileStamp stamp;
  Digest digest{};
  /// False for a text whose last line is not ended by a newline: it may have been cut, or be in the middle of being
  /// written. True for what is no text (gzip, an index), whose own structure tells.
  bool ended = true;
  /// False for a text whose last row has fewer fields, divided by tabs, than its first.
  bool last_row_full = true;
};

/// Reads the regular file at `path` from start to end. A file that changes meanwhile is Errc::changed.
Result<FileContent> content_of(const std::string& path);

/// Whether the file at `path` is shorter than the one at `other`, and the same as far as it goes.
Result<bool> is_beginning_of(const std::string& path, const std::string& other);

}  // namespace ip2asn
