// Where a structure stands in memory that processes share.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ip2asn {

/// Of a line of the processor's cache, in bytes.
inline constexpr std::size_t kSharedAlignment = 64;

/// The first place in `memory` at which a line begins: a structure there has need of at most kSharedAlignment bytes
/// more than its size. Nothing is written.
template <class T>
T* shared_place(void* memory) noexcept {
  static_assert(alignof(T) <= kSharedAlignment);
  const auto at = reinterpret_cast<std::uintptr_t>(memory);
  return static_cast<T*>(static_cast<void*>(static_cast<std::byte*>(memory) +
                                            (kSharedAlignment - at % kSharedAlignment) % kSharedAlignment));
}

}  // namespace ip2asn
