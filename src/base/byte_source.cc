#include "base/byte_source.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/system_error.hh"

namespace ip2asn {
namespace {

constexpr std::size_t kInputBytes = 64u << 10;
// Below this much output the ratio says nothing: a few kilobytes of equal rows pack that well.
constexpr std::uint64_t kRatioFloor = 4u << 20;

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path) {
  // Non-blocking, so that a FIFO without a writer cannot hold us up before fstat has told what it is.
  UniqueFd fd(-1);
  do {
    fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  } while (!fd && errno == EINTR);
  if (!fd) return system_error(path, "cannot be opened");
  struct stat st;
  if (::fstat(fd.get(), &st) != 0) return system_error(path, "cannot be examined");
  if (!S_ISREG(st.st_mode)) return Error{Errc::unreadable, path + ": is not a regular file; name a file"};
  return std::unique_ptr<FileSource>(new FileSource(std::move(fd), path, stamp_of(st)));
}

Result<std::size_t> FileSource::read(std::span<char> out) {
  ssize_t n;
  do {
    n = ::read(fd_.get(), out.data(), out.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) return system_error(path_, "cannot be read");
  bytes_read_.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
  if (n == 0) {
    struct stat st;
    if (::fstat(fd_.get(), &st) != 0) return system_error(path_, "cannot be examined");
    if (stamp_of(st) != stamp_ || bytes_read() != stamp_.size) {
      return Error{Errc::changed, path_ + ": changed while it was read; try again when it is complete"};
    }
  }
  return static_cast<std::size_t>(n);
}

Result<std::size_t> MemorySource::read(std::span<char> out) {
  const std::size_t n = std::min(out.size(), rest_.size());
  std::memcpy(out.data(), rest_.data(), n);
  rest_.remove_prefix(n);
  return n;
}

TextSource::TextSource(ByteSource& raw, std::string_view name, const TextLimits& limits)
    : raw_(raw), name_(name), limits_(limits), input_(kInputBytes) {}

Error TextSource::damaged(std::string_view reason) const {
  return {Errc::damaged, std::string(name_) + ": " + std::string(reason) + "; fetch the file again"};
}

// Makes sure that there is input; false at its end.
Result<bool> TextSource::refill() {
  if (input_at_ < input_size_) return true;
  if (raw_ended_) return false;
  auto n = raw_.read(input_);
  if (!n) return std::move(n).error();
  input_at_ = 0;
  input_size_ = *n;
  in_ += *n;
  raw_ended_ = *n == 0;
  // What unpacks to nothing, such as empty gzip members without end, is bounded here.
  if (in_ > limits_.max_bytes) {
    return Error{Errc::limit, std::string(name_) + ": is larger than " + std::to_string(limits_.max_bytes) +
                                  " bytes; this is no IP-to-ASN source"};
  }
  return *n > 0;
}

Result<std::size_t> TextSource::count(std::size_t produced) {
  out_ += produced;
  if (out_ > limits_.max_bytes) {
    return Error{Errc::limit, std::string(name_) + ": unpacks to more than " + std::to_string(limits_.max_bytes) +
                                  " bytes; this is no IP-to-ASN source"};
  }
  if (state_ != State::plain && out_ > kRatioFloor && out_ / limits_.max_ratio > in_) {
    return Error{Errc::limit, std::string(name_) + ": unpacks to more than " + std::to_string(limits_.max_ratio) +
                                  " times its size; this is no IP-to-ASN source"};
  }
  return produced;
}

Result<std::size_t> TextSource::start(std::span<char> out) {
  // The magic number may come in several reads.
  while (input_size_ < kPackingBytes && !raw_ended_) {
    auto n = raw_.read(std::span(input_).subspan(input_size_));
    if (!n) return n;
    raw_ended_ = *n == 0;
    input_size_ += *n;
    in_ += *n;
  }
  if (input_size_ == 0) return Error{Errc::empty, std::string(name_) + ": is empty; fetch the file again"};
  packing_ = packing_of({input_.data(), input_size_});
  if (name_.ends_with(".gz") && packing_ != Packing::gzip) return damaged("is named .gz but is not gzip");
  if (packing_ == Packing::none) {
    state_ = State::plain;
    return read_plain(out);
  }
  auto unpacker = make_unpacker(packing_);
  if (!unpacker) return Error{unpacker.error().code, std::string(name_) + ": " + unpacker.error().message};
  unpacker_ = *std::move(unpacker);
  state_ = State::member;
  return read_packed(out);
}

Result<std::size_t> TextSource::read_plain(std::span<char> out) {
  auto more = refill();
  if (!more) return std::move(more).error();
  if (!*more) return std::size_t{0};
  const std::size_t n = std::min(out.size(), input_size_ - input_at_);
  std::memcpy(out.data(), input_.data() + input_at_, n);
  input_at_ += n;
  return count(n);
}

Result<std::size_t> TextSource::read_packed(std::span<char> out) {
  while (true) {
    auto more = refill();
    if (!more) return std::move(more).error();
    if (state_ == State::between) {
      if (!*more) {
        state_ = State::end;
        return std::size_t{0};
      }
      if (!unpacker_->takes_more())
        return damaged("has something behind its " + std::string(name_of(packing_)) + " data");
      state_ = State::member;
    }
    // Without input as well: what was taken before may not have been given yet.
    const auto step = unpacker_->step({input_.data() + input_at_, input_size_ - input_at_}, out);
    if (!step && step.error().code == Errc::damaged) return damaged(step.error().message);
    if (!step) return Error{step.error().code, std::string(name_) + ": " + step.error().message};
    input_at_ += step->taken;
    if (step->ended) state_ = State::between;
    if (step->made > 0) return count(step->made);
    if (!*more && !step->ended) return damaged("ends in the middle of its " + std::string(name_of(packing_)) + " data");
  }
}

Result<std::size_t> TextSource::read(std::span<char> out) {
  switch (state_) {
    case State::start:
      return start(out);
    case State::plain:
      return read_plain(out);
    case State::member:
    case State::between:
      return read_packed(out);
    case State::end:
      break;
  }
  return std::size_t{0};
}

Result<std::string> read_text(const std::string& path, const TextLimits& limits) {
  auto file = FileSource::open(path);
  if (!file) return std::move(file).error();
  TextSource source(**file, path, limits);
  std::string text;
  std::vector<char> block(kInputBytes);
  while (true) {
    auto n = source.read(block);
    if (!n) return std::move(n).error();
    if (*n == 0) return text;
    text.append(block.data(), *n);
  }
}

}  // namespace ip2asn
