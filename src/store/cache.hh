// The cache of compiled indexes: a directory of images, each under the SHA-256 of what it was compiled from.
//
// The name covers every byte of the sources, of the hoster map and of the lists, the overrides, and the format version:
// unchanged input is not parsed twice, by any process on the host, and a byte that differs makes another entry. A damaged one
// is rebuilt. Which entry the inputs led to is noted under their stamps, so that they need not even be read again until
// one was written (see core/cache_notes.hh). Entries are written atomically and never changed afterwards, so that a
// mapping of one stays good also after its file was removed. Several processes may share the directory; of those that
// want the same new entry at the same time one compiles it, and the others wait for it for a few seconds.
//
// A server that starts as root and serves as another user shares the directory between the two: it belongs to the
// latter, so that a refresh while serving finds a place for its index. Entries that root makes are root's, and readable
// to the user's group; an entry that the user made becomes root's before root maps it (see Mapping), so that nobody can
// change or cut what root has mapped.
//
// To check an entry takes as long as to read it. A seal tells other processes which file was found good, by its digest,
// device, inode, size and time of change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hh"
#include "base/files.hh"
#include "base/result.hh"
#include "index/image.hh"
#include "sources/findings.hh"
#include "store/contents.hh"
#include "store/mapping.hh"
#include "store/recipe.hh"

namespace ip2asn {

/// Where compiled indexes are kept, and how.
struct Store {
  /// Made with mode 0700 when it is not there, and what is missing above it with mode 0755. A symbolic link, a
  /// directory of another user (unless this process is root) or one that anyone can write to is not used.
  std::string directory;
  std::optional<FileOwner> user;  ///< whom root shares the directory with; of no effect for others
  std::size_t keep = 4;           ///< newest entries that stay when a new one is written, that one included
  int patience_ms = 3000;         ///< how long to wait for another process that compiles the same
};

/// What is wanted, and where it is kept.
struct CacheRequest {
  Recipe recipe;
  Store store;
  /// What the inputs hold, in the order of Recipe::inputs(), when the caller has read them already; else empty.
  std::vector<FileContent> contents;
};

struct CacheResult {
  Mapping mapping;
  Image image;             ///< points into `mapping`
  std::string path;        ///< the entry
  Digest digest{};         ///< what it was compiled from; all 0 when there is no entry
  std::uint64_t seal = 0;  ///< of the entry, which was found good; 0 when there is no entry
  bool compiled = false;   ///< false: it was there already
  /// Why the directory could not be used, or empty. The image is then in memory of its own, and `path` is empty.
  std::string warning;
};

/// The image for these inputs, from the cache or compiled into it. Only what is wrong with the inputs is an error: a
/// directory that cannot be used is told in the result's `warning`. `now_ns` is the time since 1970, by the clock that
/// stamps files.
Result<CacheResult> load_cached(const CacheRequest& request, std::int64_t now_ns, Findings& findings);

/// The entry of that digest; an error when there is no good one. Checked whole, unless it is the very file that `seal`
/// was made of: then the word of whoever made the seal is taken for it. Root takes nobody's word where it shares the
/// directory.
Result<CacheResult> open_cached(const Digest& digest, const CacheRequest& request, std::uint64_t seal = 0);

/// Why the store's user can not write to its directory, in words for an administrator; empty when it can, or when there
/// is no directory.
std::string cache_obstacle(const Store& store);

}  // namespace ip2asn
