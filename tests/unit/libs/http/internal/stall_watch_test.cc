// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/stall_watch.h"

#include <gtest/gtest.h>

namespace culvert::http::internal {
namespace {

using std::chrono::seconds;

TEST(StallWatchTest, StallsAfterAWindowWithoutBytes) {
  StallWatch watch(seconds(10), 1);
  EXPECT_FALSE(watch.Waited(seconds(9), 0));
  EXPECT_EQ(watch.Left(), seconds(1));
  EXPECT_TRUE(watch.Waited(seconds(1), 0));
}

TEST(StallWatchTest, EnoughBytesBeginANewWindow) {
  StallWatch watch(seconds(10), 100);
  EXPECT_FALSE(watch.Waited(seconds(10), 1000));
  EXPECT_EQ(watch.Left(), seconds(10));
  EXPECT_TRUE(watch.Waited(seconds(10), 999));
}

TEST(StallWatchTest, RestartForgetsTheWaiting) {
  StallWatch watch(seconds(10), 1);
  EXPECT_FALSE(watch.Waited(seconds(9), 0));
  watch.Restart();
  EXPECT_FALSE(watch.Waited(seconds(9), 0));
}

}  // namespace
}  // namespace culvert::http::internal
