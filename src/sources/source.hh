// Readers of IP-to-ASN sources: iptoasn.com's TSV files.
//
// A source has one range a line, five fields divided by tabs:
//
//     range_start  range_end  AS_number  country_code  AS_description
//
// plain or gzip, told by content; IPv4, IPv6 or both, told by each row. Rows of AS 0 are "Not routed". Both ends belong
// to the range.
//
// Bad compression or structure rejects the file, for then all its bytes are suspect. A bad row is skipped and counted;
// when more than max(10, 0.01 %) of the rows are skipped, or with `strict` one, the file is rejected: each file by its
// own rows, and then all together. So is a file without a row that announces something. Bad text is repaired and
// counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.hh"
#include "base/page_vector.hh"
#include "base/result.hh"
#include "net/address.hh"
#include "sources/findings.hh"

namespace ip2asn {

/// Who announces a range: what the rows of one AS, country and description have in common. The texts are the table's.
struct Label {
  std::uint32_t asn = 0;
  std::string_view country = {};      ///< two capitals, or empty
  std::string_view description = {};  ///< valid UTF-8 without control or bidi characters, at most 255 bytes
};

struct Row4 {
  std::uint32_t first, last;
  std::uint32_t label;  ///< index into Table::labels
  std::uint32_t line;   ///< in its file, from 1; at most 2^32 - 1
};

struct Row6 {
  std::uint64_t first_hi, first_lo, last_hi, last_lo;
  std::uint32_t label;
  std::uint32_t line;
};

/// The rows of one or more sources, in the order of the files.
struct Table {
  PageVector<Label> labels;  ///< labels[0] is "not announced": AS 0
  PageVector<Row4> v4;
  PageVector<Row6> v6;
  std::vector<std::shared_ptr<const char[]>> texts;  ///< what the labels' texts are parts of
  std::vector<std::string> files;                    ///< the sources' names, as given
  std::vector<std::size_t> v4_ends, v6_ends;         ///< for each file the number of rows up to its end
  std::uint64_t rows = 0;                            ///< lines that were rows, the skipped ones included
  std::int64_t data_time = 0;  ///< newest modification time of the sources, seconds since 1970, 0 when unknown
};

/// What several sources of one database are to each other.
enum class Combine : std::uint8_t {
  merge,    ///< equals, as the files of two families: the most specific range wins, whichever source has it
  fill,     ///< earlier ones win; later ones say what those leave unannounced
  replace,  ///< later ones win wherever they announce something
};

/// "merge", "fill" or "replace", in any case.
std::optional<Combine> find_combine(std::string_view word) noexcept;

struct SourceOptions : TextLimits {
  Combine combine = Combine::merge;
  bool strict = false;                       ///< a row that would be skipped rejects the file
  std::uint32_t max_line_bytes = 64u << 10;  ///< longer lines are skipped
  std::uint64_t max_rows = 16'000'000;       ///< most rows in all sources
  void (*progress)(void* context, std::uint64_t bytes_done, std::uint64_t bytes_total) = nullptr;
  void* progress_context = nullptr;
  /// Set by another thread when the result is not wanted any more: what is under way ends with an error soon.
  const std::atomic<bool>* stop = nullptr;
};

/// The error of a work that is not wanted any more; none while it is.
inline std::optional<Error> stopped(const SourceOptions& options) {
  if (options.stop == nullptr || !options.stop->load(std::memory_order_relaxed)) return std::nullopt;
  return Error{Errc::changed, "stopped, because it is not wanted any more"};
}

/// Reads the files at `paths` into one table. Reads each file once, from its start to its end, and never maps it, so
/// that a file that is cut or replaced meanwhile gives an error (Errc::changed) or the old content, not a fault. A path
/// must name a regular file. `findings` collects what was skipped and repaired, also when the result is an error.
Result<Table> read_sources(const std::vector<std::string>& paths, const SourceOptions& options, Findings& findings);

/// The same for bytes that are in memory already (plain or gzip); `name` stands for the file in messages.
Result<Table> read_source_bytes(std::string_view bytes, std::string_view name, const SourceOptions& options,
                                Findings& findings);

}  // namespace ip2asn
