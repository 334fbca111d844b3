// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/crc_combine.h"

#include <array>
#include <cstddef>

namespace culvert::runner {
namespace {

constexpr std::uint32_t kCastagnoli = 0x82F63B78;  // reflected

// A linear map of 32 bits over GF(2): row i is the image of bit i.
using Map = std::array<std::uint32_t, 32>;

std::uint32_t Apply(const Map& map, std::uint32_t vector) {
  std::uint32_t sum = 0;
  for (std::size_t bit = 0; vector != 0; ++bit, vector >>= 1) {
    if ((vector & 1) != 0) sum ^= map[bit];
  }
  return sum;
}

Map Square(const Map& map) {
  Map result{};
  for (std::size_t bit = 0; bit < result.size(); ++bit) result[bit] = Apply(map, map[bit]);
  return result;
}

}  // namespace

std::uint32_t CombineCrc32c(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t bytes_b) {
  // Appending one zero bit to the message is a linear map of the CRC; zero bytes are its powers.
  Map zeros{};
  zeros[0] = kCastagnoli;
  for (std::size_t bit = 1; bit < zeros.size(); ++bit) zeros[bit] = 1u << (bit - 1);
  zeros = Square(Square(Square(zeros)));  // eight bits: one byte
  for (; bytes_b != 0; bytes_b >>= 1, zeros = Square(zeros)) {
    if ((bytes_b & 1) != 0) crc_a = Apply(zeros, crc_a);
  }
  return crc_a ^ crc_b;
}

maxcompute::wire::StreamTotals CombineTotals(const maxcompute::wire::StreamTotals& first,
                                             const maxcompute::wire::StreamTotals& second) {
  return {.records = first.records + second.records,
          .crc_of_crcs = CombineCrc32c(first.crc_of_crcs, second.crc_of_crcs, second.records * 4)};
}

}  // namespace culvert::runner
