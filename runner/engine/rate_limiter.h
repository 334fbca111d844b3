// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"
#include "libs/base/result.h"

#include <chrono>
#include <cstdint>

namespace culvert::runner {

/// A token bucket shared by all streams of a process: each stream reserves the time its bytes take
/// and sleeps until then, so that bytes leave at the rate whoever sends them. Thread-safe.
class RateLimiter {
 public:
  /// `bytes_per_second` 0: no limit. A bucket holds a tenth of a second.
  explicit RateLimiter(double bytes_per_second) : bytes_per_second_(bytes_per_second) {}

  /// Waits for the turn of `bytes`; returns how long that took. kCancelled on stop.
  Result<std::chrono::nanoseconds> Acquire(const OpContext& ctx, std::uint64_t bytes);

 private:
  const double bytes_per_second_;
  Mutex mutex_;
  bool started_ GUARDED_BY(mutex_) = false;
  SteadyTime next_ GUARDED_BY(mutex_);  // when the bucket is empty of reservations
};

}  // namespace culvert::runner
