// What the system tells about a file without reading it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace ip2asn {

/// What tells one state of a file from another, without reading it.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

/// A user and its group, by number.
struct FileOwner {
  std::uint32_t uid = 0, gid = 0;
};

/// All that a stamp is made of, in words: equal texts for equal stamps alone.
std::string to_string(const FileStamp& stamp);

/// The stamp of a file that has been examined.
inline FileStamp stamp_of(const struct stat& st) {
  return {static_cast<std::uint64_t>(st.st_dev), static_cast<std::uint64_t>(st.st_ino),
          static_cast<std::uint64_t>(st.st_size), st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec,
          st.st_ctim.tv_sec * 1'000'000'000 + st.st_ctim.tv_nsec};
}

}  // namespace ip2asn
