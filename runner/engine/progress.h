// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace culvert::runner {

/// Live totals of a process, written by its streams and read by whoever shows progress. A block
/// that is sent again takes back what it had counted, so a number never passes the truth at the
/// end.
struct Progress {
  std::atomic<std::uint64_t> rows{0};       // read and written or found dirty
  std::atomic<std::uint64_t> bytes_raw{0};  // of records, before coding
  std::atomic<std::uint64_t> dirty{0};
  std::atomic<std::uint64_t> blocks{0};        // complete on the target
  std::atomic<std::uint64_t> buffer_bytes{0};  // held by the streams for rows under way
};

}  // namespace culvert::runner
