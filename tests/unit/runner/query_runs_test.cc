// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/query_runs.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/fake_sql_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::IsOkAndHolds;

std::vector<Statement> Selects(std::size_t count) {
  std::vector<Statement> statements;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string sql = "SELECT " + std::to_string(i);
    statements.push_back({.sql = sql, .guid = GuidOf(sql)});
  }
  return statements;
}

TEST(QueryRunsTest, RunsAFewAtATimeInOrder) {
  const test::FakeContext context;
  test::FakeSqlClient client;
  QueryRuns runs(Selects(QueryRuns::kAtOnce + 2), std::nullopt, client);
  EXPECT_THAT(runs.Wait(context.ctx(), 0), IsOkAndHolds("i1"));
  EXPECT_EQ(client.submitted.size(), QueryRuns::kAtOnce);
  EXPECT_TRUE(client.submitted[0].idempotent);
  for (std::size_t i = 1; i < QueryRuns::kAtOnce + 2; ++i) {
    EXPECT_THAT(runs.Wait(context.ctx(), i), IsOkAndHolds("i" + std::to_string(i + 1)));
  }
  EXPECT_EQ(client.submitted.size(), QueryRuns::kAtOnce + 2);
  EXPECT_EQ(client.listed, 0u) << "nothing can have been submitted before";
}

TEST(QueryRunsTest, TakesOverWhatAnInterruptedPlanSubmitted) {
  const test::FakeContext context;
  test::FakeSqlClient client;
  client.instance_of[GuidOf("SELECT 1")] = "old1";
  QueryRuns runs(Selects(3), WallTime{}, client);
  EXPECT_THAT(runs.Wait(context.ctx(), 0), IsOkAndHolds("i1"));
  EXPECT_THAT(runs.Wait(context.ctx(), 1), IsOkAndHolds("old1"));
  EXPECT_THAT(runs.Wait(context.ctx(), 2), IsOkAndHolds("i2"));
  EXPECT_EQ(client.submitted.size(), 2u);
  EXPECT_EQ(client.listed, 1u);
}

TEST(QueryRunsTest, RunsAgainWhatFailedInAnInterruptedPlan) {
  const test::FakeContext context;
  test::FakeSqlClient client;
  client.instance_of[GuidOf("SELECT 0")] = "old0";
  client.failing = {"old0"};
  QueryRuns runs(Selects(2), WallTime{}, client);
  EXPECT_THAT(runs.Wait(context.ctx(), 0), IsOkAndHolds("i2"));
  EXPECT_THAT(runs.Wait(context.ctx(), 1), IsOkAndHolds("i1"));
}

TEST(QueryRunsTest, AFailureIsTheServices) {
  const test::FakeContext context;
  test::FakeSqlClient client;
  client.failing = {"SELECT 0"};
  QueryRuns runs(Selects(1), std::nullopt, client);
  EXPECT_THAT(runs.Wait(context.ctx(), 0), FailsBecause("SqlFailed"));
  EXPECT_EQ(client.submitted.size(), 1u);
}

}  // namespace
}  // namespace culvert::runner
