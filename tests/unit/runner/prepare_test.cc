// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/prepare.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"
#include "tests/unit/runner/fake_sql_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::IsOk;
using ::testing::ElementsAre;
using ::testing::SizeIs;

syncjob::Plan TruncatingPlan() {
  syncjob::Plan plan;
  plan.job = "default/copy";
  plan.created = "2026-01-02T03:04:05Z";
  plan.truncate_by_sql = true;
  syncjob::MaxComputeTarget target;
  target.table = "t";
  plan.spec.target = target;
  plan.targets = {{.partition = "dt=1,kind=a\\b"}, {.partition = "dt=2,kind=c"}};
  plan.sessions = {{.upload_id = "u1", .target = 0, .shard = 0},
                   {.upload_id = "u2", .target = 1, .shard = 0}};
  return plan;
}

TEST(PrepareTest, TruncatesEachPartitionOnce) {
  test::FakeContext context;
  test::FakeSqlClient client;
  const Sides sides{.source = &client, .target = &client};
  test::FakeTarget target(test::TestColumns());
  const syncjob::Plan plan = TruncatingPlan();
  ASSERT_THAT(Prepare(context.ctx(), plan, sides, target), IsOk());
  ASSERT_THAT(client.submitted, SizeIs(2));
  EXPECT_EQ(client.submitted[0].sql, "TRUNCATE TABLE `t` PARTITION (`dt`='1',`kind`='a\\\\b');");
  ASSERT_THAT(Prepare(context.ctx(), plan, sides, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(2)) << "the statements are recognised by their ids";
}

TEST(PrepareTest, LooksForAStatementWhoseAnswerWasLost) {
  test::FakeContext context;
  test::FakeSqlClient client;
  const Sides sides{.source = &client, .target = &client};
  client.lose_next_answer = true;
  test::FakeTarget target(test::TestColumns());
  ASSERT_THAT(Prepare(context.ctx(), TruncatingPlan(), sides, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(2));
}

TEST(PrepareTest, TouchesNothingOnceABlockIsThere) {
  test::FakeContext context;
  test::FakeSqlClient client;
  const Sides sides{.source = &client, .target = &client};
  test::FakeTarget target(test::TestColumns());
  target.blocks[1][7].rows = 3;
  ASSERT_THAT(Prepare(context.ctx(), TruncatingPlan(), sides, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(0));
}

TEST(PrepareTest, TouchesNothingOnceASessionIsCommitted) {
  test::FakeContext context;
  test::FakeSqlClient client;
  const Sides sides{.source = &client, .target = &client};
  test::FakeTarget target(test::TestColumns());
  target.states[0] = SessionState::kCommitted;
  ASSERT_THAT(Prepare(context.ctx(), TruncatingPlan(), sides, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(0));
}

TEST(PrepareTest, NeverTakesABrokenPartitionForTheWholeTable) {
  test::FakeContext context;
  test::FakeSqlClient client;
  const Sides sides{.source = &client, .target = &client};
  test::FakeTarget target(test::TestColumns());
  syncjob::Plan plan = TruncatingPlan();
  plan.targets[1].partition = "dt=";
  EXPECT_FALSE(Prepare(context.ctx(), plan, sides, target));
  EXPECT_THAT(client.submitted, SizeIs(0));
}

TEST(PrepareTest, RunsPreSqlBeforeItEmptiesTheTarget) {
  test::FakeContext context;
  test::FakeSqlClient client;
  const Sides sides{.source = &client, .target = &client};
  test::FakeTarget target(test::TestColumns());
  syncjob::Plan plan = TruncatingPlan();
  plan.sources.resize(1);
  std::get<syncjob::MaxComputeTarget>(plan.spec.target).pre_sql = {"insert into log select 1"};
  const auto runs = Prepare(context.ctx(), plan, sides, target);
  ASSERT_THAT(runs, IsOk());
  EXPECT_THAT(*runs, ElementsAre(syncjob::StatementRun{"target.preSql[0]", "i1"}));
  ASSERT_THAT(client.submitted, SizeIs(3));
  EXPECT_EQ(client.submitted[0].sql, "insert into log select 1");
}

// An overwriting session cannot be aborted, so a new attempt takes over the one with the blocks of
// the old one.
TEST(PrepareTest, BlocksOfAnEarlierAttemptDoNotStandForPreSql) {
  test::FakeContext context;
  test::FakeSqlClient client;
  const Sides sides{.source = &client, .target = &client};
  test::FakeTarget target(test::TestColumns());
  target.blocks[0][7].rows = 3;
  syncjob::Plan plan = TruncatingPlan();
  plan.sources.resize(1);
  plan.truncate_by_sql = false;
  auto& table = std::get<syncjob::MaxComputeTarget>(plan.spec.target);
  table.truncate = true;
  table.pre_sql = {"select 1"};
  ASSERT_THAT(Prepare(context.ctx(), plan, sides, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(0)) << "this attempt wrote the block";
  plan.attempt = 2;
  ASSERT_THAT(Prepare(context.ctx(), plan, sides, target), IsOk());
  EXPECT_THAT(client.submitted, SizeIs(1));
}

TEST(PrepareTest, GivesEachAttemptItsOwnIds) {
  syncjob::Plan plan = TruncatingPlan();
  const std::string first = TruncateStatements(plan).value()[0].guid;
  plan.attempt = 2;
  EXPECT_NE(TruncateStatements(plan).value()[0].guid, first);
  plan.truncate_by_sql = false;
  EXPECT_THAT(TruncateStatements(plan).value(), SizeIs(0));
}

}  // namespace
}  // namespace culvert::runner
