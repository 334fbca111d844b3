// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/rate_limiter.h"

#include "libs/base/log.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes
using std::chrono::milliseconds;

class KubeRateLimiterTest : public testing::Test {
 protected:
  OpContext Context(milliseconds budget = milliseconds(1'000'000)) {
    return {.stop = {}, .deadline = clock_.SteadyNow() + budget, .clock = clock_, .log = log_};
  }
  FakeClock clock_;
  Logger log_{LogLevel::kError, clock_, [](std::string_view) {}};
};

TEST_F(KubeRateLimiterTest, ABurstPassesThenTheRateRules) {
  RateLimiter limiter(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(limiter.Take(Context()), IsOk());
  EXPECT_TRUE(clock_.sleeps().empty());
  EXPECT_THAT(limiter.Take(Context()), IsOk());
  EXPECT_THAT(limiter.Take(Context()), IsOk());
  EXPECT_EQ(clock_.sleeps(),
            (std::vector<std::chrono::nanoseconds>{milliseconds(100), milliseconds(100)}));
}

TEST_F(KubeRateLimiterTest, QuietTimeFillsTheBucketAgain) {
  RateLimiter limiter(10, 2);
  for (int i = 0; i < 2; ++i) EXPECT_THAT(limiter.Take(Context()), IsOk());
  clock_.Advance(milliseconds(5'000));
  for (int i = 0; i < 2; ++i) EXPECT_THAT(limiter.Take(Context()), IsOk());
  EXPECT_TRUE(clock_.sleeps().empty());
}

TEST_F(KubeRateLimiterTest, AWaitBeyondTheDeadlineFailsAtOnceAndTakesNothing) {
  RateLimiter limiter(1, 1);
  EXPECT_THAT(limiter.Take(Context()), IsOk());
  EXPECT_THAT(limiter.Take(Context(milliseconds(500))), FailsWith(ErrorCode::kDeadlineExceeded));
  EXPECT_THAT(limiter.Take(Context(milliseconds(1'000))), IsOk());
}

TEST_F(KubeRateLimiterTest, ZeroMeansNoLimit) {
  RateLimiter limiter(0, 0);
  for (int i = 0; i < 1'000; ++i) EXPECT_THAT(limiter.Take(Context()), IsOk());
  EXPECT_TRUE(clock_.sleeps().empty());
}

}  // namespace
}  // namespace culvert::kube
