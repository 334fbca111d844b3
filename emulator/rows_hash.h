// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"

#include <cstdint>
#include <vector>

namespace culvert::emulator {

/// Of the rows of `segments`, whatever their order: the sum, modulo 2^64, of a mix of each record's
/// CRC. What the event log calls `hash`: equal rows are equal hashes, and rows that are lost or
/// there twice are another.
std::uint64_t RowsHash(const std::vector<SegmentPtr>& segments);

}  // namespace culvert::emulator
