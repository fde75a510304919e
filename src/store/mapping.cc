#include "store/mapping.hh"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <utility>

#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace ip2asn {
namespace {

std::span<const std::byte> as_span(void* address, std::size_t size) {
  return {static_cast<const std::byte*>(address), size};
}

// A file that somebody else can change is not one to build memory on.
std::optional<Error> refuse(const std::string& path, const struct stat& st, bool users) {
  if (!S_ISREG(st.st_mode)) return Error{Errc::unreadable, path + ": is not a regular file; remove it"};
  if (st.st_uid != ::geteuid() && st.st_uid != 0 && !users) {
    return Error{Errc::unreadable, path + ": belongs to another user; remove it"};
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{Errc::unreadable, path + ": can be written by other users; remove it"};
  }
  if (st.st_size == 0) return Error{Errc::damaged, path + ": is empty"};
  return std::nullopt;
}

// Makes root the owner of a user's file. True when nobody can write to it any more: a read lease is only given when
// nobody has the file open for writing, and the new owner and mode keep everybody from opening it so.
bool take_over(int fd, const struct stat& st) {
  if (st.st_nlink != 1 || ::fchown(fd, 0, static_cast<gid_t>(-1)) != 0 || ::fchmod(fd, S_IRUSR | S_IRGRP) != 0)
    return false;
  // A lease that is asked back sends SIGIO, which would end us; SIGURG does nothing.
  if (::fcntl(fd, F_SETSIG, SIGURG) != 0 || ::fcntl(fd, F_SETLEASE, F_RDLCK) != 0) return false;
  ::fcntl(fd, F_SETLEASE, F_UNLCK);
  return true;
}

}  // namespace

Mapping::Mapping(Mapping&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), stamp_(std::exchange(other.stamp_, {})) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(stamp_, other.stamp_);
  return *this;
}

Mapping::~Mapping() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<Mapping> Mapping::map(const std::string& path, const std::optional<FileOwner>& user) {
  return guarded("mapping ", path, [&] { return map_file(path, user); });
}

Result<Mapping> Mapping::map_file(const std::string& path, const std::optional<FileOwner>& user) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return system_error(path, "cannot be opened");
  struct stat st;
  if (::fstat(fd.get(), &st) != 0) return system_error(path, "cannot be examined");
  const bool users = user && ::geteuid() == 0 && st.st_uid != 0 && st.st_uid == user->uid;
  if (auto error = refuse(path, st, users)) return *std::move(error);
  // The size that counts is the one that it has when nobody can change it any more.
  if (users && (!take_over(fd.get(), st) || ::fstat(fd.get(), &st) != 0 || st.st_size == 0)) {
    auto file = read_file(path, static_cast<std::uint64_t>(st.st_size));
    if (!file) return std::move(file).error();
    return copy(file->buffer.bytes());
  }
  const auto size = static_cast<std::size_t>(st.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  if (address == MAP_FAILED) return system_error(path, "cannot be mapped");
  return Mapping(as_span(address, size), stamp_of(st));
}

Result<Mapping> Mapping::copy(std::span<const std::byte> bytes) {
  void* address = ::mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return out_of_memory("copying an index");
  Mapping mapping(as_span(address, bytes.size()));
  std::memcpy(address, bytes.data(), bytes.size());
  ::mprotect(address, bytes.size(), PROT_READ);
  return mapping;
}

}  // namespace ip2asn
