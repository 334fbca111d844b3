// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/crc32c.h"

#ifdef CULVERT_HAVE_ISAL
#include <isa-l/crc.h>
#endif

#include <array>

namespace culvert::maxcompute::wire::internal {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // Castagnoli, reflected

constexpr std::array<std::uint32_t, 256> MakeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = MakeTable();

}  // namespace

Crc CrcSoftware(Crc state, const std::uint8_t* data, std::size_t size) {
  auto sum = static_cast<std::uint32_t>(state);
  for (std::size_t i = 0; i < size; ++i) {
    sum = (sum >> 8) ^ kTable[(sum ^ data[i]) & 0xff];
  }
  return sum;
}

Crc CrcLong(Crc state, const std::uint8_t* data, std::size_t size) {
#ifdef CULVERT_HAVE_ISAL
  // Its size parameter is an int and its data parameter lacks the const that it keeps.
  constexpr std::size_t kPieceBytes = std::size_t{1} << 30;
  while (size > 0) {
    const std::size_t piece = size < kPieceBytes ? size : kPieceBytes;
    state = crc32_iscsi(const_cast<std::uint8_t*>(data), static_cast<int>(piece),
                        static_cast<std::uint32_t>(state));
    data += piece;
    size -= piece;
  }
  return state;
#else
  for (; size >= 8; size -= 8, data += 8) state = CrcU64(state, Load<std::uint64_t>(data));
  for (; size > 0; --size, ++data) state = CrcU8(state, *data);
  return state;
#endif
}

}  // namespace culvert::maxcompute::wire::internal
