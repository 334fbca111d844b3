// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"

#include <chrono>
#include <cstdint>

namespace culvert::runner {

/// Shares out a rate of record bytes among streams: a bucket of a tenth of a second. The rate may
/// change at any time; who waits already then waits by the new one. Thread-safe.
class RateLimiter {
 public:
  /// 0 bytes a second: no limit.
  explicit RateLimiter(double bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  /// Waits for the turn of `bytes`; returns how long that took. kCancelled on stop.
  Result<std::chrono::nanoseconds> Acquire(const OpContext& ctx, std::uint64_t bytes);

  /// From `now` on, a time of the clock that Acquire gets.
  void SetRate(double bytes_per_second, SteadyTime now);

 private:
  SteadyTime TurnOf(double bytes) const REQUIRES(mutex_);

  Mutex mutex_;
  double bytes_per_second_ GUARDED_BY(mutex_);
  // The stream of all bytes, as one number line: how far it is promised, and a point that it passes
  // (passed_ at time anchor_).
  bool started_ GUARDED_BY(mutex_) = false;
  double promised_ GUARDED_BY(mutex_) = 0;
  double passed_ GUARDED_BY(mutex_) = 0;
  SteadyTime anchor_ GUARDED_BY(mutex_);
};

}  // namespace culvert::runner
