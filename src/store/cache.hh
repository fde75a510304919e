// The cache of compiled indexes: a directory of images, each under the SHA-256 of what it was compiled from.
//
// The name covers every byte of the sources, of the hoster map and of the lists, the overrides, and the format version:
// unchanged input is not parsed twice, by any process on the host, and a byte that differs makes another entry. A
// damaged one is rebuilt. Which entry the inputs led to is noted under their stamps, so that they need not even be read
// again until one was written (see cache_notes.hh). Entries are written atomically and never changed afterwards, so
// that a reader has one state of it, also after its file was removed. Several processes may share the directory; of
// those that want the same new entry at the same time one compiles it, and the others wait for it for a few seconds.
//
// An entry is believed for what it holds, not for its name: the image has the digest of its inputs in it, its size is
// bounded before anything is read, and it is read into memory that nobody else can cut or write to (mapping.hh) before
// it is checked whole. What happens to the file afterwards, happens to the file alone.
//
// A server that starts as root and serves as another user shares the directory between the two: it belongs to the
// latter, so that a refresh while serving finds a place for its index. Any program of that user can put files there.
// The server believes only those that it has tagged with a secret of root's (entry_key.hh); so are the notes. What is
// left to such a program is to remove entries: they are then compiled again.
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
#include "store/entry_key.hh"
#include "store/mapping.hh"
#include "store/recipe.hh"

namespace ip2asn {

/// Where compiled indexes are kept, and how.
struct Store {
  /// Made with mode 0700 when it is not there, and what is missing above it with mode 0755. A symbolic link, a
  /// directory of another user (unless this process is root) or one that anyone can write to is not used.
  std::string directory;
  std::optional<FileOwner> user;             ///< whom root shares the directory with; of no effect for others
  std::size_t keep = 4;                      ///< newest entries that stay when a new one is written, that one included
  int patience_ms = 3000;                    ///< how long to wait for another process that compiles the same
  std::optional<EntryKey> key;               ///< what entries are tagged with; none: they are known by their owner
  Mapping::Use use = Mapping::Use::inherit;  ///< whom the memory of an index is for
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
  Image image;            ///< points into `mapping`
  std::string path;       ///< the entry
  Digest digest{};        ///< what it was compiled from
  bool compiled = false;  ///< false: it was there already
  /// Why it could not be written to the directory, or empty. It is then in memory alone, and `path` is empty.
  std::string warning;
};

/// The image for these inputs, from the cache or compiled into it. Only what is wrong with the inputs is an error: a
/// directory that cannot be used is told in the result's `warning`. `now_ns` is the time since 1970, by the clock that
/// stamps files.
Result<CacheResult> load_cached(const CacheRequest& request, std::int64_t now_ns, Findings& findings);

/// The entry of that digest; an error when there is no good one.
Result<CacheResult> open_cached(const Digest& digest, const Store& store);

/// Writes an image that was loaded so, but could not be written then, to the directory. Costs little when there is no
/// room.
Result<Done> save_image(const Store& store, const Image& image);

/// For a server that starts as root: makes the directory, and gives the store its key. What cannot be done is told;
/// the index can be loaded all the same.
std::optional<Error> open_store(Store& store);

/// Why the store's user can not write to its directory, in words for an administrator; empty when it can, or when there
/// is no directory.
std::string cache_obstacle(const Store& store);

}  // namespace ip2asn
