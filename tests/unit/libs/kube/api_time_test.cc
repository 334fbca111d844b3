// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/api_time.h"

#include "tests/support/fake_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace culvert::kube {
namespace {

using std::chrono::milliseconds;

TEST(ApiTimeTest, WaitsAddUp) {
  test::FakeClock clock;
  const auto before = ApiTimeOfThread();
  for (const int length : {3, 4}) {
    const ApiWait wait(clock);
    clock.Advance(milliseconds(length));
  }
  clock.Advance(milliseconds(100));
  EXPECT_EQ(ApiTimeOfThread() - before, milliseconds(7));
}

TEST(ApiTimeTest, EachThreadHasItsOwn) {
  test::FakeClock clock;
  const auto before = ApiTimeOfThread();
  std::thread([&clock] {
    const auto fresh = ApiTimeOfThread();
    const ApiWait wait(clock);
    clock.Advance(milliseconds(5));
    EXPECT_EQ(fresh.count(), 0);
  }).join();
  EXPECT_EQ(ApiTimeOfThread(), before);
}

}  // namespace
}  // namespace culvert::kube
