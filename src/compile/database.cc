#include "compile/database.hh"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/byte_source.hh"
#include "base/files.hh"
#include "base/system_error.hh"
#include "index/image_reader.hh"

namespace ip2asn {

namespace {

Result<bool> read_magic(const std::string& path) {
  auto file = FileSource::open(path);
  if (!file) return std::move(file).error();
  char head[kIndexMagicBytes];
  auto n = (*file)->read(head);
  if (!n) return std::move(n).error();
  return is_image(std::as_bytes(std::span(head, *n)));
}

}  // namespace

Result<bool> is_index_file(const std::string& path) {
  return guarded("reading ", path, [&] { return read_magic(path); });
}

Result<Database> Database::open(const std::vector<std::string>& paths, const HosterMap& hosters,
                                const SourceOptions& options, Findings& findings, const LocalData& local) {
  return guarded("opening ", paths.empty() ? std::string_view() : paths[0],
                 [&] { return open_paths(paths, hosters, options, findings, local); });
}

namespace {

Error about(const std::string& path, const Error& error) { return {error.code, path + ": " + error.message}; }

Result<Done> compile_sources(const std::vector<std::string>& paths, const HosterMap& hosters,
                             const SourceOptions& options, Findings& findings, const LocalData& local,
                             ImageSink& sink) {
  auto table = read_sources(paths, options, findings);
  if (!table) return std::move(table).error();
  return compile(*std::move(table), hosters, options, findings, local, sink);
}

// Copies an index block by block.
Result<Done> copy_index(const std::string& path, std::uint64_t max_bytes, ImageSink& sink) {
  auto file = FileSource::open(path);
  if (!file) return std::move(file).error();
  const std::uint64_t size = (*file)->stamp().size;
  if (size > max_bytes) return Error{Errc::limit, path + ": is larger than " + std::to_string(max_bytes) + " bytes"};
  ImageHeader header;
  PageVector<char> block(256u << 10);
  std::size_t headed = 0;
  std::uint64_t rest = size;
  while (true) {
    auto n = (*file)->read(block);
    if (!n) return std::move(n).error();
    if (*n == 0) break;
    if (*n > rest) return Error{Errc::changed, path + ": grew while it was read; try again when it is complete"};
    rest -= *n;
    std::span<const char> bytes(block.data(), *n);
    if (headed < sizeof header) {
      const std::size_t part = std::min(bytes.size(), sizeof header - headed);
      std::memcpy(reinterpret_cast<char*>(&header) + headed, bytes.data(), part);
      headed += part;
      bytes = bytes.subspan(part);
      if (headed < sizeof header) continue;
      if (auto error = check_header(header, size)) return about(path, *error);
      if (auto done = sink.begin(static_cast<std::size_t>(size)); !done) return done;
    }
    if (auto done = sink.append(std::as_bytes(bytes)); !done) return done;
  }
  if (headed < sizeof header) return about(path, damaged_image("shorter than its header"));
  return sink.finish(header);
}

struct OpenedIndex {
  ImageBuffer buffer;
  Image image;
};

Result<OpenedIndex> read_index(const std::string& path, std::uint64_t max_bytes) {
  auto file = read_file(path, max_bytes);
  if (!file) return std::move(file).error();
  OpenedIndex index{std::move(file->buffer), {}};
  const auto image = Image::open(index.buffer.bytes());
  if (!image) return about(path, image.error());
  index.image = *image;
  return index;
}

}  // namespace

Result<Done> Database::write(const std::vector<std::string>& paths, const HosterMap& hosters,
                             const SourceOptions& options, Findings& findings, const LocalData& local,
                             ImageSink& sink) {
  return guarded("opening ", paths.empty() ? std::string_view() : paths[0], [&]() -> Result<Done> {
    if (paths.empty()) return Error{Errc::argument, "no database was named"};
    const auto index = paths.size() == 1 ? is_index_file(paths[0]) : Result<bool>(false);
    if (!index) return index.error();
    if (!*index) return compile_sources(paths, hosters, options, findings, local, sink);
    if (local.empty()) return copy_index(paths[0], options.max_bytes, sink);
    const auto opened = read_index(paths[0], options.max_bytes);
    if (!opened) return opened.error();
    auto added = recompile(opened->image, local, sink);
    return added ? added : about(paths[0], added.error());
  });
}

Result<Database> Database::open_paths(const std::vector<std::string>& paths, const HosterMap& hosters,
                                      const SourceOptions& options, Findings& findings, const LocalData& local) {
  if (paths.empty()) return Error{Errc::argument, "no database was named"};
  Database database;
  const auto index = paths.size() == 1 ? is_index_file(paths[0]) : Result<bool>(false);
  if (!index) return index.error();
  if (*index && local.empty()) {
    auto opened = read_index(paths[0], options.max_bytes);
    if (!opened) return std::move(opened).error();
    database.buffer_ = std::move(opened->buffer);
    database.image_ = opened->image;
    return database;
  }
  BufferSink sink;
  if (auto done = write(paths, hosters, options, findings, local, sink); !done) return std::move(done).error();
  database.buffer_ = std::move(sink.buffer());
  database.compiled_ = true;
  const auto image = Image::open(database.buffer_.bytes());
  if (!image) return about(paths[0], image.error());
  database.image_ = *image;
  return database;
}

}  // namespace ip2asn
