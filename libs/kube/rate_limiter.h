// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/op_context.h"

namespace culvert::kube {

/// A bucket of `burst` tokens that fills at `per_second`. Callers wait in turn. Thread-safe.
class RateLimiter {
 public:
  /// `per_second` of 0 never makes anybody wait.
  RateLimiter(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  /// Takes one token, after a wait if there is none. kCancelled, or kDeadlineExceeded at once when
  /// the wait would end behind the deadline.
  Status Take(const OpContext& ctx);

 private:
  const double per_second_;
  const double burst_;
  Mutex mutex_;
  SteadyTime full_at_ GUARDED_BY(mutex_) = SteadyTime::min();  // when the bucket is full again
};

}  // namespace culvert::kube
