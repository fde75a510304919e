#include "store/cache_directory.hh"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <utility>
#include <vector>

#include "base/files.hh"
#include "base/system_error.hh"
#include "store/cache_names.hh"
#include "store/cache_notes.hh"

namespace ip2asn {
namespace {

// An entry this far in the future is of no clock that stands right.
constexpr std::int64_t kHour = 3'600'000'000'000;
constexpr mode_t kDirectoryMode = 0700;

// How long ago a file was last used. One from before the clock was set back counts as the oldest: it must not outlive
// all that is written from now on.
std::int64_t age_of(const struct stat& st, std::int64_t now_ns) {
  const std::int64_t age = now_ns - stamp_of(st).mtime_ns;
  return age < -kHour ? INT64_MAX : age;
}

// Removes the oldest of `files`, each with its age, beyond the newest `keep`.
void drop_oldest(std::vector<std::pair<std::int64_t, std::string>>& files, std::size_t keep) {
  std::sort(files.begin(), files.end());
  for (std::size_t i = keep; i < files.size(); ++i) ::unlink(files[i].second.c_str());
}

// Makes the directories above `directory` that are missing, so that others may pass through them, whatever the umask.
// What fails shows when the directory itself is made.
void make_parents(const std::string& directory) {
  constexpr mode_t kParentMode = 0755;
  for (std::size_t slash = directory.find('/', 1); slash != std::string::npos; slash = directory.find('/', slash + 1)) {
    const std::string parent = directory.substr(0, slash);
    if (::mkdir(parent.c_str(), kParentMode) == 0) (void)::chmod(parent.c_str(), kParentMode);
  }
}

}  // namespace

bool is_root() { return ::geteuid() == 0; }

std::optional<Error> make_cache_directory(const Store& store) {
  const std::string& directory = store.directory;
  bool made = ::mkdir(directory.c_str(), kDirectoryMode) == 0;
  if (!made && errno == ENOENT) {
    make_parents(directory);
    made = ::mkdir(directory.c_str(), kDirectoryMode) == 0;
  }
  if (made) {
    if (is_root() && store.user && ::lchown(directory.c_str(), store.user->uid, store.user->gid) != 0) {
      return system_error(directory, "cannot be given to the server's user");
    }
    return std::nullopt;
  }
  if (errno != EEXIST) return system_error(directory, "cannot be created");
  struct stat st;
  if (::lstat(directory.c_str(), &st) != 0) return system_error(directory, "cannot be examined");
  if (!S_ISDIR(st.st_mode)) {
    return Error{Errc::unreadable, directory + ": is not a directory; name one, and not by a symbolic link"};
  }
  const bool trusted =
      st.st_uid == 0 || st.st_uid == ::geteuid() || (is_root() && (!store.user || st.st_uid == store.user->uid));
  if (!trusted) {
    return Error{Errc::unreadable, directory + ": belongs to another user; name a directory of the server's own"};
  }
  if ((st.st_mode & S_IWOTH) != 0) {
    return Error{Errc::unreadable, directory + ": can be written by anyone; name a directory of the server's own"};
  }
  return std::nullopt;
}

CompileLock::CompileLock(const Store& store)
    : fd_(::open(store.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  constexpr int kPauseMs = 20;
  constexpr timespec kPause = {0, kPauseMs * 1'000'000};
  for (int elapsed_ms = 0; fd_ && elapsed_ms < store.patience_ms && ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0;
       elapsed_ms += kPauseMs) {
    if (errno != EWOULDBLOCK && errno != EINTR) return;
    waited_ = true;
    ::nanosleep(&kPause, nullptr);
  }
}

void drop_old_files(const Store& store, const std::string& current, std::int64_t now_ns) {
  remove_leftovers(store.directory, "");
  std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(store.directory.c_str()), ::closedir);
  if (!directory) return;
  std::vector<std::pair<std::int64_t, std::string>> entries, notes;
  while (const dirent* item = ::readdir(directory.get())) {
    const bool entry = digest_of_name(item->d_name, kEntrySuffix).has_value();
    if (!entry && !digest_of_name(item->d_name, kNoteSuffix)) continue;
    std::string path = store.directory + '/' + item->d_name;
    struct stat st;
    if (path == current || ::lstat(path.c_str(), &st) != 0) continue;
    (entry ? entries : notes).emplace_back(age_of(st, now_ns), std::move(path));
  }
  drop_oldest(entries, store.keep == 0 ? 0 : store.keep - 1);
  drop_oldest(notes, store.keep);
}

std::string cache_obstacle(const Store& store) {
  struct stat st;
  if (!store.user || !is_root() || store.user->uid == 0) return "";
  if (::stat(store.directory.c_str(), &st) != 0) return "";
  const bool owner = st.st_uid == store.user->uid && (st.st_mode & S_IRWXU) == S_IRWXU;
  const bool group = st.st_gid == store.user->gid && (st.st_mode & S_IRWXG) == S_IRWXG;
  if (owner || group) return "";
  return store.directory + ": cannot be written by the server's user; make it that user's";
}

}  // namespace ip2asn
