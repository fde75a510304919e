#include "base/checksum.hh"

#include "base/avx2.hh"
#include "base/checksum_avx2.hh"
#include "base/hash.hh"

namespace ip2asn {

std::uint64_t checksum(std::span<const std::byte> bytes) noexcept {
#if IP2ASN_CHECKSUM_AVX2
  if (has_avx2()) return checksum_avx2(bytes.data(), bytes.size());
#endif
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace ip2asn
