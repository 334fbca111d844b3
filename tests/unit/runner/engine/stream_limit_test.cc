// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/stream_limit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace culvert::runner {
namespace {

TEST(StreamLimitTest, KeepsToItsBounds) {
  StreamLimit limit(3);
  EXPECT_EQ(limit.streams(), 3U);
  limit.Set(0);
  EXPECT_EQ(limit.streams(), 1U);
  limit.Set(1'000'000);
  EXPECT_EQ(limit.streams(), kStreamsMax);
}

TEST(StreamLimitTest, AStreamBelowTheLimitDoesNotWait) {
  StreamLimit limit(2);
  EXPECT_TRUE(limit.AwaitTurn(0, {}));
  EXPECT_TRUE(limit.AwaitTurn(1, {}));
}

TEST(StreamLimitTest, AHigherLimitWakesWhoRests) {
  StreamLimit limit(1);
  std::atomic<bool> worked = false;
  {
    const std::jthread stream([&](const std::stop_token&) { worked = limit.AwaitTurn(2, {}); });
    limit.Set(3);
  }
  EXPECT_TRUE(worked);
}

TEST(StreamLimitTest, TheEndOfTheWorkSendsThemHome) {
  StreamLimit limit(1);
  std::atomic<bool> worked = true;
  {
    const std::jthread stream([&](const std::stop_token&) { worked = limit.AwaitTurn(1, {}); });
    limit.Close();
  }
  EXPECT_FALSE(worked);
  EXPECT_FALSE(limit.AwaitTurn(0, {}));
}

TEST(StreamLimitTest, StopEndsTheRest) {
  StreamLimit limit(1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(limit.AwaitTurn(1, stop.get_token()));
}

}  // namespace
}  // namespace culvert::runner
