// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/crc32c.h"

#include <bit>
#include <cstddef>
#include <cstdint>

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

/// As ReadVarint with at least 16 readable bytes at `p`; null when malformed.
inline const std::uint8_t* ReadVarintFast(const std::uint8_t* p, std::uint64_t& value) {
  auto word = Load<std::uint64_t>(p);
  if ((word & 0x80) == 0) {
    value = word & 0x7f;
    return p + 1;
  }
  const std::uint64_t stops = ~word & 0x8080808080808080;
  if (stops == 0) [[unlikely]] {
    const std::uint8_t* at = p;
    return ReadVarint(at, p + kVarintBytesMax, value) == Outcome::kOk ? at : nullptr;
  }
  const int stop_bit = std::countr_zero(stops);  // the highest bit of the last byte
  word &= (stops ^ (stops - 1)) & 0x7f7f7f7f7f7f7f7f;
  if ((word >> (stop_bit - 7)) == 0) return nullptr;  // padded
  // Closes the one-bit gaps between bytes, then the two-bit gaps between pairs, then the four-bit
  // gap.
  word = (word & 0x007f007f007f007f) | ((word & 0x7f007f007f007f00) >> 1);
  word = (word & 0x00003fff00003fff) | ((word & 0x3fff00003fff0000) >> 2);
  value = (word & 0x000000000fffffff) | ((word & 0x0fffffff00000000) >> 4);
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

}  // namespace culvert::maxcompute::wire::internal
