// Code for processors that can do more than the build asks for.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define IP2ASN_AVX2 1

namespace ip2asn {

/// Marks a function that is compiled for AVX2, BMI1 and BMI2. What it calls and is not inlined is the code that all
/// processors can run.
#define IP2ASN_FOR_AVX2 [[gnu::target("avx2,bmi,bmi2")]]

/// Whether this processor runs what is so marked.
inline bool has_avx2() noexcept {
  static const bool has =
      __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("bmi2") != 0;
  return has;
}

}  // namespace ip2asn

#else
#define IP2ASN_AVX2 0
#endif
