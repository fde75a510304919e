// A database that is ready to be asked, from whatever the caller has: sources or a compiled index.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.hh"
#include "compile/compile.hh"
#include "compile/hoster_map.hh"
#include "index/image.hh"
#include "index/image_writer.hh"
#include "sources/findings.hh"
#include "sources/source.hh"

namespace ip2asn {

/// Owns an image and what it stands in. Moves, does not copy; the image may be asked by any number of threads.
class Database {
 public:
  /// Reads `paths`: one compiled index, or one or more sources, told by content. Everything is read into memory of our
  /// own: a file that is replaced or cut afterwards changes nothing here. `hosters` is used for sources only: an index
  /// has its hosters compiled in. What `local` has is added in either case.
  static Result<Database> open(const std::vector<std::string>& paths, const HosterMap& hosters,
                               const SourceOptions& options, Findings& findings, const LocalData& local = {});

  /// The image alone, as open() has it, where the caller wants it. It has not been checked: who opens it does that.
  static Result<Done> write(const std::vector<std::string>& paths, const HosterMap& hosters,
                            const SourceOptions& options, Findings& findings, const LocalData& local, ImageSink& sink);

  const Image& image() const noexcept { return image_; }
  /// Whether it was compiled just now, rather than read from an index as it is.
  bool compiled() const noexcept { return compiled_; }

 private:
  static Result<Database> open_paths(const std::vector<std::string>& paths, const HosterMap& hosters,
                                     const SourceOptions& options, Findings& findings, const LocalData& local);

  ImageBuffer buffer_;
  Image image_;
  bool compiled_ = false;
};

/// Whether the regular file at `path` begins as a compiled index does (of any version).
Result<bool> is_index_file(const std::string& path);

}  // namespace ip2asn
