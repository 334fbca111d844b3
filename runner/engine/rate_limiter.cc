// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/rate_limiter.h"

#include <algorithm>

namespace culvert::runner {
namespace {
constexpr std::chrono::milliseconds kBucket{100};
/// How often a waiting stream looks whether the rate has changed.
constexpr std::chrono::milliseconds kLook{500};
}  // namespace

SteadyTime RateLimiter::TurnOf(double bytes) const {
  return anchor_ + std::chrono::nanoseconds(static_cast<std::int64_t>(
                       std::min((bytes - passed_) * 1e9 / bytes_per_second_, 1e18)));
}

Result<std::chrono::nanoseconds> RateLimiter::Acquire(const OpContext& ctx, std::uint64_t bytes) {
  const SteadyTime begin = ctx.clock.SteadyNow();
  double last = 0;
  {
    const MutexLock lock(mutex_);
    if (bytes_per_second_ <= 0 || bytes == 0) return std::chrono::nanoseconds{0};
    // An idle bucket fills to a tenth of a second, not more: no burst after a pause.
    if (!started_ || TurnOf(promised_) < begin - kBucket) {
      anchor_ = begin - kBucket;
      passed_ = promised_;
    }
    started_ = true;
    promised_ += static_cast<double>(bytes);
    last = promised_;
  }
  for (;;) {
    const SteadyTime now = ctx.clock.SteadyNow();
    SteadyTime turn = now;
    {
      const MutexLock lock(mutex_);
      if (bytes_per_second_ > 0) turn = TurnOf(last);
    }
    if (turn <= now) return std::chrono::duration_cast<std::chrono::nanoseconds>(now - begin);
    if (!ctx.clock.SleepUntil(std::min(turn, now + kLook), ctx.stop)) {
      return Fail(Cancelled("stopped"));
    }
  }
}

void RateLimiter::SetRate(double bytes_per_second, SteadyTime now) {
  const MutexLock lock(mutex_);
  if (bytes_per_second_ > 0 && started_) {
    passed_ += bytes_per_second_ * std::chrono::duration<double>(now - anchor_).count();
    anchor_ = now;
  } else {
    started_ = false;  // nothing was promised while there was no limit
  }
  bytes_per_second_ = bytes_per_second;
}

}  // namespace culvert::runner
