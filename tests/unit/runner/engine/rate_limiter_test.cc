// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/rate_limiter.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using std::chrono::duration;
using test::FailsWith;
using test::IsOk;

TEST(RateLimiterTest, LetsBytesPassAtTheRate) {
  test::FakeContext context;
  RateLimiter limiter(1'000'000);
  const SteadyTime begin = context.clock().SteadyNow();
  for (int i = 0; i < 200; ++i) ASSERT_THAT(limiter.Acquire(context.ctx(), 50'000), IsOk());
  const double seconds = duration<double>(context.clock().SteadyNow() - begin).count();
  EXPECT_NEAR(seconds, 10.0, 0.15);  // but for the bucket of a tenth of a second
}

TEST(RateLimiterTest, DoesNotSaveUpOverAPause) {
  test::FakeContext context;
  RateLimiter limiter(1'000'000);
  ASSERT_THAT(limiter.Acquire(context.ctx(), 1), IsOk());
  context.clock().Advance(std::chrono::hours(1));
  const SteadyTime begin = context.clock().SteadyNow();
  for (int i = 0; i < 20; ++i) ASSERT_THAT(limiter.Acquire(context.ctx(), 100'000), IsOk());
  EXPECT_NEAR(duration<double>(context.clock().SteadyNow() - begin).count(), 1.9, 0.01);
}

TEST(RateLimiterTest, NoRateIsNoLimit) {
  test::FakeContext context;
  RateLimiter limiter(0);
  ASSERT_THAT(limiter.Acquire(context.ctx(), 1'000'000'000'000), IsOk());
  EXPECT_TRUE(context.clock().sleeps().empty());
}

TEST(RateLimiterTest, StopEndsTheWait) {
  test::FakeContext context;
  RateLimiter limiter(10);
  context.Stop();
  EXPECT_THAT(limiter.Acquire(context.ctx(), 1000), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace culvert::runner
