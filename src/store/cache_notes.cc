#include "store/cache_notes.hh"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "store/cache_names.hh"

namespace ip2asn {
namespace {

// Some file systems stamp by two seconds.
constexpr std::int64_t kSettled = 3'000'000'000;

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
  std::array<char, 128> target;
  const ssize_t size = ::readlink(path_of(request, stamps).c_str(), target.data(), target.size());
  if (size <= 0) return std::nullopt;
  return digest_of_name({target.data(), static_cast<std::size_t>(size)}, kEntrySuffix);
}

void note_entry(const CacheRequest& request, std::span<const FileStamp> stamps, const Digest& entry,
                std::int64_t now_ns) {
  const auto settled = [now_ns](const FileStamp& stamp) {
    return now_ns - std::max(stamp.ctime_ns, stamp.mtime_ns) >= kSettled;
  };
  if (!std::all_of(stamps.begin(), stamps.end(), settled)) return;
  // One that is there already says the same.
  (void)::symlink(digest_name(entry, kEntrySuffix).c_str(), path_of(request, stamps).c_str());
}

}  // namespace ip2asn
