// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/rate_limiter.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace culvert::runner {
namespace {

using std::chrono::duration;
using test::FailsWith;
using test::IsOk;

/// Takes a place and waits for it; how long that took.
Result<std::chrono::nanoseconds> Acquire(RateLimiter& limiter, const OpContext& ctx,
                                         std::uint64_t units) {
  const SteadyTime begin = ctx.clock.SteadyNow();
  if (const auto place = limiter.Take(units, begin)) CULVERT_TRY(limiter.Wait(ctx, *place));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(ctx.clock.SteadyNow() - begin);
}

TEST(RateLimiterTest, LetsBytesPassAtTheRate) {
  test::FakeContext context;
  RateLimiter limiter(1'000'000);
  const SteadyTime begin = context.clock().SteadyNow();
  for (int i = 0; i < 200; ++i) ASSERT_THAT(Acquire(limiter, context.ctx(), 50'000), IsOk());
  const double seconds = duration<double>(context.clock().SteadyNow() - begin).count();
  EXPECT_NEAR(seconds, 10.0, 0.15);  // but for the bucket of a tenth of a second
}

TEST(RateLimiterTest, DoesNotSaveUpOverAPause) {
  test::FakeContext context;
  RateLimiter limiter(1'000'000);
  ASSERT_THAT(Acquire(limiter, context.ctx(), 1), IsOk());
  context.clock().Advance(std::chrono::hours(1));
  const SteadyTime begin = context.clock().SteadyNow();
  for (int i = 0; i < 20; ++i) ASSERT_THAT(Acquire(limiter, context.ctx(), 100'000), IsOk());
  EXPECT_NEAR(duration<double>(context.clock().SteadyNow() - begin).count(), 1.9, 0.01);
}

TEST(RateLimiterTest, NoRateIsNoLimit) {
  test::FakeContext context;
  RateLimiter limiter(0);
  ASSERT_THAT(Acquire(limiter, context.ctx(), 1'000'000'000'000), IsOk());
  EXPECT_TRUE(context.clock().sleeps().empty());
}

TEST(RateLimiterTest, ANewRateHoldsFromItsTimeOn) {
  test::FakeContext context;
  RateLimiter limiter(1'000'000);
  const SteadyTime begin = context.clock().SteadyNow();
  ASSERT_THAT(Acquire(limiter, context.ctx(), 2'100'000), IsOk());
  EXPECT_NEAR(duration<double>(context.clock().SteadyNow() - begin).count(), 2.0, 0.01);
  limiter.SetRate(100'000, context.clock().SteadyNow());
  ASSERT_THAT(Acquire(limiter, context.ctx(), 100'000), IsOk());
  EXPECT_NEAR(duration<double>(context.clock().SteadyNow() - begin).count(), 3.0, 0.01);
  limiter.SetRate(0, context.clock().SteadyNow());
  ASSERT_THAT(Acquire(limiter, context.ctx(), 1'000'000'000), IsOk());
  limiter.SetRate(1'000'000, context.clock().SteadyNow());
  ASSERT_THAT(Acquire(limiter, context.ctx(), 1'100'000), IsOk());
  EXPECT_NEAR(duration<double>(context.clock().SteadyNow() - begin).count(), 4.0, 0.01);
}

/// Passes time on, and calls `at` once on the way.
class InterruptingClock final : public Clock {
 public:
  WallTime Now() const override { return clock_.Now(); }
  SteadyTime SteadyNow() const override { return clock_.SteadyNow(); }
  bool SleepUntil(SteadyTime deadline, const std::stop_token& stop) override {
    const bool reached = clock_.SleepUntil(deadline, stop);
    if (at) std::exchange(at, nullptr)();
    return reached;
  }
  std::function<void()> at;

 private:
  test::FakeClock clock_;
};

TEST(RateLimiterTest, WhoWaitsAlreadyWaitsByTheNewRate) {
  test::FakeContext context;
  InterruptingClock clock;
  RateLimiter limiter(1'000);
  clock.at = [&] { limiter.SetRate(1'000'000, clock.SteadyNow()); };
  OpContext ctx{.stop = {}, .clock = clock, .log = context.log()};
  const auto waited = Acquire(limiter, ctx, 1'000'000);  // 1,000 s by the rate it began with
  ASSERT_THAT(waited, IsOk());
  EXPECT_NEAR(duration<double>(*waited).count(), 1.5, 0.01);
}

TEST(RateLimiterTest, StopEndsTheWait) {
  test::FakeContext context;
  RateLimiter limiter(10);
  context.Stop();
  EXPECT_THAT(Acquire(limiter, context.ctx(), 1000), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace culvert::runner
