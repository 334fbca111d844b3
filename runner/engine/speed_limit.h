// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/syncjob/types.h"
#include "runner/engine/rate_limiter.h"

#include <chrono>
#include <cstdint>

namespace culvert::runner {

/// Rates of one process; 0: no limit.
struct Rates {
  double bytes_per_second = 0;  // of record bytes
  double rows_per_second = 0;
  bool operator==(const Rates&) const = default;
};

/// The `share` of a run's speed, 0 to 1, that one process has.
Rates RatesOf(const syncjob::Speed& speed, double share);

/// Both limits of `setting.speed`, shared by the streams of a process. Thread-safe.
class SpeedLimit {
 public:
  explicit SpeedLimit(const Rates& rates)
      : bytes_(rates.bytes_per_second), rows_(rates.rows_per_second) {}

  /// Waits until `rows` rows of `bytes` bytes may pass; returns how long that took. kCancelled on
  /// stop.
  Result<std::chrono::nanoseconds> Acquire(const OpContext& ctx, std::uint64_t rows,
                                           std::uint64_t bytes);

  /// From `now` on, a time of the clock that Acquire gets.
  void Set(const Rates& rates, SteadyTime now);

 private:
  RateLimiter bytes_;
  RateLimiter rows_;
};

}  // namespace culvert::runner
