// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/rate_limiter.h"

#include <algorithm>
#include <chrono>

namespace culvert::kube {

Status RateLimiter::Take(const OpContext& ctx) {
  if (per_second_ <= 0) return ctx.Check();
  using Seconds = std::chrono::duration<double>;
  const auto token = std::chrono::duration_cast<SteadyTime::duration>(Seconds(1 / per_second_));
  const auto depth =
      std::chrono::duration_cast<SteadyTime::duration>(Seconds(burst_ / per_second_));
  SteadyTime begin;
  {
    const MutexLock lock(mutex_);
    const SteadyTime now = ctx.clock.SteadyNow();
    const SteadyTime full_at = std::max(full_at_, now) + token;
    begin = full_at - depth;
    if (begin > ctx.deadline) {
      return Fail(DeadlineExceeded("the client's own rate limit would outlast the deadline"));
    }
    full_at_ = full_at;
  }
  if (!ctx.clock.SleepUntil(begin, ctx.stop)) return Fail(Cancelled("stopped"));
  return {};
}

}  // namespace culvert::kube
