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

#ifdef F_ADD_SEALS
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
#endif

// What is to be in the memory, from front to end.
class SpanFill {
 public:
  SpanFill(std::span<const std::byte> head, std::span<const std::byte> rest) : head_(head), rest_(rest) {}
  // Fills the front of `out`, which is not empty, and tells how much.
  Result<std::size_t> operator()(std::span<std::byte> out) {
    auto& from = head_.empty() ? rest_ : head_;
    const std::size_t size = std::min(from.size(), out.size());
    std::memcpy(out.data(), from.data(), size);
    from = from.subspan(size);
    return size;
  }

 private:
  std::span<const std::byte> head_, rest_;
};

class FileFill {
 public:
  explicit FileFill(int file) : file_(file) {}
  Result<std::size_t> operator()(std::span<std::byte> out) {
    const ssize_t size = ::pread(file_, out.data(), out.size(), at_);
    if (size < 0 && errno == EINTR) return std::size_t{0};
    if (size < 0) return system_error("an index", "cannot be read");
    if (size == 0) return Error{Errc::changed, "an index became shorter while it was read"};
    at_ += size;
    return static_cast<std::size_t>(size);
  }

 private:
  int file_;
  off_t at_ = 0;
};

template <class Fill>
Result<Done> fill_all(std::span<std::byte> out, Fill& fill) {
  while (!out.empty()) {
    auto size = fill(out);
    if (!size) return std::move(size).error();
    out = out.subspan(*size);
  }
  return Done{};
}

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

template <class Fill>
Result<Mapping> Mapping::make(std::size_t size, Use use, Fill&& fill) {
  return guarded("making ", kWhat, [&]() -> Result<Mapping> {
    if (use == Use::hand_over && may_be_file_of(size)) {
      if (UniqueFd memory = make_memory_file()) return make_sealed(std::move(memory), size, fill);
    }
    return make_private(size, fill);
  });
}

template <class Fill>
Result<Mapping> Mapping::make_private(std::size_t size, Fill&& fill) {
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
  const std::span<std::byte> bytes(begin, size);
  Mapping mapping(bytes);
#ifdef MADV_HUGEPAGE
  ::madvise(begin, used, MADV_HUGEPAGE);
#endif
#ifdef PR_SET_VMA
  // For people who look at a process's memory; kernels before 5.17 know no names.
  ::prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, begin, used, kName);
#endif
  if (auto done = fill_all(bytes, fill); !done) return std::move(done).error();
  ::mprotect(begin, used, PROT_READ);
  return mapping;
}

template <class Fill>
Result<Mapping> Mapping::make_sealed(UniqueFd memory, std::size_t size, Fill&& fill) {
#ifdef F_ADD_SEALS
  // Written rather than mapped and filled: what has never been mapped for writing can be sealed.
  std::vector<std::byte> block(std::min<std::size_t>(size, 256u << 10));
  for (std::size_t at = 0; at < size;) {
    const std::span<std::byte> part(block.data(), std::min(block.size(), size - at));
    if (auto done = fill_all(part, fill); !done) return std::move(done).error();
    for (std::size_t written = 0; written < part.size();) {
      const ssize_t n = ::write(memory.get(), part.data() + written, part.size() - written);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return system_error(kWhat, "cannot be had");
      written += static_cast<std::size_t>(n);
    }
    at += part.size();
  }
  if (::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0) return system_error(kWhat, "cannot be sealed");
#endif
  return map_sealed(std::move(memory), size);
}

Result<Mapping> Mapping::map_sealed(UniqueFd memory, std::size_t size) {
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, memory.get(), 0);
  if (address == MAP_FAILED) return system_error(kWhat, "cannot be mapped");
  return Mapping({static_cast<const std::byte*>(address), size}, std::move(memory));
}

Result<Mapping> Mapping::copy(std::span<const std::byte> head, std::span<const std::byte> rest, Use use) {
  return make(head.size() + rest.size(), use, SpanFill(head, rest));
}

Result<Mapping> Mapping::read(int file, std::size_t size, Use use) { return make(size, use, FileFill(file)); }

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
