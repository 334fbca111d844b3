// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/rate_limiter.h"

namespace culvert::runner {
namespace {
constexpr std::chrono::milliseconds kBucket{100};
}  // namespace

Result<std::chrono::nanoseconds> RateLimiter::Acquire(const OpContext& ctx, std::uint64_t bytes) {
  if (bytes_per_second_ <= 0 || bytes == 0) return std::chrono::nanoseconds{0};
  const SteadyTime now = ctx.clock.SteadyNow();
  SteadyTime turn;
  {
    const MutexLock lock(mutex_);
    // An idle bucket fills to a tenth of a second, not more: no burst after a pause.
    if (!started_ || next_ < now - kBucket) next_ = now - kBucket;
    started_ = true;
    next_ += std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(bytes) * 1e9 / bytes_per_second_));
    turn = next_;
  }
  if (turn <= now) return std::chrono::nanoseconds{0};
  if (!ctx.clock.SleepUntil(turn, ctx.stop)) return Fail(Cancelled("stopped"));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(ctx.clock.SteadyNow() - now);
}

}  // namespace culvert::runner
