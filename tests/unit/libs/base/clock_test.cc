// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/clock.h"

#include <gtest/gtest.h>

namespace culvert {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(SystemClockTest, SleepsUntilTheDeadline) {
  const auto clock = MakeSystemClock();
  const SteadyTime deadline = clock->SteadyNow() + milliseconds(5);
  EXPECT_TRUE(clock->SleepUntil(deadline, {}));
  EXPECT_GE(clock->SteadyNow(), deadline);
}

TEST(SystemClockTest, StopEndsASleep) {
  const auto clock = MakeSystemClock();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(clock->SleepUntil(clock->SteadyNow() + hours(1), stop.get_token()));
}

TEST(SystemClockTest, APastDeadlineIsReachedAtOnce) {
  const auto clock = MakeSystemClock();
  EXPECT_TRUE(clock->SleepUntil(clock->SteadyNow() - hours(1), {}));
}

}  // namespace
}  // namespace culvert
