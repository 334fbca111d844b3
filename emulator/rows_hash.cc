// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rows_hash.h"

namespace culvert::emulator {

std::uint64_t RowsHash(const std::vector<SegmentPtr>& segments) {
  std::uint64_t sum = 0;
  for (const SegmentPtr& segment : segments) {
    for (const std::uint32_t crc : segment->index.crcs) {
      // The finaliser of SplitMix64.
      std::uint64_t mixed = crc + 0x9e3779b97f4a7c15U;
      mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
      mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
      sum += mixed ^ (mixed >> 31U);
    }
  }
  return sum;
}

}  // namespace culvert::emulator
