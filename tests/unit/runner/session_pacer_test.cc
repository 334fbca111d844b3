// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/session_pacer.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using std::chrono::seconds;

TEST(SessionPacerTest, OpensNoMoreThanTheWindowAllows) {
  test::FakeContext context;
  SessionPacer pacer(200, seconds(300));
  const SteadyTime begin = context.clock().SteadyNow();
  for (int i = 0; i < 200; ++i) ASSERT_THAT(pacer.Next(context.ctx()), test::IsOk());
  EXPECT_EQ(context.clock().SteadyNow(), begin);
  for (int i = 0; i < 400; ++i) ASSERT_THAT(pacer.Next(context.ctx()), test::IsOk());
  EXPECT_EQ(context.clock().SteadyNow() - begin, seconds(600));
}

TEST(SessionPacerTest, TellsHowLongItTakes) {
  EXPECT_EQ(PacedOpening(0, 200, seconds(300)), seconds(0));
  EXPECT_EQ(PacedOpening(200, 200, seconds(300)), seconds(0));
  EXPECT_EQ(PacedOpening(201, 200, seconds(300)), seconds(300));
  EXPECT_EQ(PacedOpening(2000, 200, seconds(300)), seconds(2700));
}

}  // namespace
}  // namespace culvert::runner
