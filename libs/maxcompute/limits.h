// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

// Limits of the Tunnel service. Source unless said otherwise: vendor page "Overview of the data
// transmission service" (2026-07).

namespace culvert::maxcompute {

inline constexpr std::uint64_t kBlocksPerSessionMax = 20'000;  // ids 0..19999
inline constexpr std::uint64_t kBlockBytesAdvisedMin = 64ULL * 1024 * 1024;
inline constexpr std::uint64_t kBlockBytesMax = 100ULL * 1024 * 1024 * 1024;
inline constexpr std::uint64_t kFieldBytesMax = 8ULL * 1024 * 1024;  // server's MaxFieldSize wins
inline constexpr std::uint64_t kRecordBytesMax = 200ULL * 1024 * 1024;
inline constexpr std::chrono::hours kSessionLife{24};
inline constexpr std::chrono::minutes kRateWindow{5};
inline constexpr int kDownloadSessionsPerWindow = 200;  // per table
inline constexpr int kUploadSessionsPerWindow = 500;    // per table
inline constexpr int kBlocksPerWindow = 500;            // per table
inline constexpr int kSlotBytesPerSecond = 10'000'000;  // per block write and per download request

static_assert(kBlockBytesAdvisedMin < kBlockBytesMax);
static_assert(kFieldBytesMax < kRecordBytesMax);

}  // namespace culvert::maxcompute
