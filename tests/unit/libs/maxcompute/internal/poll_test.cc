// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/poll.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

#include <chrono>

namespace culvert::maxcompute::internal {
namespace {

using std::chrono::milliseconds;
using test::FailsWith;
using test::IsOk;
using ::testing::ElementsAre;

constexpr PollPace kPace{.first = milliseconds(100), .longest = milliseconds(300)};

TEST(PollTest, WaitsDoubleUpToTheLongest) {
  const test::FakeContext env;
  Poll poll(kPace);
  for (int i = 0; i < 4; ++i) EXPECT_THAT(poll.Wait(env.ctx()), IsOk());
  EXPECT_THAT(env.clock().sleeps(), ElementsAre(milliseconds(100), milliseconds(200),
                                                milliseconds(300), milliseconds(300)));
}

TEST(PollTest, EndsBeforeTheDeadlineAndOnStop) {
  test::FakeContext env;
  Poll poll(kPace);
  EXPECT_THAT(poll.Wait(env.ctx().WithTimeout(milliseconds(100))),
              FailsWith(ErrorCode::kDeadlineExceeded));
  env.Stop();
  EXPECT_THAT(poll.Wait(env.ctx()), FailsWith(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace culvert::maxcompute::internal
