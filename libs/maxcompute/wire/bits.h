// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

// Closing and opening the gaps between groups of seven bits, which is most of the work of a varint.
// x86-64 of the last decade does it in one instruction (BMI2), which the baseline of
// docs/adr/0003-instruction-set.md lacks. So the record loops are compiled for both and choose once
// a call. The two instructions are written as assembly: as compiler intrinsics they could not be
// inlined into code that is compiled for the baseline.

namespace culvert::maxcompute::wire::internal {

enum class Bits : std::uint8_t { kPortable, kBmi2 };

/// What this processor does best. kPortable where BMI2 is missing, or microcoded and slow.
Bits DetectBits();

/// What the record loops use. Tests force one for the time of a scope; not to be changed while
/// other threads read or write records.
inline Bits bits_in_use = DetectBits();
class ScopedBits {
 public:
  explicit ScopedBits(Bits bits) : before_(bits_in_use) { bits_in_use = bits; }
  ~ScopedBits() { bits_in_use = before_; }
  ScopedBits(const ScopedBits&) = delete;
  ScopedBits& operator=(const ScopedBits&) = delete;

 private:
  Bits before_;
};

inline constexpr std::uint64_t kSevens = 0x7f7f7f7f7f7f7f7f;

/// The low seven bits of each byte, side by side. The high bits must be zero.
template <Bits kBits>
inline std::uint64_t PackSevens(std::uint64_t bytes) {
#if defined(__x86_64__)
  if constexpr (kBits == Bits::kBmi2) {
    std::uint64_t packed = 0;
    asm("pext %2, %1, %0" : "=r"(packed) : "r"(bytes), "rm"(kSevens));
    return packed;
  }
#endif
#if defined(__SSE4_2__)
  // Bytes to pairs of 14 bits, pairs to two halves of 28: by multiplying each second one.
  const __m128i pairs = _mm_maddubs_epi16(_mm_set1_epi16(static_cast<std::int16_t>(0x8001)),
                                          _mm_cvtsi64_si128(static_cast<std::int64_t>(bytes)));
  const __m128i halves = _mm_madd_epi16(pairs, _mm_set1_epi32(0x40000001));
  const auto both = static_cast<std::uint64_t>(_mm_cvtsi128_si64(halves));
  return (both & 0xffffffff) | (both >> 32 << 28);
#else
  bytes = (bytes & 0x007f007f007f007f) | ((bytes & 0x7f007f007f007f00) >> 1);
  bytes = (bytes & 0x00003fff00003fff) | ((bytes & 0x3fff00003fff0000) >> 2);
  return (bytes & 0x000000000fffffff) | ((bytes & 0x0fffffff00000000) >> 4);
#endif
}

/// The other way: the low 56 bits of `packed` over the low seven bits of each byte.
template <Bits kBits>
inline std::uint64_t SpreadSevens(std::uint64_t packed) {
#if defined(__x86_64__)
  if constexpr (kBits == Bits::kBmi2) {
    std::uint64_t bytes = 0;
    asm("pdep %2, %1, %0" : "=r"(bytes) : "r"(packed), "rm"(kSevens));
    return bytes;
  }
#endif
  packed = (packed & 0x000000000fffffff) | ((packed & 0x00fffffff0000000) << 4);
  packed = (packed & 0x00003fff00003fff) | ((packed & 0x0fffc0000fffc000) << 2);
  return (packed & 0x007f007f007f007f) | ((packed & 0x3f803f803f803f80) << 1);
}

}  // namespace culvert::maxcompute::wire::internal
