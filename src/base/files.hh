// Reading files whole and replacing them atomically.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/buffer.hh"
#include "base/file_stamp.hh"
#include "base/result.hh"

namespace ip2asn {

struct FileBytes {
  ImageBuffer buffer;
  FileStamp stamp;
};

/// Reads a regular file whole. Anything else (a FIFO, a device, a directory) is refused without waiting for it. A file
/// whose stamp changes while it is read is Errc::changed; one larger than `max_bytes` Errc::limit.
Result<FileBytes> read_file(const std::string& path, std::uint64_t max_bytes);

Result<FileStamp> stamp_file(const std::string& path);

/// Now, in nanoseconds since 1970, by the clock that stamps files.
std::int64_t file_clock_ns() noexcept;

/// Whether a file must outlive a crash of the machine.
enum class Durability {
  synced,
  none,  ///< it may then have any content, or none: for what is checked when it is read, and can be made again
};

/// Replaces `path` by a file of these bytes, of that mode and, when one is given, that group. Writes and syncs a file
/// without a name, gives it the name `path`, or where that is taken a temporary one in the same directory first, and
/// syncs the directory; without Durability::synced it syncs nothing, and what follows holds for all but a crash of the
/// machine. After an error or a crash at any point `path` is wholly the old or wholly the new. An error
/// leaves no temporary file; a crash can leave one only between the two system calls that name and rename it (or, where
/// the file system knows no files without a name, while it is written), and the next replacement of `path` removes it.
Result<Done> replace_file(const std::string& path, std::span<const std::byte> bytes, unsigned mode,
                          std::optional<std::uint32_t> group = std::nullopt,
                          Durability durability = Durability::synced);

/// Makes `to` a copy of the file `from`, block by block, as replace_file() without Durability::synced does, and gives
/// it the time of modification of `from`. A file that is no longer as `stamp` says, or changes meanwhile, is
/// Errc::changed.
Result<Done> copy_file(const std::string& from, const FileStamp& stamp, const std::string& to, unsigned mode,
                       std::optional<std::uint32_t> group = std::nullopt);

/// Removes what replacements in `directory` left that were killed: of the file named `base`, or of all when it is
/// empty.
void remove_leftovers(const std::string& directory, std::string_view base);

}  // namespace ip2asn
