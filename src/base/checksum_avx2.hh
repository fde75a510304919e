// checksum() for processors with AVX2, where the compiler can be told to use it for one file.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define IP2ASN_CHECKSUM_AVX2 1
#else
#define IP2ASN_CHECKSUM_AVX2 0
#endif

namespace ip2asn {

uint64_t checksum_avx2(const void* bytes, size_t size) noexcept;

}  // namespace ip2asn
