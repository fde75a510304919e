#include "compile/database.hh"

#include "base/byte_source.hh"
#include "base/files.hh"
#include "base/system_error.hh"

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

Result<Database> Database::open_paths(const std::vector<std::string>& paths, const HosterMap& hosters,
                                      const SourceOptions& options, Findings& findings, const LocalData& local) {
  if (paths.empty()) return Error{Errc::argument, "no database was named"};
  Database database;
  auto index = paths.size() == 1 ? is_index_file(paths[0]) : Result<bool>(false);
  if (!index) return std::move(index).error();
  if (*index) {
    auto file = read_file(paths[0], options.max_bytes);
    if (!file) return std::move(file).error();
    database.buffer_ = std::move(file->buffer);
  } else {
    auto table = read_sources(paths, options, findings);
    if (!table) return std::move(table).error();
    auto image = compile(*table, hosters, options, findings, local);
    if (!image) return std::move(image).error();
    database.buffer_ = std::move(*image);
    database.compiled_ = true;
  }
  auto image = Image::open(database.buffer_.bytes());
  if (!image) return Error{image.error().code, paths[0] + ": " + image.error().message};
  database.image_ = *image;
  if (*index && !local.empty()) {
    auto added = recompile(*image, local);
    if (!added) return Error{added.error().code, paths[0] + ": " + added.error().message};
    database.buffer_ = std::move(*added);
    database.compiled_ = true;
    image = Image::open(database.buffer_.bytes());
    if (!image) return std::move(image).error();
    database.image_ = *image;
  }
  return database;
}

}  // namespace ip2asn
