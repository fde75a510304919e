#include "store/cache_notes.hh"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "store/cache_names.hh"

namespace ip2asn {
namespace {

// Some file systems stamp by two seconds.
constexpr std::int64_t kSettled = 3'000'000'000;
constexpr std::size_t kEntryNameSize = 64 + kEntrySuffix.size();

// What a note leads to. Where entries are tagged, notes are too: whoever can make one could otherwise have the server
// take an older entry of its own for the present one.
std::string target_of(const Store& store, const std::string& note, const Digest& entry) {
  std::string target = digest_name(entry, kEntrySuffix);
  if (store.key) target += '.' + store.key->tag(note.substr(note.rfind('/') + 1) + target);
  return target;
}

// The path of the note for inputs in this state.
std::string path_of(const CacheRequest& request, std::span<const FileStamp> stamps) {
  std::string text = request.recipe.settings();
  const std::vector<std::string> inputs = request.recipe.inputs();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    text += std::to_string(inputs[i].size()) + ' ' + inputs[i] + ' ' + to_string(stamps[i]);
  }
  Sha256 sha;
  sha.update(text);
  return request.store.directory + '/' + digest_name(sha.finish(), kNoteSuffix);
}

}  // namespace

std::optional<Digest> noted_entry(const CacheRequest& request) {
  std::vector<FileStamp> stamps;
  for (const std::string& input : request.recipe.inputs()) {
    const auto stamp = stamp_file(input);
    if (!stamp) return std::nullopt;
    stamps.push_back(*stamp);
  }
  const std::string note = path_of(request, stamps);
  std::array<char, 128> buffer;
  const ssize_t size = ::readlink(note.c_str(), buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  const std::string_view target(buffer.data(), static_cast<std::size_t>(size));
  const auto entry = digest_of_name(target.substr(0, kEntryNameSize), kEntrySuffix);
  if (!entry || target != target_of(request.store, note, *entry)) return std::nullopt;
  return entry;
}

void note_entry(const CacheRequest& request, std::span<const FileStamp> stamps, const Digest& entry,
                std::int64_t now_ns) {
  const auto settled = [now_ns](const FileStamp& stamp) {
    return now_ns - std::max(stamp.ctime_ns, stamp.mtime_ns) >= kSettled;
  };
  if (!std::all_of(stamps.begin(), stamps.end(), settled)) return;
  const std::string note = path_of(request, stamps);
  const std::string target = target_of(request.store, note, entry);
  if (::symlink(target.c_str(), note.c_str()) == 0 || errno != EEXIST || noted_entry(request)) return;
  // One that does not count is in its place.
  (void)(::unlink(note.c_str()) == 0 && ::symlink(target.c_str(), note.c_str()) == 0);
}

}  // namespace ip2asn
