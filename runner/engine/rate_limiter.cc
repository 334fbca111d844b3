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

SteadyTime RateLimiter::TurnOf(Place place) const {
  return anchor_ + std::chrono::nanoseconds(
                       static_cast<std::int64_t>(std::min((place - passed_) * 1e9 / rate_, 1e18)));
}

std::optional<RateLimiter::Place> RateLimiter::Take(std::uint64_t units, SteadyTime now) {
  const MutexLock lock(mutex_);
  if (rate_ <= 0 || units == 0) return std::nullopt;
  // An idle bucket fills to a tenth of a second, not more: no burst after a pause.
  if (!started_ || TurnOf(promised_) < now - kBucket) {
    anchor_ = now - kBucket;
    passed_ = promised_;
  }
  started_ = true;
  promised_ += static_cast<double>(units);
  return promised_;
}

Status RateLimiter::Wait(const OpContext& ctx, Place place) {
  for (;;) {
    const SteadyTime now = ctx.clock.SteadyNow();
    SteadyTime turn = now;
    {
      const MutexLock lock(mutex_);
      if (rate_ > 0) turn = TurnOf(place);
    }
    if (turn <= now) return {};
    if (!ctx.clock.SleepUntil(std::min(turn, now + kLook), ctx.stop)) {
      return Fail(Cancelled("stopped"));
    }
  }
}

void RateLimiter::SetRate(double rate, SteadyTime now) {
  const MutexLock lock(mutex_);
  if (rate_ > 0 && started_) {
    passed_ += rate_ * std::chrono::duration<double>(now - anchor_).count();
    anchor_ = now;
  } else {
    started_ = false;  // nothing was promised while there was no limit
  }
  rate_ = rate;
}

}  // namespace culvert::runner
