// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/dirty_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

const SteadyTime kWindowStart{};

// Feature: Dirty rows in a window of time
TEST(DirtyWindowTest, CountsWhatTheWindowHolds) {
  DirtyWindow window({.length = seconds(10), .rows = 3});
  const int one = 1;
  EXPECT_FALSE(window.Add(kWindowStart, &one, 2));
  EXPECT_FALSE(window.Add(kWindowStart + seconds(9), &one, 1));
  // The first two are ten seconds old now, and out of it.
  EXPECT_FALSE(window.Add(kWindowStart + seconds(10), &one, 2));
  const auto passed = window.Add(kWindowStart + seconds(18), &one, 1);
  ASSERT_TRUE(passed.has_value());
  EXPECT_EQ(passed->reason, "DirtyLimitExceeded");
  EXPECT_THAT(passed->message, HasSubstr("4 dirty rows within 10 s, the limit is 3"));
}

TEST(DirtyWindowTest, ForgetsTheRowsOfATryThatFailed) {
  DirtyWindow window({.length = seconds(10), .rows = 3});
  const int one = 1;
  const int other = 2;
  EXPECT_FALSE(window.Add(kWindowStart, &one, 2));
  EXPECT_FALSE(window.Add(kWindowStart, &other, 1));
  window.Forget(&one);
  EXPECT_FALSE(window.Add(kWindowStart, &one, 2));
  window.Settle(&one);
  window.Forget(&one);
  EXPECT_TRUE(window.Add(kWindowStart, &other, 1));
}

TEST(DirtyWindowTest, IsThereWhereTheSpecHasOne) {
  syncjob::SyncJobSpec spec;
  EXPECT_EQ(DirtyWindow::Of(spec), nullptr);
  spec.error_window_seconds = 1;
  EXPECT_NE(DirtyWindow::Of(spec), nullptr);
}

}  // namespace
}  // namespace culvert::runner
