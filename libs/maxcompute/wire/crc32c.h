// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE4_2__) && defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// CRC32C for record checksums: a few bytes at a time, inline, on a raw state (before the final
// inversion), so that one record's fields chain without calls. libs/base/digest.h has the form for
// whole buffers. The build asks for the CRC instruction on x86-64 and arm64; elsewhere tables do
// it.

namespace culvert::maxcompute::wire::internal {

static_assert(std::endian::native == std::endian::little,
              "the wire is little endian and values are loaded and stored as they lie");

/// A raw state: 32 bits, held as wide as the instruction's register, so that no step has to widen
/// it again. Each such step would lengthen the chain that every checksum is.
using Crc = std::uint64_t;
inline constexpr Crc kCrcBegin = 0xffffffff;
constexpr std::uint32_t CrcValue(Crc state) { return ~static_cast<std::uint32_t>(state); }
constexpr Crc CrcState(std::uint32_t value) { return ~value; }

/// By tables; the same result on every machine.
Crc CrcSoftware(Crc state, const std::uint8_t* data, std::size_t size);
/// For long runs: several lanes at once where a library for it is built in.
Crc CrcLong(Crc state, const std::uint8_t* data, std::size_t size);
/// From this size on CrcLong is worth its call.
inline constexpr std::size_t kCrcLongBytes = 256;

template <typename T>
T Load(const std::uint8_t* data) {
  T value = 0;
  std::memcpy(&value, data, sizeof value);
  return value;
}

#if defined(__SSE4_2__) && defined(__x86_64__)
// Assembly, because the intrinsics for up to 32 bits give a 32-bit number and compilers do not know
// that the instruction has cleared the register's upper half.
inline Crc CrcU8(Crc state, std::uint8_t value) {
  asm("crc32b %1, %k0" : "+r"(state) : "rm"(value));
  return state;
}
inline Crc CrcU16(Crc state, std::uint16_t value) {
  asm("crc32w %1, %k0" : "+r"(state) : "rm"(value));
  return state;
}
inline Crc CrcU32(Crc state, std::uint32_t value) {
  asm("crc32l %1, %k0" : "+r"(state) : "rm"(value));
  return state;
}
inline Crc CrcU64(Crc state, std::uint64_t value) { return _mm_crc32_u64(state, value); }
#elif defined(__ARM_FEATURE_CRC32)
inline Crc CrcU8(Crc state, std::uint8_t value) {
  return __crc32cb(static_cast<std::uint32_t>(state), value);
}
inline Crc CrcU16(Crc state, std::uint16_t value) {
  return __crc32ch(static_cast<std::uint32_t>(state), value);
}
inline Crc CrcU32(Crc state, std::uint32_t value) {
  return __crc32cw(static_cast<std::uint32_t>(state), value);
}
inline Crc CrcU64(Crc state, std::uint64_t value) {
  return __crc32cd(static_cast<std::uint32_t>(state), value);
}
#else
template <typename T>
Crc CrcByTables(Crc state, T value) {
  std::uint8_t bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  return CrcSoftware(state, bytes, sizeof value);
}
inline Crc CrcU8(Crc state, std::uint8_t value) { return CrcByTables(state, value); }
inline Crc CrcU16(Crc state, std::uint16_t value) { return CrcByTables(state, value); }
inline Crc CrcU32(Crc state, std::uint32_t value) { return CrcByTables(state, value); }
inline Crc CrcU64(Crc state, std::uint64_t value) { return CrcByTables(state, value); }
#endif

inline Crc CrcBytes(Crc state, const std::uint8_t* data, std::size_t size) {
  if (size >= kCrcLongBytes) return CrcLong(state, data, size);
  for (; size >= 8; size -= 8, data += 8) state = CrcU64(state, Load<std::uint64_t>(data));
  if ((size & 4) != 0) {
    state = CrcU32(state, Load<std::uint32_t>(data));
    data += 4;
  }
  if ((size & 2) != 0) {
    state = CrcU16(state, Load<std::uint16_t>(data));
    data += 2;
  }
  if ((size & 1) != 0) state = CrcU8(state, *data);
  return state;
}

/// As CrcBytes, with at least 8 readable bytes behind the data. The last 0..7 bytes are one step
/// without branches: feeding k bytes equals feeding 8 whose first 8 - k are zero to the zero state,
/// once the old state is folded into the data; what does not fit there is what the old state shifts
/// out.
inline Crc CrcBytesWithSlack(Crc state, const std::uint8_t* data, std::size_t size) {
  if (size >= kCrcLongBytes) [[unlikely]]
    return CrcLong(state, data, size);
  const std::uint8_t* const tail = data + (size & ~std::size_t{7});
  for (; data != tail; data += 8) state = CrcU64(state, Load<std::uint64_t>(data));
  // The rest of `size`, in bits; a processor takes shift counts modulo 64 anyway.
  const std::size_t bits = (8 * size) & 63;
  // Two shifts, as one by 64 is not defined; with no byte left all of this changes nothing.
  const std::uint64_t folded = (Load<std::uint64_t>(data) ^ state) << 8 << ((56 - 8 * size) & 63);
  return CrcU64(0, folded) ^ (state >> bits);
}

}  // namespace culvert::maxcompute::wire::internal
