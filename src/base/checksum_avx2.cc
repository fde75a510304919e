// No header of the C++ library here: what it defines inline would be compiled for AVX2, and might be taken for all.
#include "base/checksum_avx2.hh"

#if IP2ASN_CHECKSUM_AVX2

#pragma GCC target("avx2")
#include <immintrin.h>
#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX2
#include <xxhash.h>

namespace ip2asn {

uint64_t checksum_avx2(const void* bytes, size_t size) noexcept { return XXH3_64bits(bytes, size); }

}  // namespace ip2asn

#endif
