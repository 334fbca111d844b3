// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/statement.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/fake_sql_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOkAndHolds;

class StatementTest : public ::testing::Test {
 protected:
  Result<std::string> Run(AfterFailure after_failure = AfterFailure::kGiveUp) {
    return RunOnce(context_.ctx(), {.sql = "delete from t", .guid = GuidOf("seed")}, WallTime{},
                   after_failure, client_);
  }
  test::FakeContext context_;
  test::FakeSqlClient client_;
};

TEST_F(StatementTest, IdsComeFromTheirSeed) {
  EXPECT_EQ(GuidOf("a").size(), 32u);
  EXPECT_EQ(GuidOf("a"), GuidOf("a"));
  EXPECT_NE(GuidOf("a"), GuidOf("b"));
}

TEST_F(StatementTest, RunsOnceHoweverOftenItIsAskedFor) {
  EXPECT_THAT(Run(), IsOkAndHolds("i1"));
  EXPECT_THAT(Run(), IsOkAndHolds("i1"));
  ASSERT_EQ(client_.submitted.size(), 1u);
  EXPECT_FALSE(client_.submitted[0].idempotent);
}

TEST_F(StatementTest, ALostAnswerIsLookedFor) {
  client_.lose_next_answer = true;
  EXPECT_THAT(Run(), IsOkAndHolds("i1"));
  EXPECT_EQ(client_.submitted.size(), 1u);
}

TEST_F(StatementTest, GivesUpWhenNoAnswerComes) {
  client_.lose_every_answer = true;
  EXPECT_THAT(Run(), FailsWith(ErrorCode::kUnavailable));
}

TEST_F(StatementTest, AFailedStatementIsRepeatedOnlyWhereItMay) {
  client_.failing = {"delete from t"};
  EXPECT_THAT(Run(), FailsBecause("SqlFailed"));
  EXPECT_THAT(Run(), FailsBecause("SqlFailed"));
  EXPECT_EQ(client_.submitted.size(), 1u);
  client_.failing = {"i1"};
  EXPECT_THAT(Run(AfterFailure::kRunAgain), IsOkAndHolds("i2"));
}

}  // namespace
}  // namespace culvert::runner
