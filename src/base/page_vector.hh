// Vectors for long arrays that come and go while an index is compiled.
//
// The C library keeps much of what is freed, for the process to use again: a server that compiles an index now and then
// would hold on to ten times its size. What is long is therefore asked of the system itself, and goes back to it at
// once; of what is reserved only the part that is used takes memory.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

// Sanitizers watch the ends of what operator new gives.
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#include <sys/mman.h>
#define IP2ASN_PAGES 1
#else
#define IP2ASN_PAGES 0
#endif

namespace ip2asn {

/// From the system when it is many pages, else from operator new. Throws std::bad_alloc.
template <class T>
class PageAllocator {
 public:
  using value_type = T;

  PageAllocator() = default;
  template <class U>
  PageAllocator(const PageAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
#if IP2ASN_PAGES
    if (is_long(count)) {
      if (count > kMost) throw std::bad_alloc();
      void* pages = ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (pages == MAP_FAILED) throw std::bad_alloc();
      return static_cast<T*>(pages);
    }
#endif
    return std::allocator<T>().allocate(count);
  }

  void deallocate(T* items, std::size_t count) noexcept {
#if IP2ASN_PAGES
    if (is_long(count)) {
      ::munmap(items, count * sizeof(T));
      return;
    }
#endif
    std::allocator<T>().deallocate(items, count);
  }

  bool operator==(const PageAllocator&) const = default;

 private:
  static constexpr std::size_t kLong = 256u << 10;  // bytes
  static constexpr std::size_t kMost = static_cast<std::size_t>(-1) / 2 / sizeof(T);
  static bool is_long(std::size_t count) noexcept { return count >= kLong / sizeof(T); }
};

template <class T>
using PageVector = std::vector<T, PageAllocator<T>>;

/// Gives back to the system what the C library keeps of memory that was freed.
inline void give_back_freed() noexcept {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

/// Empties `items` and gives their memory back.
template <class Items>
void drop(Items& items) noexcept {
  Items().swap(items);
}

}  // namespace ip2asn
