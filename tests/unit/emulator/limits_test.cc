// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/limits.h"

#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::emulator {
namespace {

using test::FailsBecause;
using test::IsOk;

const TableKey kTable{.project = "p", .schema = "", .name = "t"};

TEST(RateLimiterTest, LetsTheWindowsCountThroughAndNoMore) {
  test::FakeClock clock;
  Limits limits;
  limits.rates = true;
  limits.download_sessions_per_window = 3;
  RateLimiter limiter(limits, clock);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(limiter.Admit(RateKind::kDownloadSession, kTable), IsOk());
    clock.Advance(std::chrono::seconds(10));
  }
  const Status refused = limiter.Admit(RateKind::kDownloadSession, kTable);
  ASSERT_THAT(refused, FailsBecause("FlowExceeded"));
  EXPECT_EQ(refused.error().retry_after, std::chrono::seconds(270));
  EXPECT_THAT(limiter.Admit(RateKind::kUploadSession, kTable), IsOk());
  EXPECT_THAT(
      limiter.Admit(RateKind::kDownloadSession, {.project = "p", .schema = "", .name = "u"}),
      IsOk());
  clock.Advance(std::chrono::seconds(270));
  EXPECT_THAT(limiter.Admit(RateKind::kDownloadSession, kTable), IsOk());
}

TEST(RateLimiterTest, CountsNothingWhenItIsOff) {
  test::FakeClock clock;
  Limits limits;
  limits.blocks_per_window = 0;
  RateLimiter limiter(limits, clock);
  EXPECT_THAT(limiter.Admit(RateKind::kBlock, kTable), IsOk());
}

TEST(RateLimiterTest, LendsSlots) {
  test::FakeClock clock;
  Limits limits;
  limits.slots = 1;
  RateLimiter limiter(limits, clock);
  ASSERT_THAT(limiter.TakeSlot(), IsOk());
  EXPECT_THAT(limiter.TakeSlot(), FailsBecause("FlowExceeded"));
  limiter.ReleaseSlot();
  EXPECT_THAT(limiter.TakeSlot(), IsOk());
}

TEST(ThrottleTest, HoldsTheRateOverTime) {
  test::FakeClock clock;
  Throttle throttle(10'000'000, clock);
  const SteadyTime begin = clock.SteadyNow();
  for (int i = 0; i < 100; ++i) throttle.Pass(1'000'000, {});
  const std::chrono::duration<double> spent = clock.SteadyNow() - begin;
  EXPECT_NEAR(spent.count(), 10.0, 0.3);
}

TEST(ThrottleTest, NeverWaitsWithoutARate) {
  test::FakeClock clock;
  Throttle throttle(0, clock);
  throttle.Pass(1'000'000'000, {});
  EXPECT_TRUE(clock.sleeps().empty());
  EXPECT_FALSE(throttle.active());
}

}  // namespace
}  // namespace culvert::emulator
