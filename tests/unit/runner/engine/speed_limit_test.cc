// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/speed_limit.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using test::IsOk;

double SecondsFor(SpeedLimit& limit, int turns, std::uint64_t rows, std::uint64_t bytes) {
  test::FakeContext context;
  const auto begin = context.clock().SteadyNow();
  for (int i = 0; i < turns; ++i) EXPECT_THAT(limit.Acquire(context.ctx(), rows, bytes), IsOk());
  return std::chrono::duration<double>(context.clock().SteadyNow() - begin).count();
}

// Feature: speed.recordsPerSecond
TEST(SpeedLimitTest, TheSlowerOfBothRules) {
  SpeedLimit by_rows({.bytes_per_second = 1e6, .rows_per_second = 100});
  EXPECT_NEAR(SecondsFor(by_rows, 100, 10, 1'000), 10, 0.5);  // 1,000 rows, 0.1 MB
  SpeedLimit by_bytes({.bytes_per_second = 1e6, .rows_per_second = 100'000});
  EXPECT_NEAR(SecondsFor(by_bytes, 100, 10, 50'000), 5, 0.3);  // 5 MB
}

TEST(SpeedLimitTest, EqualLimitsAreWaitedForOnce) {
  SpeedLimit limit({.bytes_per_second = 1e6, .rows_per_second = 1'000});
  EXPECT_NEAR(SecondsFor(limit, 10, 1'000, 1'000'000), 10, 0.2);
}

TEST(SpeedLimitTest, ZeroIsNoLimit) {
  SpeedLimit none(Rates{});
  EXPECT_EQ(SecondsFor(none, 100, 1'000'000, 1'000'000'000), 0);
  SpeedLimit rows_only({.bytes_per_second = 0, .rows_per_second = 1'000});
  EXPECT_NEAR(SecondsFor(rows_only, 50, 100, 1'000'000'000), 5, 0.3);
}

TEST(SpeedLimitTest, AProcessHasItsShare) {
  const syncjob::Speed speed{
      .throttle = true, .mbps = 12, .records_per_second = 500, .concurrent = 8};
  EXPECT_EQ(RatesOf(speed, 0.25), (Rates{.bytes_per_second = 3e6, .rows_per_second = 125}));
  EXPECT_EQ(RatesOf({.throttle = false, .mbps = 12, .records_per_second = 500}, 1), Rates{});
}

}  // namespace
}  // namespace culvert::runner
