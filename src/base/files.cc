#include "base/files.hh"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/byte_source.hh"
#include "base/file_size_limit.hh"
#include "base/page_vector.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace ip2asn {
namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool write_all(int fd, std::span<const std::byte> bytes) {
  const FileSizeSignalBlocked no_signal;
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;  // a device that takes nothing would be asked for ever
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

// A disk that is full says so at once, before anything is written.
bool has_room(int fd, std::size_t size) {
  const FileSizeSignalBlocked no_signal;
  return size == 0 || ::fallocate(fd, 0, 0, static_cast<off_t>(size)) == 0 ||
         (errno != ENOSPC && errno != EDQUOT && errno != EFBIG);
}

bool sync_fd(int fd) {
  int status;
  do {
    status = ::fsync(fd);
  } while (status != 0 && errno == EINTR);
  return status == 0;
}

UniqueFd open_retrying(const std::string& path, int flags) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  } while (fd < 0 && errno == EINTR);
  return UniqueFd(fd);
}

// A file system that cannot sync a directory (EINVAL) has nothing to be asked for.
bool sync_directory(const std::string& directory) {
  const UniqueFd fd = open_retrying(directory, O_RDONLY | O_DIRECTORY);
  return fd && (sync_fd(fd.get()) || errno == EINVAL);
}

// How the names of temporary files end: .<name>.<thread>.new
constexpr std::string_view kLeftover = ".new";

// The thread whose temporary file bears this name, if that is what it is, and of the file `base` or of any when that
// is empty.
std::optional<pid_t> writer_of(std::string_view name, std::string_view base) {
  if (!name.starts_with('.') || !name.ends_with(kLeftover)) return std::nullopt;
  name.remove_prefix(1);
  name.remove_suffix(kLeftover.size());
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || (!base.empty() && name.substr(0, dot) != base)) return std::nullopt;
  const std::string_view digits = name.substr(dot + 1);
  pid_t writer = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), writer);
  if (error != std::errc() || end != digits.data() + digits.size() || writer <= 0) return std::nullopt;
  return writer;
}

// A file on its way to `path`: without a name at first where the file system can do that, so that a crash leaves
// nothing.
class NewFile {
 public:
  NewFile(const std::string& path, std::string temporary) : path_(path), temporary_(std::move(temporary)) {}
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (named_) ::unlink(temporary_.c_str());
  }

  bool create() {
    // linkat() below needs /proc to name the file.
    static constexpr char kProc[] = "/proc/self/fd";
    if (::access(kProc, X_OK) == 0) {
      fd_ = open_retrying(directory_of(path_), O_TMPFILE | O_WRONLY);
      if (fd_) return true;
      // EISDIR is what kernels and file systems say that do not know the flag at all.
      if (errno != EOPNOTSUPP && errno != EISDIR) return failed(path_, "cannot be written");
    }
    fd_ = open_retrying(temporary_, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW);
    if (!fd_) return failed(path_, "cannot be written");
    named_ = true;
    return true;
  }

  bool fill(std::span<const std::byte> bytes, unsigned mode, std::optional<std::uint32_t> group,
            Durability durability) {
    return (has_room(fd_.get(), bytes.size()) || failed(path_, "cannot be written")) && append(bytes) &&
           give(mode, group) &&
           (durability == Durability::none || sync_fd(fd_.get()) || failed(path_, "cannot be written"));
  }

  bool append(std::span<const std::byte> bytes) {
    return write_all(fd_.get(), bytes) || failed(path_, "cannot be written");
  }

  bool give(unsigned mode, std::optional<std::uint32_t> group) {
    return ((!group || ::fchown(fd_.get(), static_cast<uid_t>(-1), *group) == 0) && ::fchmod(fd_.get(), mode) == 0) ||
           failed(path_, "cannot be written");
  }

  bool date(std::int64_t mtime_ns) {
    const timespec time = {mtime_ns / 1'000'000'000, mtime_ns % 1'000'000'000};
    const timespec times[2] = {time, time};
    return ::futimens(fd_.get(), times) == 0 || failed(path_, "cannot be dated");
  }

  bool take_place() {
    if (!named_) {
      const std::string self = "/proc/self/fd/" + std::to_string(fd_.get());
      if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) return closed();
      if (errno != EEXIST) return failed(path_, "cannot be written");
      if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        return failed(path_, "cannot be written");
      }
      named_ = true;
    }
    if (!closed()) return false;
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed(path_, "cannot be replaced");
    named_ = false;
    return true;
  }

  const Error& error() const { return error_; }

 private:
  // On Linux the descriptor is gone after EINTR all the same.
  bool closed() { return ::close(fd_.release()) == 0 || errno == EINTR || failed(path_, "cannot be written"); }

  bool failed(const std::string& path, std::string_view what) {
    const bool too_large = errno == EFBIG;
    error_ = system_error(path, too_large ? "is larger than the limit on file sizes (ulimit -f) allows" : what);
    return false;
  }

  const std::string& path_;
  const std::string temporary_;
  UniqueFd fd_{-1};
  bool named_ = false;  // there is a file at `temporary_`, and it is ours
  Error error_;
};

Result<FileBytes> read_whole(const std::string& path, std::uint64_t max_bytes) {
  auto source = FileSource::open(path);
  if (!source) return std::move(source).error();
  const FileStamp stamp = (*source)->stamp();
  if (stamp.size > max_bytes) {
    return Error{Errc::limit, path + ": is larger than " + std::to_string(max_bytes) + " bytes"};
  }
  FileBytes file{ImageBuffer(static_cast<std::size_t>(stamp.size)), stamp};
  const auto bytes = file.buffer.bytes();
  std::span<char> rest(reinterpret_cast<char*>(bytes.data()), bytes.size());
  char beyond[1];
  while (true) {
    auto n = (*source)->read(rest.empty() ? std::span<char>(beyond) : rest);
    if (!n) return std::move(n).error();
    if (*n == 0) return file;
    // More than the size said at first: the end's check tells that it changed.
    if (rest.empty()) return Error{Errc::changed, path + ": grew while it was read; try again when it is complete"};
    rest = rest.subspan(*n);
  }
}

std::string temporary_for(const std::string& path) {
  const std::string base = path.substr(path.rfind('/') + 1);
  return directory_of(path) + "/." + base + '.' + std::to_string(::gettid()) + std::string(kLeftover);
}

Result<Done> copy(const std::string& from, const FileStamp& stamp, const std::string& to, unsigned mode,
                  std::optional<std::uint32_t> group) {
  auto source = FileSource::open(from);
  if (!source) return std::move(source).error();
  if ((*source)->stamp() != stamp) return Error{Errc::changed, from + ": changed before it was copied"};
  NewFile file(to, temporary_for(to));
  if (!file.create()) return file.error();
  PageVector<char> block(256u << 10);
  while (true) {
    const auto n = (*source)->read(block);
    if (!n) return n.error();
    if (*n == 0) break;
    if (!file.append(std::as_bytes(std::span(block).first(*n)))) return file.error();
  }
  if (!file.give(mode, group) || !file.date(stamp.mtime_ns) || !file.take_place()) return file.error();
  return Done{};
}

Result<Done> replace(const std::string& path, std::span<const std::byte> bytes, unsigned mode,
                     std::optional<std::uint32_t> group, Durability durability) {
  const std::string directory = directory_of(path);
  const std::string base = path.substr(path.rfind('/') + 1);
  remove_leftovers(directory, base);
  NewFile file(path, temporary_for(path));
  if (!file.create() || !file.fill(bytes, mode, group, durability) || !file.take_place()) return file.error();
  if (durability == Durability::synced && !sync_directory(directory)) {
    return system_error(directory, "cannot be synced to disk");
  }
  return Done{};
}

}  // namespace

Result<FileBytes> read_file(const std::string& path, std::uint64_t max_bytes) {
  return guarded("reading ", path, [&] { return read_whole(path, max_bytes); });
}

Result<FileStamp> stamp_file(const std::string& path) {
  return guarded("examining ", path, [&]() -> Result<FileStamp> {
    struct stat st;
    if (::stat(path.c_str(), &st) != 0) return system_error(path, "cannot be examined");
    return stamp_of(st);
  });
}

std::string to_string(const FileStamp& stamp) {
  std::string text = std::to_string(stamp.device);
  for (const auto part : {stamp.inode, stamp.size, static_cast<std::uint64_t>(stamp.mtime_ns),
                          static_cast<std::uint64_t>(stamp.ctime_ns)}) {
    text += ' ' + std::to_string(part);
  }
  return text;
}

std::int64_t file_clock_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void remove_leftovers(const std::string& directory, std::string_view base) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (!stream) return;
  while (const dirent* item = ::readdir(stream.get())) {
    const auto writer = writer_of(item->d_name, base);
    if (!writer || (*writer != ::gettid() && (::kill(*writer, 0) == 0 || errno != ESRCH))) continue;
    ::unlinkat(::dirfd(stream.get()), item->d_name, 0);
  }
}

Result<Done> copy_file(const std::string& from, const FileStamp& stamp, const std::string& to, unsigned mode,
                       std::optional<std::uint32_t> group) {
  return guarded("copying ", from, [&] { return copy(from, stamp, to, mode, group); });
}

Result<Done> replace_file(const std::string& path, std::span<const std::byte> bytes, unsigned mode,
                          std::optional<std::uint32_t> group, Durability durability) {
  return guarded("writing ", path, [&] { return replace(path, bytes, mode, group, durability); });
}

}  // namespace ip2asn
