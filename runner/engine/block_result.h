// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"

#include <chrono>
#include <cstdint>

namespace culvert::runner {

/// What copying one block took and gave. Waits are in nanoseconds and include failed tries; the
/// rest is of the try that succeeded, but for bytes, which are all that crossed the wire.
struct BlockResult {
  std::uint64_t rows_read = 0;
  std::uint64_t rows_written = 0;
  std::uint64_t rows_dirty = 0;
  std::uint64_t rows_filtered = 0;  // left out by a transformer
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_raw = 0;
  std::uint64_t content_hash = 0;
  std::uint64_t read_wait_ns = 0;
  std::uint64_t write_wait_ns = 0;
  std::uint64_t throttle_wait_ns = 0;
};

/// Adds the time from its making to its end to a counter.
class WaitTimer {
 public:
  WaitTimer(const Clock& clock, std::uint64_t& nanoseconds)
      : clock_(clock), nanoseconds_(nanoseconds), start_(clock.SteadyNow()) {}
  ~WaitTimer() {
    nanoseconds_ += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.SteadyNow() - start_).count());
  }
  WaitTimer(const WaitTimer&) = delete;
  WaitTimer& operator=(const WaitTimer&) = delete;

 private:
  const Clock& clock_;
  std::uint64_t& nanoseconds_;
  SteadyTime start_;
};

}  // namespace culvert::runner
