#include "cli/annotate_input.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "cli/annotate_kind.hh"

namespace ip2asn::cli {
namespace {

constexpr std::size_t kPackedBytes = 256 * 1024;

Error unreadable(const std::string& name, int problem) {
  return {Errc::unreadable, name + ": cannot be read: " + std::generic_category().message(problem)};
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::open(const std::string& path, const StopSignals* stop) {
  if (path == "-") return std::unique_ptr<LogFile>(new LogFile(STDIN_FILENO, "standard input", stop));
  // A FIFO without a writer would be waited for here otherwise; wait_for_input() can be stopped.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | (stop != nullptr ? O_NONBLOCK : 0));
  if (descriptor < 0) return unreadable(path, errno);
  return std::unique_ptr<LogFile>(new LogFile(descriptor, path, stop));
}

LogFile::LogFile(int descriptor, std::string name, const StopSignals* stop)
    : descriptor_(descriptor), name_(std::move(name)), stop_(stop) {
  struct stat status {};
  regular_ = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (regular_) posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
}

LogFile::~LogFile() {
  if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
}

// What was unpacked before the damage is given first.
Result<std::size_t> LogFile::end_damaged(std::size_t unpacked, std::string_view reason) {
  ended_ = true;
  damage_ = reason;
  return unpacked > 0 ? Result<std::size_t>(unpacked) : unpack(nullptr, 0);
}

Error LogFile::refuse(const std::string& reason) {
  ended_ = true;
  return {Errc::damaged, name_ + ": " + reason};
}

// False when it is time to stop.
bool LogFile::wait_for_input() const {
  if (stop_ == nullptr || regular_) return true;
  pollfd waits[] = {{descriptor_, POLLIN, 0}, {stop_->descriptor(), POLLIN, 0}};
  while (!stop_->raised()) {
    if (::poll(waits, 2, -1) > 0 && waits[0].revents != 0) return !stop_->raised();
  }
  return false;
}

Result<std::size_t> LogFile::read_raw(char* out, std::size_t size) {
  while (wait_for_input()) {
    const ssize_t got = ::read(descriptor_, out, size);
    if (got >= 0) {
      bytes_read_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR && errno != EAGAIN) return unreadable(name_, errno);
  }
  return std::size_t{0};
}

Result<std::size_t> LogFile::read(std::span<char> to) {
  char* const out = to.data();
  const std::size_t size = to.size();
  if (packed_) return unpack(out, size);
  Result<std::size_t> got = read_raw(out, size);
  if (begun_ || !got || *got == 0) return got;
  // A few bytes tell what it is, and a pipe may bring them one by one.
  while (*got < size && kind_is_open({out, *got})) {
    const Result<std::size_t> more = read_raw(out + *got, size - *got);
    if (!more) return more.error();
    if (*more == 0) break;
    *got += *more;
  }
  begun_ = true;
  packing_ = packing_of({out, *got});
  if (packing_ == Packing::none) {
    if (const std::string reason = refusal({out, *got}); !reason.empty()) return refuse(reason);
    return got;
  }
  auto unpacker = make_unpacker(packing_);
  if (!unpacker && unpacker.error().code == Errc::version) return refuse(unpacker.error().message);
  if (!unpacker) return unpacker.error();
  unpacker_ = *std::move(unpacker);
  packed_ = in_member_ = true;
  input_.resize(std::max(kPackedBytes, *got));
  std::memcpy(input_.data(), out, *got);
  input_size_ = *got;
  got = unpack(out, size);
  if (!got || *got == 0) return got;
  if (const std::string reason = refusal({out, *got}); !reason.empty()) return refuse(reason);
  return got;
}

Result<std::size_t> LogFile::unpack(char* out, std::size_t size) {
  if (ended_ && damage_.empty()) return std::size_t{0};
  if (ended_) return Error{Errc::damaged, name_ + ": " + damage_ + "; what came before it was used"};
  while (true) {
    bool more = true;
    if (input_at_ == input_size_) {
      const Result<std::size_t> got = read_raw(input_.data(), input_.size());
      if (!got) return got.error();
      input_at_ = 0;
      input_size_ = *got;
      more = *got != 0;
    }
    if (!in_member_) {
      if (!more) {
        ended_ = true;
        return std::size_t{0};
      }
      // Another member, which rotated logs that were joined have.
      if (!unpacker_->takes_more())
        return end_damaged(0, "something stands behind its " + std::string(name_of(packing_)) + " data");
      in_member_ = true;
    }
    // Without input as well: what was taken before may not have been given yet.
    const auto step = unpacker_->step({input_.data() + input_at_, input_size_ - input_at_}, {out, size});
    if (!step && step.error().code == Errc::memory) return step.error();
    if (!step) return end_damaged(0, "its " + std::string(name_of(packing_)) + " data is damaged");
    input_at_ += step->taken;
    in_member_ = !step->ended;
    if (step->made != 0) return step->made;
    if (!more && in_member_)
      return end_damaged(0, "ends in the middle of its " + std::string(name_of(packing_)) + " data");
  }
}

LogReader::LogReader(std::vector<std::string> paths, const StopSignals* stop, FollowedLog::Notice notice)
    : paths_(std::move(paths)), stop_(stop), notice_(std::move(notice)) {
  for (const std::string& path : paths_) {
    struct stat status {};
    const int found = path == "-" ? fstat(STDIN_FILENO, &status) : stat(path.c_str(), &status);
    if (found == 0 && S_ISREG(status.st_mode)) total_ += static_cast<std::uint64_t>(status.st_size);
  }
}

// Whether the log can be followed, and is from now on. Standard input and compressed files end for good.
bool LogReader::follow(const std::string& path) {
  if (path == "-") return false;
  Result<std::unique_ptr<FollowedLog>> followed = FollowedLog::open(path, notice_);
  if (!followed) {
    errors_.push_back(followed.error());
    return true;
  }
  followed_ = *std::move(followed);
  return followed_ != nullptr;
}

bool LogReader::open_next() {
  while (!file_ && next_path_ < paths_.size()) {
    const std::string& path = paths_[next_path_++];
    if (stop_ != nullptr && next_path_ == paths_.size() && follow(path)) break;
    Result<std::unique_ptr<LogFile>> opened = LogFile::open(path, stop_);
    if (opened) {
      tail_.begin_log();
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

bool LogReader::next(Block& block) {
  if (followed_) return followed_->next(block, *stop_);
  tail_.put_back(block);
  while (open_next()) {
    const Result<std::size_t> got = stopped() ? Result<std::size_t>(std::size_t{0}) : file_->read(tail_.room(block));
    if (stopped()) {
      close();
      next_path_ = paths_.size();
      return tail_.end(block);
    }
    if (!got || *got == 0) {
      if (!got) errors_.push_back(got.error());
      close();
      if (tail_.end(block)) return true;
      continue;
    }
    tail_.added(block, *got);
    if (!tail_.full(block) && (file_->regular() || file_->packed())) continue;
    if (tail_.whole_lines(block)) return true;
  }
  if (followed_) return followed_->next(block, *stop_);
  return tail_.end(block);
}

}  // namespace ip2asn::cli
