#include "store/cache.hh"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.hh"
#include "base/page_vector.hh"
#include "base/system_error.hh"
#include "store/cache_directory.hh"
#include "store/cache_entry.hh"
#include "store/cache_notes.hh"

namespace ip2asn {
namespace {

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

// The entry for inputs that are in use. Its age counts from that; failing to note it costs at most a compilation later.
Result<CacheResult> open_used(const CacheRequest& request, const Digest& digest) {
  (void)::utimensat(AT_FDCWD, entry_path(request.store, digest).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
  return open_entry(request.store, digest);
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
  EntrySink sink(request.store, key->digest);
  if (auto built = build(request.recipe, findings, sink); !built) return std::move(built).error();
  if (!unchanged(request, *key)) {
    return Error{Errc::changed,
                 request.recipe.sources[0] + ": changed while it was compiled; try again when it is complete"};
  }
  auto entry = sink.take();
  if (!entry) return Error{entry.error().code, request.recipe.sources[0] + ": " + entry.error().message};
  entry->compiled = true;
  if (unusable) {
    entry->warning = unusable->message;
    return entry;
  }
  if (auto written = write_image(request.store, entry->mapping.bytes(), key->digest)) {
    entry->path = entry_path(request.store, key->digest);
    note_entry(request, key->stamps, key->digest, now_ns);
  } else {
    entry->warning = std::move(written).error().message;
  }
  drop_old_files(request.store, entry_path(request.store, key->digest), now_ns);
  return entry;
}

}  // namespace

Result<CacheResult> open_cached(const Digest& digest, const Store& store) { return open_entry(store, digest); }

Result<Done> save_image(const Store& store, const Image& image) {
  return guarded("writing to ", store.directory, [&]() -> Result<Done> {
    if (auto unusable = make_cache_directory(store)) return *std::move(unusable);
    return write_image(store, image.bytes(), image.inputs());
  });
}

std::optional<Error> open_store(Store& store) {
  if (auto error = make_cache_directory(store)) return error;
  if (!is_root() || !store.user || store.user->uid == 0) return std::nullopt;
  return guarded("opening ", store.directory, [&]() -> std::optional<Error> {
    auto key = EntryKey::load(store.directory + ".key");
    if (!key) return std::move(key).error();
    store.key = *key;
    return std::nullopt;
  });
}

Result<CacheResult> load_cached(const CacheRequest& request, std::int64_t now_ns, Findings& findings) {
  auto result = guarded("loading ", request.recipe.sources.empty() ? std::string_view() : request.recipe.sources[0],
                        [&] { return load(request, now_ns, findings); });
  // Of what a compilation took the C library would keep some for the next one, and a server would hand it on to all its
  // children.
  if (!result || result->compiled) give_back_freed();
  return result;
}

}  // namespace ip2asn
