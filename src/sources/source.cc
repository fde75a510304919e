#include "sources/source.hh"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/byte_source.hh"
#include "base/read_ahead.hh"
#include "base/system_error.hh"
#include "sources/row_parser.hh"

namespace ip2asn {
namespace {

Result<Done> parse_text(TextSource& text, std::string_view name, RowParser& parser, const FileSource* file,
                        const SourceOptions& options) {
  ReadAhead blocks(text);
  parser.begin_file(name);
  while (true) {
    const auto block = blocks.next();
    if (!block) return block.error();
    if (block->empty()) return parser.end_file();
    if (auto error = stopped(options)) return *std::move(error);
    if (auto done = parser.feed(*block); !done) return done;
    if (file != nullptr && options.progress != nullptr) {
      options.progress(options.progress_context, file->bytes_read(), file->stamp().size);
    }
  }
}

// What both doors have in common: one parser for all files, and out of memory as an error.
template <class Read>
Result<Table> read_all(const SourceOptions& options, Findings& findings, Read&& read) {
  return guarded("reading the sources", "", [&]() -> Result<Table> {
    Table table;
    RowParser parser(table, options, findings);
    if (auto done = read(table, parser); !done) return std::move(done).error();
    if (auto error = too_many_skipped(names_of(table), table.rows, options, findings)) return *std::move(error);
    return table;
  });
}

}  // namespace

std::optional<Combine> find_combine(std::string_view word) noexcept {
  constexpr std::string_view kWords[] = {"merge", "fill", "replace"};
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    const bool same = std::equal(word.begin(), word.end(), kWords[i].begin(), kWords[i].end(),
                                 [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
    if (same) return static_cast<Combine>(i);
  }
  return std::nullopt;
}

Result<Table> read_sources(const std::vector<std::string>& paths, const SourceOptions& options, Findings& findings) {
  return read_all(options, findings, [&](Table& table, RowParser& parser) -> Result<Done> {
    if (paths.empty()) return Error{Errc::argument, "no source was named"};
    for (const std::string& path : paths) {
      auto file = FileSource::open(path);
      if (!file) return std::move(file).error();
      table.data_time = std::max(table.data_time, (*file)->stamp().mtime_ns / 1'000'000'000);
      TextSource text(**file, path, options);
      if (auto done = parse_text(text, path, parser, file->get(), options); !done) return done;
    }
    return Done{};
  });
}

Result<Table> read_source_bytes(std::string_view bytes, std::string_view name, const SourceOptions& options,
                                Findings& findings) {
  return read_all(options, findings, [&](Table&, RowParser& parser) -> Result<Done> {
    MemorySource memory(bytes);
    TextSource text(memory, name, options);
    return parse_text(text, name, parser, nullptr, options);
  });
}

}  // namespace ip2asn
