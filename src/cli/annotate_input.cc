#include "cli/annotate_input.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace ip2asn::cli {
namespace {

constexpr std::size_t kPackedBytes = 256 * 1024;

Error unreadable(const std::string& name, int problem) {
  return {Errc::unreadable, name + ": cannot be read: " + std::generic_category().message(problem)};
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& path) {
  if (path == "-") return std::unique_ptr<LogFile>(new LogFile(STDIN_FILENO, "standard input"));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return unreadable(path, errno);
  return std::unique_ptr<LogFile>(new LogFile(descriptor, path));
}

LogFile::LogFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {
  struct stat status {};
  regular_ = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (!regular_) return;
  size_ = static_cast<std::uint64_t>(status.st_size);
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
}

LogFile::~LogFile() {
  if (packed_) inflateEnd(&stream_);
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

// What was unpacked before the damage is given first.
Result<std::size_t> LogFile::end_damaged(std::size_t unpacked, std::string_view reason) {
  ended_ = true;
  damage_ = reason;
  return unpacked > 0 ? Result<std::size_t>(unpacked) : unpack(nullptr, 0);
}

Result<std::size_t> LogFile::read_raw(char* out, std::size_t size) {
  for (;;) {
    const ssize_t got = ::read(descriptor_, out, size);
    if (got >= 0) {
      bytes_read_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) return unreadable(name_, errno);
  }
}

Result<std::size_t> LogFile::read(char* out, std::size_t size) {
  if (packed_) return unpack(out, size);
  Result<std::size_t> got = read_raw(out, size);
  if (begun_ || !got || *got == 0) return got;
  // Two bytes tell what it is, and a pipe may bring them one by one.
  if (*got == 1 && out[0] == '\x1F') {
    const Result<std::size_t> more = read_raw(out + 1, size - 1);
    if (!more) return more.error();
    *got += *more;
  }
  begun_ = true;
  if (*got < 2 || out[0] != '\x1F' || out[1] != '\x8B') return got;
  constexpr int kGzipFormat = 16;
  if (inflateInit2(&stream_, MAX_WBITS + kGzipFormat) != Z_OK) return Error{Errc::memory, "out of memory"};
  packed_ = in_member_ = true;
  input_.resize(std::max(kPackedBytes, *got));
  std::memcpy(input_.data(), out, *got);
  stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream_.avail_in = static_cast<uInt>(*got);
  return unpack(out, size);
}

Result<std::size_t> LogFile::unpack(char* out, std::size_t size) {
  if (ended_ && damage_.empty()) return std::size_t{0};
  if (ended_) return Error{Errc::damaged, name_ + ": " + std::string(damage_) + "; what came before it was used"};
  stream_.next_out = reinterpret_cast<Bytef*>(out);
  stream_.avail_out = static_cast<uInt>(size);
  while (stream_.avail_out == size) {
    if (stream_.avail_in == 0) {
      const Result<std::size_t> got = read_raw(input_.data(), input_.size());
      if (!got) return got.error();
      if (*got == 0) {
        if (in_member_) return end_damaged(0, "ends in the middle of its compressed data");
        ended_ = true;
        return std::size_t{0};
      }
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
      stream_.avail_in = static_cast<uInt>(*got);
    }
    if (!in_member_) {
      // Another member, which rotated logs that were joined have.
      inflateReset(&stream_);
      in_member_ = true;
    }
    const int state = inflate(&stream_, Z_NO_FLUSH);
    if (state == Z_STREAM_END) {
      in_member_ = false;
    } else if (state != Z_OK && state != Z_BUF_ERROR) {
      return end_damaged(size - stream_.avail_out, "its compressed data is damaged");
    }
  }
  return size - stream_.avail_out;
}

LogFile::Renewal LogFile::renew() {
  struct stat open_file {
  }, named_file{};
  if (fstat(descriptor_, &open_file) != 0) return Renewal::none;
  const off_t at = lseek(descriptor_, 0, SEEK_CUR);
  if (open_file.st_size > at) return Renewal::grown;
  if (open_file.st_size < at) return lseek(descriptor_, 0, SEEK_SET) == 0 ? Renewal::begun_anew : Renewal::none;
  if (stat(name_.c_str(), &named_file) != 0) return Renewal::none;
  if (named_file.st_dev == open_file.st_dev && named_file.st_ino == open_file.st_ino) return Renewal::none;
  const int fresh = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fresh < 0) return Renewal::none;
  ::close(descriptor_);
  descriptor_ = fresh;
  return Renewal::begun_anew;
}

LogReader::LogReader(std::vector<std::string> paths, StopSignals* follow) : paths_(std::move(paths)), follow_(follow) {
  for (const std::string& path : paths_) {
    struct stat status {};
    const int found = path == "-" ? fstat(STDIN_FILENO, &status) : stat(path.c_str(), &status);
    if (found == 0 && S_ISREG(status.st_mode)) total_ += static_cast<std::uint64_t>(status.st_size);
  }
}

LogReader::~LogReader() {
  if (watch_ >= 0) ::close(watch_);
}

bool LogReader::open_next() {
  while (!file_ && next_path_ < paths_.size()) {
    Result<std::unique_ptr<LogFile>> opened = LogFile::open(paths_[next_path_++]);
    if (opened) {
      file_ = *std::move(opened);
    } else {
      errors_.push_back(opened.error());
    }
  }
  return file_ != nullptr;
}

void LogReader::close() {
  done_ += file_->bytes_read();
  file_.reset();
}

// The end of the last line of a log that has none.
bool LogReader::end_line(Block& block) {
  skipping_ = false;
  if (block.size_ > 0 && block.bytes_[block.size_ - 1] != '\n') block.bytes_[block.size_++] = '\n';
  return block.size_ > 0;
}

// Leaves whole lines in the block and keeps what follows them for the next one.
void LogReader::keep_tail(Block& block) {
  const char* const text = block.bytes_.get();
  const void* const last = memrchr(text, '\n', block.size_);
  const std::size_t whole = last ? static_cast<std::size_t>(static_cast<const char*>(last) - text) + 1 : 0;
  tail_.assign(text + whole, text + block.size_);
  block.size_ = whole;
}

void LogReader::put_back_tail(Block& block) {
  block.size_ = tail_.size();
  std::copy(tail_.begin(), tail_.end(), block.bytes_.get());
  tail_.clear();
}

bool LogReader::next(Block& block) {
  put_back_tail(block);
  // One byte is left for the end of a last line without one.
  constexpr std::size_t kRoom = Block::kCapacity - 1;
  while (open_next()) {
    if (follow_ && follow_->raised()) {
      close();
      next_path_ = paths_.size();
      return end_line(block);
    }
    char* const to = block.bytes_.get() + block.size_;
    const Result<std::size_t> got = file_->read(to, kRoom - block.size_);
    if (!got || *got == 0) {
      if (!got) errors_.push_back(got.error());
      if (got && follow_ && next_path_ == paths_.size()) {
        keep_tail(block);
        if (block.size_ > 0) return true;
        put_back_tail(block);
        if (wait_for_more(block)) continue;
      }
      close();
      if (end_line(block)) return true;
      continue;
    }
    std::size_t added = *got;
    if (skipping_) {
      const void* const end = std::memchr(to, '\n', added);
      if (end == nullptr) continue;
      skipping_ = false;
      const std::size_t dropped = static_cast<std::size_t>(static_cast<const char*>(end) - to) + 1;
      added -= dropped;
      std::memmove(to, to + dropped, added);
    }
    block.size_ += added;
    const bool full = block.size_ == kRoom;
    if (!full && (file_->regular() || file_->packed())) continue;
    if (memrchr(block.bytes_.get(), '\n', block.size_) != nullptr) {
      keep_tail(block);
      return true;
    }
    if (full) {
      ++cut_lines_;
      block.bytes_[block.size_++] = '\n';
      skipping_ = true;
      return true;
    }
  }
  return end_line(block);
}

// Until the log has grown or begun anew; false when it is time to stop, or no more can come.
bool LogReader::wait_for_more(Block& block) {
  if (!file_->may_grow()) return false;
  if (watch_ < 0) {
    watch_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    const std::string directory = std::filesystem::path(file_->name()).parent_path().string();
    inotify_add_watch(watch_, directory.empty() ? "." : directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO);
  }
  // Some file systems tell nothing: look once a second all the same.
  constexpr int kLookAgain = 1000;
  while (!follow_->raised()) {
    const LogFile::Renewal renewal = file_->renew();
    if (renewal == LogFile::Renewal::begun_anew) end_line(block);
    if (renewal != LogFile::Renewal::none) return true;
    pollfd waits[] = {{follow_->descriptor(), POLLIN, 0}, {watch_, POLLIN, 0}};
    ::poll(waits, 2, kLookAgain);
    char events[4096];
    while (::read(watch_, events, sizeof events) > 0) {
    }
  }
  return false;
}

}  // namespace ip2asn::cli
