// What registries publish for everybody: dumps of their databases, and statistics of what they handed out.
#pragma once

#include <string>
#include <vector>

#include "cli/args.hh"
#include "index/image.hh"
#include "registry/delegated.hh"
#include "registry/known_blocks.hh"
#include "registry/rpsl.hh"

namespace ip2asn::cli {

/// The files of --import, told apart by content.
class Imports {
 public:
  /// Reads the statistics; what is not held is marked as known to be none. Of dumps only the beginning is looked at.
  static Result<Imports> open(const std::vector<std::string>& paths, KnownBlocks& known);

  const Delegated& delegated() const noexcept { return delegated_; }
  bool has_dumps() const noexcept { return !dumps_.empty(); }

  /// Marks the networks of the dumps as known.
  Result<RpslCounts> mark(KnownBlocks& known) const;
  /// Writes them as results to `path`. `database` may be nullptr.
  Result<RpslCounts> write(const std::string& path, const Image* database) const;

 private:
  Result<RpslCounts> read(const RpslOrganisations& organisations, const std::function<void(const Block&)>& take) const;

  Delegated delegated_;
  std::vector<std::string> dumps_;
};

}  // namespace ip2asn::cli
