#include "cli/crawl/import.hh"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>

#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "cli/crawl/files.hh"
#include "cli/output.hh"
#include "registry/text_lines.hh"

namespace ip2asn::cli {
namespace {

// Dumps unpack to many times their size.
constexpr TextLimits kLimits{64ull << 30, 2000};

// Opens a file, plain or gzip, and hands its text on.
template <class Use>
auto with_text(const std::string& path, const Use& use) -> decltype(use(std::declval<ByteSource&>())) {
  Result<std::unique_ptr<FileSource>> file = FileSource::open(path);
  if (!file) return file.error();
  TextSource text(**file, path, kLimits);
  return use(text);
}

enum class Kind { statistics, dump, unknown };

Result<Kind> kind_of(const std::string& path) {
  return with_text(path, [](ByteSource& bytes) -> Result<Kind> {
    TextLines lines(bytes);
    std::string_view line;
    while (true) {
      const Result<bool> more = lines.next(line);
      if (!more) return more.error();
      if (!*more) return Kind::unknown;
      if (line.empty() || line.front() == '#' || line.front() == '%') continue;
      return Delegated::is_header(line) ? Kind::statistics : is_rpsl_line(line) ? Kind::dump : Kind::unknown;
    }
  });
}

}  // namespace

Result<Imports> Imports::open(const std::vector<std::string>& paths, KnownBlocks& known) {
  Imports imports;
  for (const std::string& path : paths) {
    const Result<Kind> kind = kind_of(path);
    if (!kind) return kind.error();
    if (*kind == Kind::unknown) {
      return Error{Errc::damaged, path + ": is neither a registry's statistics (2|…) nor a dump of its database"};
    }
    if (*kind == Kind::dump) {
      imports.dumps_.push_back(path);
      continue;
    }
    const Result<Done> added = with_text(path, [&](ByteSource& bytes) { return imports.delegated_.add(bytes, path); });
    if (!added) return added.error();
  }
  imports.delegated_.sort();
  for (std::size_t i = 0; i < imports.delegated_.size(); ++i) {
    const DelegatedRecord record = imports.delegated_[i];
    if (!record.held) known.add(record.range, {0, KnownBlocks::Kind::none});
  }
  return imports;
}

Result<RpslCounts> Imports::read(const RpslOrganisations& organisations,
                                 const std::function<void(const Block&)>& take) const {
  RpslCounts all;
  for (const std::string& path : dumps_) {
    const Result<RpslCounts> counts =
        with_text(path, [&](ByteSource& bytes) { return read_rpsl(bytes, organisations, take); });
    if (!counts) return counts.error();
    all.networks += counts->networks;
    all.own += counts->own;
    all.odd += counts->odd;
  }
  return all;
}

Result<RpslCounts> Imports::mark(KnownBlocks& known) const {
  return read({}, [&](const Block& block) { known.add(block.range, {0, KnownBlocks::Kind::imported}); });
}

Result<RpslCounts> Imports::write(const std::string& path, const Image* database) const {
  // Networks may come before the organisations that hold them.
  RpslOrganisations organisations;
  for (const std::string& dump : dumps_) {
    const Result<Done> added = with_text(dump, [&](ByteSource& bytes) { return organisations.add(bytes); });
    if (!added) return added.error();
  }
  const UniqueFd fd(path == "-" ? ::dup(STDOUT_FILENO)
                                : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd) return system_error(path, "cannot be opened");
  Output output(fd.get());
  ResultLine line;
  line.host = host_name();
  line.time = std::time(nullptr);
  Result<RpslCounts> counts = read(organisations, [&](const Block& block) {
    line.ip = block.range.first;
    line.query = range_text(block.range);
    line.announced = announced_at(database, block.range.first);
    line.block = block;
    JsonText json;
    write_result(json, line);
    output.write(json.text());
    output.write("\n");
  });
  output.flush();
  if (counts && !output.good()) return Error{Errc::unreadable, path + ": cannot be written, so it is not complete"};
  return counts;
}

}  // namespace ip2asn::cli
