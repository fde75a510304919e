#include "store/cache.hh"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.hh"
#include "base/hash.hh"
#include "base/system_error.hh"
#include "store/cache_directory.hh"
#include "store/cache_names.hh"
#include "store/cache_notes.hh"

namespace ip2asn {
namespace {

constexpr unsigned kEntryMode = 0440;

// What the name of an entry is made from, and the state of the files when it was.
struct Key {
  Digest digest{};
  std::vector<FileStamp> stamps;  // of Recipe::inputs()
};

Result<Key> make_key(const CacheRequest& request) {
  Key key;
  Sha256 sha;
  sha.update(request.recipe.settings());
  const std::vector<std::string> inputs = request.recipe.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto content = i < request.contents.size() ? Result<FileContent>(request.contents[i]) : content_of(inputs[i]);
    if (!content) return std::move(content).error();
    sha.update({reinterpret_cast<const char*>(content->digest.data()), sizeof(content->digest)});
    key.stamps.push_back(content->stamp);
  }
  key.digest = sha.finish();
  return key;
}

// Whether what was compiled is still what the name was made from.
bool unchanged(const CacheRequest& request, const Key& key) {
  const std::vector<std::string> inputs = request.recipe.inputs();
  return std::equal(inputs.begin(), inputs.end(), key.stamps.begin(), [](const auto& input, const FileStamp& before) {
    const auto stamp = stamp_file(input);
    return stamp && *stamp == before;
  });
}

std::string path_of(const CacheRequest& request, const Digest& digest) {
  return request.store.directory + '/' + digest_name(digest, kEntrySuffix);
}

// What tells the file of an entry from any other, and from itself once it was written to. The time of the last change
// of its owner or mode is not in it: root changes those.
std::uint64_t seal_of(const Digest& digest, const FileStamp& stamp) {
  if (stamp.inode == 0) return 0;
  const std::array<std::uint64_t, 8> words = {
      digest[0],    digest[1],   digest[2],  digest[3],
      stamp.device, stamp.inode, stamp.size, static_cast<std::uint64_t>(stamp.mtime_ns)};
  return XXH3_64bits(words.data(), sizeof words);
}

Result<CacheResult> open_entry(const CacheRequest& request, const Digest& digest, std::uint64_t seal = 0) {
  const std::string path = path_of(request, digest);
  auto mapping = Mapping::map(path, request.store.user);
  if (!mapping) return std::move(mapping).error();
  CacheResult entry;
  entry.seal = seal_of(digest, mapping->stamp());
  const bool known = seal != 0 && seal == entry.seal && !(is_root() && request.store.user);
  auto image = known ? Image::trust(mapping->bytes()) : Image::open(mapping->bytes());
  if (!image) return Error{image.error().code, path + ": " + image.error().message};
  entry.mapping = *std::move(mapping);
  entry.image = *image;
  entry.path = path;
  entry.digest = digest;
  return entry;
}

// The entry for inputs that are in use. Its age counts from that, which is noted first, for a seal is of one time of
// change; failing to costs at most a compilation later.
Result<CacheResult> open_used(const CacheRequest& request, const Digest& digest) {
  (void)::utimensat(AT_FDCWD, path_of(request, digest).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  return open_entry(request, digest);
}

// The entry as written, or the image in memory of its own when it could not be.
Result<CacheResult> keep(const Database& database, const CacheRequest& request, const Digest& digest,
                         std::optional<Error> warning) {
  const auto bytes = database.image().bytes();
  if (!warning) {
    std::optional<std::uint32_t> group;
    if (is_root() && request.store.user) group = request.store.user->gid;
    if (auto written = replace_file(path_of(request, digest), bytes, kEntryMode, group, Durability::none); !written) {
      warning = written.error();
    } else if (auto entry = open_entry(request, digest)) {
      return entry;
    } else {
      warning = entry.error();
    }
  }
  auto mapping = Mapping::copy(bytes);
  if (!mapping) return std::move(mapping).error();
  auto image = Image::open(mapping->bytes());
  if (!image) return std::move(image).error();
  CacheResult result;
  result.mapping = *std::move(mapping);
  result.image = *image;
  result.warning = std::move(warning->message);
  return result;
}

// The entry that the stamps of the inputs lead to, if any.
Result<CacheResult> open_noted(const CacheRequest& request) {
  const auto digest = noted_entry(request);
  if (!digest) return Error{Errc::unreadable, "there is no note"};
  return open_used(request, *digest);
}

Result<CacheResult> load(const CacheRequest& request, std::int64_t now_ns, Findings& findings) {
  if (request.recipe.sources.empty()) return Error{Errc::argument, "no database was named"};
  const std::optional<Error> unusable = make_cache_directory(request.store);
  if (!unusable) {
    if (auto entry = open_noted(request)) return entry;
  }
  const auto key = make_key(request);
  if (!key) return key.error();
  const std::string path = path_of(request, key->digest);
  std::optional<CompileLock> lock;
  if (!unusable) {
    auto entry = open_used(request, key->digest);
    if (!entry) {
      lock.emplace(request.store);
      if (lock->waited()) entry = open_used(request, key->digest);
    }
    if (entry) {
      note_entry(request, key->stamps, key->digest, now_ns);
      return entry;
    }
  }
  auto database = build(request.recipe, findings);
  if (!database) return std::move(database).error();
  if (!unchanged(request, *key)) {
    return Error{Errc::changed,
                 request.recipe.sources[0] + ": changed while it was compiled; try again when it is complete"};
  }
  auto entry = keep(*database, request, key->digest, unusable);
  if (!entry) return entry;
  entry->compiled = true;
  if (!entry->path.empty()) note_entry(request, key->stamps, key->digest, now_ns);
  if (!unusable) drop_old_files(request.store, path, now_ns);
  return entry;
}

}  // namespace

Result<CacheResult> open_cached(const Digest& digest, const CacheRequest& request, std::uint64_t seal) {
  return open_entry(request, digest, seal);
}

Result<CacheResult> load_cached(const CacheRequest& request, std::int64_t now_ns, Findings& findings) {
  auto result = guarded("loading ", request.recipe.sources.empty() ? std::string_view() : request.recipe.sources[0],
                        [&] { return load(request, now_ns, findings); });
#ifdef __GLIBC__
  // A compilation takes ten times the memory of the index. The C library would keep it for the next one, and a server
  // would hand it on to all its children.
  if (!result || result->compiled) ::malloc_trim(0);
#endif
  return result;
}

}  // namespace ip2asn
