// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/bits.h"
#include "libs/maxcompute/wire/crc32c.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// Protobuf varints, strict: only the shortest form of a 64-bit value is read. All known writers
// write that, and a padded one is what a flipped continuation bit looks like where no checksum
// covers it.

namespace culvert::maxcompute::wire::internal {

inline constexpr std::size_t kVarintBytesMax = 10;

/// What became of reading one thing.
enum class Outcome : std::uint8_t {
  kOk,
  kShort,  // the window ends inside it
  kBad,    // no such thing can begin like this
};

constexpr std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

/// Reads from [p, end) and moves `p` behind the varint when it is whole and well-formed.
inline Outcome ReadVarint(const std::uint8_t*& p, const std::uint8_t* end, std::uint64_t& value) {
  std::uint64_t read = 0;
  for (std::size_t i = 0; i < kVarintBytesMax; ++i) {
    if (p + i == end) return Outcome::kShort;
    const std::uint8_t byte = p[i];
    read |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (i > 0 && byte == 0) return Outcome::kBad;                     // padded
    if (i == kVarintBytesMax - 1 && byte != 1) return Outcome::kBad;  // more than 64 bits
    value = read;
    p += i + 1;
    return Outcome::kOk;
  }
  return Outcome::kBad;
}

/// As ReadVarint with at least 16 readable bytes at `p`; null when malformed. Up to 8 bytes without
/// a branch on the length, which for most columns nobody could predict.
template <Bits kBits>
[[gnu::always_inline]] inline const std::uint8_t* ReadVarintFast(const std::uint8_t* p,
                                                                 std::uint64_t& value) {
  const auto word = Load<std::uint64_t>(p);
  const std::uint64_t stops = ~word & ~kSevens;
  if (stops == 0) [[unlikely]] {
    const std::uint8_t* at = p;
    return ReadVarint(at, p + kVarintBytesMax, value) == Outcome::kOk ? at : nullptr;
  }
  // The highest bit of the last byte.
  const auto stop_bit = static_cast<unsigned>(std::countr_zero(stops));
  const std::uint64_t bytes = word & (stops ^ (stops - 1)) & kSevens;
  // A last byte of zero is padding, unless it is the only one.
  if (((bytes >> (stop_bit - 7)) | (stops & 0x80)) == 0) [[unlikely]]
    return nullptr;
  value = PackSevens<kBits>(bytes);
  return p + (stop_bit >> 3) + 1;
}

/// Writes at most 10 bytes, returns the end.
inline std::uint8_t* WriteVarint(std::uint8_t* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<std::uint8_t>(value);
  return out;
}

/// Bytes of a varint by the index of its value's highest bit, and what up to 8 bytes have in
/// common: the high bit of all but the last.
struct VarintSizes {
  std::array<std::uint8_t, 64> of_bit{};
  std::array<std::uint64_t, 9> marks{};
};
inline constexpr VarintSizes kVarintSizes = [] {
  VarintSizes sizes;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    sizes.of_bit[bit] = static_cast<std::uint8_t>(bit / 7 + 1);
  }
  for (std::size_t size = 1; size <= 8; ++size) {
    sizes.marks[size] = ~kSevens >> 8 >> (64 - 8 * size);
  }
  return sizes;
}();

/// The same bytes, with room for 10 at `out` whatever the value: one store and no branch on the
/// length up to 8 bytes.
template <Bits kBits>
[[gnu::always_inline]] inline std::uint8_t* WriteVarintFast(std::uint8_t* out,
                                                            std::uint64_t value) {
  const auto high_bit = 63U ^ static_cast<unsigned>(std::countl_zero(value | 1));
  const std::size_t size = kVarintSizes.of_bit[high_bit];
  if (size > 8) [[unlikely]]
    return WriteVarint(out, value);
  const std::uint64_t bytes = SpreadSevens<kBits>(value) | kVarintSizes.marks[size];
  std::memcpy(out, &bytes, sizeof bytes);
  return out + size;
}

}  // namespace culvert::maxcompute::wire::internal
