// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/rate_window.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using std::chrono::seconds;

constexpr SteadyTime kStart{seconds(1000)};

TEST(RateWindowTest, BeginsAtTheStart) {
  RateWindow window(seconds(10), kStart);
  const auto rates = window.Sample(kStart + seconds(2), 100, 4000);
  EXPECT_DOUBLE_EQ(rates.rows_per_second, 50);
  EXPECT_DOUBLE_EQ(rates.bytes_per_second, 2000);
}

TEST(RateWindowTest, WhatWasThereBeforeIsNoSpeed) {
  RateWindow window(seconds(10), kStart, {.rows = 1000, .bytes = 7000});
  EXPECT_DOUBLE_EQ(window.Sample(kStart + seconds(2), 1100, 7000).rows_per_second, 50);
  EXPECT_DOUBLE_EQ(window.Overall(kStart + seconds(4), 1100, 7400).bytes_per_second, 100);
}

TEST(RateWindowTest, ForgetsWhatIsOlderThanTheWindow) {
  RateWindow window(seconds(10), kStart);
  for (int i = 1; i <= 20; ++i) window.Sample(kStart + seconds(i), 1000, 0);
  EXPECT_DOUBLE_EQ(window.Sample(kStart + seconds(21), 1100, 0).rows_per_second, 10);
  EXPECT_DOUBLE_EQ(window.Overall(kStart + seconds(22), 1100, 0).rows_per_second, 50);
}

TEST(RateWindowTest, RareLooksStillSeeTheTimeBetweenThem) {
  RateWindow window(seconds(10), kStart);
  window.Sample(kStart + seconds(100), 1000, 0);
  EXPECT_DOUBLE_EQ(window.Sample(kStart + seconds(200), 3000, 0).rows_per_second, 20);
}

TEST(RateWindowTest, ManyLooksAtOnceCostNoMemoryAndKeepTheRate) {
  RateWindow window(seconds(10), kStart);
  const SteadyTime now = kStart + seconds(1);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_DOUBLE_EQ(window.Sample(now, 10, 0).rows_per_second, 10) << i;
  }
}

TEST(RateWindowTest, NoRateIsBelowZero) {
  RateWindow window(seconds(10), kStart);
  window.Sample(kStart + seconds(1), 100, 100);
  window.Sample(kStart + seconds(11), 100, 100);
  EXPECT_DOUBLE_EQ(window.Sample(kStart + seconds(12), 50, 40).rows_per_second, 0);
}

}  // namespace
}  // namespace culvert::runner
