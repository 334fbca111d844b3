// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/maxcompute/wire/record_stream.h"

#include <cstdint>

namespace culvert::runner {

/// CRC32C of A followed by B, from the CRC of each and the length of B in bytes.
std::uint32_t CombineCrc32c(std::uint32_t crc_a, std::uint32_t crc_b, std::uint64_t bytes_b);

/// Totals of one stream made of the records of `first` and then those of `second`: what the trailer
/// of a block says that was read by two downloads. Each record adds four bytes to the CRC of CRCs.
maxcompute::wire::StreamTotals CombineTotals(const maxcompute::wire::StreamTotals& first,
                                             const maxcompute::wire::StreamTotals& second);

}  // namespace culvert::runner
