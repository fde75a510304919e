#include "store/mapping.hh"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/system_error.hh"

namespace ip2asn {
namespace {

constexpr char kName[] = "ip2asn";
constexpr char kWhat[] = "memory for an index";
constexpr std::size_t kLargePage = 2u << 20;
constexpr std::size_t kBlock = 64u << 10;

#ifdef F_ADD_SEALS
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
#endif

// The limit on file sizes holds for files in memory, too.
bool may_be_file_of(std::size_t size) noexcept {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur;
}

UniqueFd make_memory_file() noexcept {
#ifdef F_ADD_SEALS
  // Kernels before 6.3 do not know the flag; later ones may be told to refuse memory without it.
  constexpr unsigned kNotExecutable = 0x0008;
  const int fd = ::memfd_create(kName, MFD_CLOEXEC | MFD_ALLOW_SEALING | kNotExecutable);
  return UniqueFd(fd >= 0 ? fd : ::memfd_create(kName, MFD_CLOEXEC | MFD_ALLOW_SEALING));
#else
  return UniqueFd(-1);
#endif
}

}  // namespace

Mapping::Mapping(Mapping&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), descriptor_(std::move(other.descriptor_)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  descriptor_ = std::move(other.descriptor_);
  return *this;
}

Mapping::~Mapping() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Result<MappingWriter> MappingWriter::make(std::size_t size, Mapping::Use use) {
  MappingWriter writer(size);
  if (use == Mapping::Use::hand_over && may_be_file_of(size)) writer.file_ = make_memory_file();
  if (writer.file_) return writer;
  // Room to begin at a large page: what is mapped so is filled five times as fast, and looked up in with fewer misses.
  const std::size_t room = size + kLargePage;
  void* address = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return out_of_memory("making ", kWhat);
  auto* begin = static_cast<std::byte*>(address);
  const std::size_t before = (kLargePage - reinterpret_cast<std::uintptr_t>(begin) % kLargePage) % kLargePage;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t used = (size + page - 1) / page * page;
  if (before != 0) ::munmap(begin, before);
  begin += before;
  ::munmap(begin + used, room - before - used);
  writer.mapping_ = Mapping({begin, size});
#ifdef MADV_HUGEPAGE
  ::madvise(begin, used, MADV_HUGEPAGE);
#endif
#ifdef PR_SET_VMA
  // For people who look at a process's memory; kernels before 5.17 know no names.
  ::prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, begin, used, kName);
#endif
  return writer;
}

std::span<std::byte> MappingWriter::memory() const noexcept {
  const auto bytes = mapping_.bytes();
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

Result<std::span<std::byte>> MappingWriter::room() {
  if (!file_) return memory().subspan(at_);
  return guarded("making ", kWhat, [&]() -> Result<std::span<std::byte>> {
    block_.resize(std::min(size_, kBlock));
    return std::span(block_).first(std::min(block_.size(), size_ - at_));
  });
}

Result<Done> MappingWriter::took(std::size_t size) {
  if (file_) return append(std::span(block_).first(size));
  at_ += size;
  return Done{};
}

Result<Done> MappingWriter::append(std::span<const std::byte> bytes) {
  auto done = put(bytes, at_);
  at_ += bytes.size();
  return done;
}

Result<Done> MappingWriter::put_first(std::span<const std::byte> bytes) { return put(bytes, 0); }

Result<Done> MappingWriter::put(std::span<const std::byte> bytes, std::size_t at) {
  if (at > size_ || bytes.size() > size_ - at) return Error{Errc::argument, "more than there is memory for"};
  if (!file_) {
    if (!bytes.empty()) std::memcpy(memory().data() + at, bytes.data(), bytes.size());
    return Done{};
  }
  // Written rather than mapped and filled: what has never been mapped for writing can be sealed.
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return system_error(kWhat, "cannot be had");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    at += static_cast<std::size_t>(n);
  }
  return Done{};
}

Result<Mapping> MappingWriter::finish() {
  block_ = {};
  if (!file_) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    ::mprotect(memory().data(), (size_ + page - 1) / page * page, PROT_READ);
    return std::move(mapping_);
  }
#ifdef F_ADD_SEALS
  if (::fcntl(file_.get(), F_ADD_SEALS, kSeals) != 0) return system_error(kWhat, "cannot be sealed");
#endif
  return Mapping::map_sealed(std::move(file_), size_);
}

Result<Mapping> Mapping::map_sealed(UniqueFd memory, std::size_t size) {
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, memory.get(), 0);
  if (address == MAP_FAILED) return system_error(kWhat, "cannot be mapped");
  return Mapping({static_cast<const std::byte*>(address), size}, std::move(memory));
}

Result<Mapping> Mapping::copy(std::span<const std::byte> head, std::span<const std::byte> rest, Use use) {
  return guarded("making ", kWhat, [&]() -> Result<Mapping> {
    auto writer = MappingWriter::make(head.size() + rest.size(), use);
    if (!writer) return std::move(writer).error();
    for (const auto bytes : {head, rest}) {
      if (auto done = writer->append(bytes); !done) return std::move(done).error();
    }
    return writer->finish();
  });
}

Result<Mapping> Mapping::read(int file, std::size_t size, Use use) {
  return guarded("making ", kWhat, [&]() -> Result<Mapping> {
    auto writer = MappingWriter::make(size, use);
    if (!writer) return std::move(writer).error();
    for (std::size_t at = 0; at < size;) {
      const auto room = writer->room();
      if (!room) return room.error();
      const ssize_t n = ::pread(file, room->data(), room->size(), static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error("an index", "cannot be read");
      if (n == 0) return Error{Errc::changed, "an index became shorter while it was read"};
      if (auto done = writer->took(static_cast<std::size_t>(n)); !done) return std::move(done).error();
      at += static_cast<std::size_t>(n);
    }
    return writer->finish();
  });
}

Result<Mapping> Mapping::receive(UniqueFd memory, std::size_t size) {
#ifdef F_ADD_SEALS
  return guarded("receiving ", kWhat, [&]() -> Result<Mapping> {
    const int seals = ::fcntl(memory.get(), F_GET_SEALS);
    struct stat st;
    if (seals < 0 || (seals & kSeals) != kSeals || ::fstat(memory.get(), &st) != 0 || st.st_size < 0 ||
        static_cast<std::uint64_t>(st.st_size) != size || size == 0) {
      return Error{Errc::damaged, "what was handed over is not sealed memory of the size that was said"};
    }
    return map_sealed(std::move(memory), size);
  });
#else
  (void)size;
  return Error{Errc::unreadable, "this system has no sealed memory"};
#endif
}

}  // namespace ip2asn
