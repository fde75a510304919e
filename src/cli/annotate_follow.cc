#include "cli/annotate_follow.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>

#include "base/unpack.hh"
#include "cli/annotate_kind.hh"

namespace ip2asn::cli {
namespace {

// Enough for the end of a line with its time of day.
constexpr std::size_t kBefore = 256;

std::string reason_of(int problem) { return std::generic_category().message(problem); }

std::string kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISSOCK(mode)) return "a socket";
  return S_ISCHR(mode) || S_ISBLK(mode) ? "a device" : "not a regular file";
}

// Whether the bytes before `at` are these.
bool reads_as(int descriptor, off_t at, std::string_view before) {
  char there[kBefore];
  const auto size = static_cast<ssize_t>(before.size());
  return ::pread(descriptor, there, before.size(), at - size) == size &&
         std::equal(before.begin(), before.end(), there);
}

// Adds what follows them to the last bytes of a file.
void keep_last(std::string& before, std::string_view more) {
  before += more.substr(more.size() - std::min(more.size(), kBefore));
  before.erase(0, before.size() - std::min(before.size(), kBefore));
}

// Nobody adds to what is compressed, and what is not text is refused where it is read.
bool can_grow(int descriptor) {
  char start[4096];
  const ssize_t size = ::pread(descriptor, start, sizeof start, 0);
  const std::string_view text(start, size > 0 ? static_cast<std::size_t>(size) : 0);
  return packing_of(text) == Packing::none && refusal(text).empty();
}

}  // namespace

FollowedLog::FollowedLog(std::string path, Notice notice)
    : path_(std::move(path)), notice_(std::move(notice)), events_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  const std::size_t slash = path_.rfind('/');
  directory_ = slash == std::string::npos ? "./" : path_.substr(0, slash + 1);
  name_ = slash == std::string::npos ? path_ : path_.substr(slash + 1);
  watch_directory();
}

// Of a directory that is watched already nothing changes.
void FollowedLog::watch_directory() {
  inotify_add_watch(events_.get(), directory_.c_str(), IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE);
}

Result<std::unique_ptr<FollowedLog>> FollowedLog::open(const std::string& path, Notice notice) {
  std::unique_ptr<FollowedLog> log(new FollowedLog(path, std::move(notice)));
  Result<FilePointer> file = log->open_file(path, Clock::now());
  if (!file) {
    return Error{Errc::unreadable,
                 path + ": " + file.error().message + "; --follow takes a regular file that can be read"};
  }
  if (!can_grow((*file)->descriptor.get())) return std::unique_ptr<FollowedLog>();
  log->named_ = *std::move(file);
  return log;
}

bool FollowedLog::next(Block& block, const StopSignals& stop) {
  while (!stop.raised()) {
    if (collect(block, Clock::now())) return true;
    wait(stop);
  }
  return end_all(block);
}

bool FollowedLog::collect(Block& block, Clock::time_point now) {
  read_events(now);
  look_at_name(now);
  for (const FilePointer& file : old_) {
    if (read(*file, block, now)) return true;
  }
  if (named_ && read(*named_, block, now)) return true;
  return retire_still(block, now);
}

// Some file systems tell of nothing: a look once a second all the same.
void FollowedLog::wait(const StopSignals& stop) {
  constexpr int kLookAgain = 1000;
  pollfd waits[] = {{stop.descriptor(), POLLIN, 0}, {events_.get(), POLLIN, 0}};
  ::poll(waits, 2, kLookAgain);
}

void FollowedLog::read_events(Clock::time_point now) {
  alignas(inotify_event) char buffer[16384];
  for (ssize_t size; (size = ::read(events_.get(), buffer, sizeof buffer)) > 0;) {
    for (const char* at = buffer; at < buffer + size;) {
      inotify_event event;
      std::memcpy(&event, at, sizeof event);
      at += sizeof event;
      take_event(event.mask, event.cookie, event.len > 0 ? std::string_view(at) : std::string_view(), now);
      at += event.len;
    }
  }
}

// Notes where files go that had the log's name, from one move to the next: one that got the name and lost it again
// between two looks is found by the name that it has by then.
void FollowedLog::take_event(std::uint32_t mask, std::uint32_t cookie, std::string_view name, Clock::time_point now) {
  const auto has_name = [&](const Moved& moved) { return moved.name == name; };
  if (name.empty()) return;
  if ((mask & (IN_CREATE | IN_DELETE)) != 0) std::erase_if(moved_, has_name);
  if ((mask & IN_MOVED_FROM) != 0) {
    const auto known = std::find_if(moved_.begin(), moved_.end(), has_name);
    if (known != moved_.end()) {
      *known = {"", cookie, now};
    } else if (name == name_) {
      moved_.push_back({"", cookie, now});
    }
  }
  if ((mask & IN_MOVED_TO) != 0) {
    std::erase_if(moved_, has_name);
    for (Moved& moved : moved_) {
      if (moved.name.empty() && moved.cookie == cookie) moved.name = name;
    }
  }
}

bool FollowedLog::is_open(dev_t device, ino_t inode) const {
  const auto is = [&](const FilePointer& file) { return file && file->device == device && file->inode == inode; };
  return is(named_) || std::any_of(old_.begin(), old_.end(), is);
}

FollowedLog::FilePointer FollowedLog::take(std::vector<FilePointer>& from, dev_t device, ino_t inode) const {
  const auto found = std::find_if(from.begin(), from.end(), [&](const FilePointer& file) {
    return file->device == device && file->inode == inode;
  });
  if (found == from.end()) return nullptr;
  FilePointer file = std::move(*found);
  from.erase(found);
  return file;
}

Result<FollowedLog::FilePointer> FollowedLog::open_file(const std::string& path, Clock::time_point now) {
  struct stat status {};
  const auto unreadable = [] { return Error{Errc::unreadable, "cannot be read: " + reason_of(errno)}; };
  if (::stat(path.c_str(), &status) != 0) return unreadable();
  // Opening a device can have effects of its own, so it is looked at first.
  UniqueFd descriptor(-1);
  if (S_ISREG(status.st_mode)) {
    // Nobody is waited for, whatever has taken its place since.
    descriptor = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!descriptor || ::fstat(descriptor.get(), &status) != 0) return unreadable();
  }
  if (!S_ISREG(status.st_mode)) return Error{Errc::unreadable, "is " + kind_of(status.st_mode)};
  FilePointer file = take(retired_, status.st_dev, status.st_ino);
  if (file == nullptr) file = std::make_unique<File>();
  file->descriptor = std::move(descriptor);
  file->device = status.st_dev;
  file->inode = status.st_ino;
  file->changed = now;
  file->watch =
      inotify_add_watch(events_.get(), ("/proc/self/fd/" + std::to_string(file->descriptor.get())).c_str(), IN_MODIFY);
  return file;
}

// What has lost the name is read as long as its writer may still have it open.
void FollowedLog::demote(Clock::time_point now) {
  if (!named_) return;
  named_->changed = now;
  old_.push_back(std::move(named_));
}

void FollowedLog::look_at_moved(Clock::time_point now) {
  // Longer than it takes until the next move is told.
  constexpr std::chrono::seconds kNoted{5};
  for (const Moved& moved : moved_) {
    struct stat status {};
    const std::string path = directory_ + moved.name;
    if (moved.name.empty() || moved.name == name_ || ::stat(path.c_str(), &status) != 0) continue;
    if (!S_ISREG(status.st_mode) || is_open(status.st_dev, status.st_ino)) continue;
    if (Result<FilePointer> file = open_file(path, now)) old_.push_back(*std::move(file));
  }
  std::erase_if(moved_, [&](const Moved& moved) { return now - moved.time > kNoted; });
  // Fewer than the files that are open, or a file that was given up would be taken for one that was missed.
  if (moved_.size() > kMostFiles / 2) moved_.erase(moved_.begin(), moved_.end() - kMostFiles / 2);
}

void FollowedLog::look_at_name(Clock::time_point now) {
  struct stat status {};
  const bool found = ::stat(path_.c_str(), &status) == 0;
  if (!found && errno == ENOENT) trouble_.clear();
  if (!found && errno != ENOENT) trouble("cannot be read: " + reason_of(errno));
  const bool same = found && named_ && named_->device == status.st_dev && named_->inode == status.st_ino;
  if (!same) demote(now);
  look_at_moved(now);
  if (same || !found) return;
  named_ = take(old_, status.st_dev, status.st_ino);
  if (named_) return;
  Result<FilePointer> file = open_file(path_, now);
  if (!file) return trouble(file.error().message);
  trouble_.clear();
  watch_directory();
  named_ = *std::move(file);
}

bool FollowedLog::read(File& file, Block& block, Clock::time_point now) {
  struct stat status {};
  if (::fstat(file.descriptor.get(), &status) != 0) return false;
  const bool untouched =
      file.modified.tv_sec == status.st_mtim.tv_sec && file.modified.tv_nsec == status.st_mtim.tv_nsec;
  if (status.st_size == file.at && untouched) return false;
  file.modified = status.st_mtim;
  if (status.st_size < file.at || !reads_as(file.descriptor.get(), file.at, file.before)) {
    // It was cut or written over since: what it holds now is new.
    file.at = 0;
    file.before.clear();
    file.at_start = true;
    file.tail.put_back(block);
    file.modified = {};
    if (file.tail.end(block)) return true;
  }
  const std::uint64_t cut_before = file.tail.cut_lines();
  file.tail.put_back(block);
  do {
    const std::span<char> room = file.tail.room(block);
    const ssize_t got = ::pread(file.descriptor.get(), room.data(), room.size(), file.at);
    if (got <= 0) break;
    auto size = static_cast<std::size_t>(got);
    file.at += got;
    file.changed = now;
    bytes_read_ += size;
    keep_last(file.before, {room.data(), size});
    if (file.at_start) {
      const auto text = std::string_view(room.data(), size).find_first_not_of('\0');
      file.at_start = text == std::string_view::npos;
      const std::size_t hole = std::min(text, size);
      size -= hole;
      std::memmove(room.data(), room.data() + hole, size);
    }
    file.tail.added(block, size);
  } while (!file.tail.full(block));
  const bool given = file.tail.whole_lines(block);
  if (!given) file.tail.keep(block);
  if (file.tail.cut_lines() > cut_before && cut_lines_++ == 0) notice_(path_ + ": a line of more than 1 MiB is cut");
  return given;
}

// Closes what nothing was added to for long, or as long as there are too many, what was added to least lately.
bool FollowedLog::retire_still(Block& block, Clock::time_point now) {
  while (!old_.empty()) {
    const auto stillest = std::min_element(
        old_.begin(), old_.end(), [](const FilePointer& a, const FilePointer& b) { return a->changed < b->changed; });
    if (now - (*stillest)->changed < kStill && old_.size() < kMostFiles) return false;
    FilePointer file = std::move(*stillest);
    old_.erase(stillest);
    inotify_rm_watch(events_.get(), file->watch);
    // Without a name it cannot come back, and another file may get its number.
    struct stat status {};
    const bool lost = ::fstat(file->descriptor.get(), &status) != 0 || status.st_nlink == 0;
    file->descriptor = UniqueFd(-1);
    file->tail.put_back(block);
    const bool given = file->tail.end(block);
    if (!lost) retired_.push_back(std::move(file));
    if (retired_.size() > kMostFiles) retired_.erase(retired_.begin());
    if (given) return true;
  }
  return false;
}

bool FollowedLog::end_all(Block& block) {
  if (named_) old_.push_back(std::move(named_));
  for (const FilePointer& file : old_) {
    file->tail.put_back(block);
    if (file->tail.end(block)) return true;
  }
  return false;
}

// Once, as long as it stays the same.
void FollowedLog::trouble(const std::string& what) {
  if (what == trouble_) return;
  trouble_ = what;
  notice_(path_ + ": " + what + "; waiting for a regular file that can be read");
}

}  // namespace ip2asn::cli
