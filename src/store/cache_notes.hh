// What the cache remembers of files that it has read: which entry they led to, under their stamps.
//
// A note is a symbolic link in the cache's directory. Its name is the SHA-256 of the request's settings and of the path
// and stamp (device, inode, size, times) of each input; its target the entry's name. Inputs whose stamps are noted need
// not be read to find their entry. As the time of the last change cannot be set back, a file that was written has
// another stamp, unless it was written within the clock's grain of that time: a note is taken only when that is well
// past.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/digest.hh"
#include "base/files.hh"
#include "store/cache.hh"

namespace ip2asn {

/// The entry that the inputs led to when they had the stamps that they have now, if that was noted.
std::optional<Digest> noted_entry(const CacheRequest& request);

/// Notes that inputs with these stamps (in the order of Recipe::inputs()) lead to `entry`, at `now_ns` (since 1970, by
/// the clock that stamps files). Does nothing when one was changed too short a time ago. Failing costs time later,
/// nothing else.
void note_entry(const CacheRequest& request, std::span<const FileStamp> stamps, const Digest& entry,
                std::int64_t now_ns);

/// What names of notes end with.
inline constexpr std::string_view kNoteSuffix = ".at";

}  // namespace ip2asn
