// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE4_2__)
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

inline constexpr std::uint32_t kCrcBegin = 0xffffffff;
constexpr std::uint32_t CrcValue(std::uint32_t state) { return ~state; }
constexpr std::uint32_t CrcState(std::uint32_t value) { return ~value; }

/// By tables; the same result on every machine.
std::uint32_t CrcSoftware(std::uint32_t state, const std::uint8_t* data, std::size_t size);
/// For long runs: several lanes at once where a library for it is built in.
std::uint32_t CrcLong(std::uint32_t state, const std::uint8_t* data, std::size_t size);
/// From this size on CrcLong is worth its call.
inline constexpr std::size_t kCrcLongBytes = 256;

template <typename T>
T Load(const std::uint8_t* data) {
  T value = 0;
  std::memcpy(&value, data, sizeof value);
  return value;
}

#if defined(__SSE4_2__)
inline std::uint32_t CrcU8(std::uint32_t state, std::uint8_t value) {
  return _mm_crc32_u8(state, value);
}
inline std::uint32_t CrcU16(std::uint32_t state, std::uint16_t value) {
  return _mm_crc32_u16(state, value);
}
inline std::uint32_t CrcU32(std::uint32_t state, std::uint32_t value) {
  return _mm_crc32_u32(state, value);
}
inline std::uint32_t CrcU64(std::uint32_t state, std::uint64_t value) {
  return static_cast<std::uint32_t>(_mm_crc32_u64(state, value));
}
#elif defined(__ARM_FEATURE_CRC32)
inline std::uint32_t CrcU8(std::uint32_t state, std::uint8_t value) {
  return __crc32cb(state, value);
}
inline std::uint32_t CrcU16(std::uint32_t state, std::uint16_t value) {
  return __crc32ch(state, value);
}
inline std::uint32_t CrcU32(std::uint32_t state, std::uint32_t value) {
  return __crc32cw(state, value);
}
inline std::uint32_t CrcU64(std::uint32_t state, std::uint64_t value) {
  return __crc32cd(state, value);
}
#else
template <typename T>
std::uint32_t CrcByTables(std::uint32_t state, T value) {
  std::uint8_t bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  return CrcSoftware(state, bytes, sizeof value);
}
inline std::uint32_t CrcU8(std::uint32_t state, std::uint8_t value) {
  return CrcByTables(state, value);
}
inline std::uint32_t CrcU16(std::uint32_t state, std::uint16_t value) {
  return CrcByTables(state, value);
}
inline std::uint32_t CrcU32(std::uint32_t state, std::uint32_t value) {
  return CrcByTables(state, value);
}
inline std::uint32_t CrcU64(std::uint32_t state, std::uint64_t value) {
  return CrcByTables(state, value);
}
#endif

inline std::uint32_t CrcBytes(std::uint32_t state, const std::uint8_t* data, std::size_t size) {
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

/// As CrcBytes, with at least 8 readable bytes behind the data. The last 1..7 bytes are one step
/// without branches: feeding k bytes equals feeding 8 whose first 8 - k are zero to the zero state,
/// once the old state is folded into the data; what does not fit there is what the old state shifts
/// out.
inline std::uint32_t CrcBytesWithSlack(std::uint32_t state, const std::uint8_t* data,
                                       std::size_t size) {
  if (size >= kCrcLongBytes) return CrcLong(state, data, size);
  for (; size >= 8; size -= 8, data += 8) state = CrcU64(state, Load<std::uint64_t>(data));
  if (size == 0) return state;
  const std::uint64_t wide = state;
  const std::uint64_t folded = (Load<std::uint64_t>(data) ^ wide) << (64 - 8 * size);
  return CrcU64(0, folded) ^ static_cast<std::uint32_t>(wide >> (8 * size));
}

}  // namespace culvert::maxcompute::wire::internal
