// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/job_statements.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/fake_sql_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::IsOk;
using test::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

syncjob::Plan PlanWithStatements() {
  syncjob::Plan plan;
  plan.job = "default/copy";
  plan.created = "2026-01-02T03:04:05Z";
  syncjob::MaxComputeSource source;
  source.pre_sql = {"select 1"};
  source.post_sql = {"select 2"};
  plan.spec.source = source;
  syncjob::MaxComputeTarget target;
  target.pre_sql = {"select 3", "select 3"};
  target.post_sql = {"select 4", "select 5"};
  plan.spec.target = target;
  plan.sources.resize(1);
  return plan;
}

class JobStatementsTest : public ::testing::Test {
 protected:
  auto Run(StatementTime time) { return RunJobStatements(context_.ctx(), plan_, time, sides_); }

  test::FakeContext context_;
  test::FakeSqlClient source_;
  test::FakeSqlClient target_;
  const Sides sides_{.source = &source_, .target = &target_};
  syncjob::Plan plan_ = PlanWithStatements();
};

TEST_F(JobStatementsTest, RunInOrderWhereTheyBelong) {
  EXPECT_THAT(Run(StatementTime::kBefore),
              IsOkAndHolds(ElementsAre(syncjob::StatementRun{"source.preSql[0]", "i1"},
                                       syncjob::StatementRun{"target.preSql[0]", "i1"},
                                       syncjob::StatementRun{"target.preSql[1]", "i2"})));
  ASSERT_EQ(source_.submitted.size(), 1u);
  EXPECT_EQ(source_.submitted[0].sql, "select 1");
  EXPECT_EQ(target_.submitted.size(), 2u) << "equal statements are two, by their places";
}

TEST_F(JobStatementsTest, RunOnceInAnAttempt) {
  ASSERT_THAT(Run(StatementTime::kAfter), IsOk());
  ASSERT_THAT(Run(StatementTime::kAfter), IsOk());
  EXPECT_EQ(target_.submitted.size(), 2u);
  plan_.attempt = 2;
  ASSERT_THAT(Run(StatementTime::kAfter), IsOk());
  EXPECT_EQ(target_.submitted.size(), 4u);
}

TEST_F(JobStatementsTest, AFailureSaysWhichAndWhatItMeans) {
  target_.failing = {"select 3"};
  const auto before = Run(StatementTime::kBefore);
  EXPECT_THAT(before, FailsBecause("PreSqlFailed"));
  EXPECT_EQ(before.error().message,
            "target.preSql[0]: sql instance i1 failed: ODPS-0130071; no row was written");
  EXPECT_EQ(target_.submitted.size(), 1u);
  target_.failing.insert("select 5");
  const auto after = Run(StatementTime::kAfter);
  EXPECT_THAT(after, FailsBecause("PostSqlFailed"));
  EXPECT_THAT(after.error().message, HasSubstr("target.postSql[1]: "));
  EXPECT_THAT(after.error().message, HasSubstr("the rows of this run are committed"));
  // A process that comes after does not try again.
  const std::size_t submitted = target_.submitted.size();
  EXPECT_THAT(Run(StatementTime::kAfter), FailsBecause("PostSqlFailed"));
  EXPECT_EQ(target_.submitted.size(), submitted);
}

TEST_F(JobStatementsTest, WhatMayPassIsNoFailureOfTheStatement) {
  target_.lose_every_answer = true;
  const auto run = Run(StatementTime::kAfter);
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(run.error().reason, "");
}

TEST_F(JobStatementsTest, NothingRunsWhereNothingIsRead) {
  plan_.sources.clear();
  EXPECT_THAT(JobStatements(plan_, StatementTime::kBefore), IsEmpty());
  EXPECT_THAT(Run(StatementTime::kAfter), IsOkAndHolds(IsEmpty()));
}

// Feature: preSql and postSql
TEST_F(JobStatementsTest, WhatAnotherProcessRanIsFound) {
  EXPECT_THAT(FindPreSql(context_.ctx(), plan_, sides_), IsOkAndHolds(IsEmpty()));
  const auto ran = Run(StatementTime::kBefore);
  ASSERT_THAT(ran, IsOk());
  ASSERT_THAT(Run(StatementTime::kAfter), IsOk());
  source_.listed = target_.listed = 0;
  EXPECT_THAT(FindPreSql(context_.ctx(), plan_, sides_), IsOkAndHolds(*ran));
  EXPECT_EQ(source_.listed + target_.listed, 2);
  plan_.attempt = 2;
  EXPECT_THAT(FindPreSql(context_.ctx(), plan_, sides_), IsOkAndHolds(IsEmpty()));
  plan_.spec.source = syncjob::StreamSource{};
  plan_.spec.target = syncjob::StreamTarget{};
  EXPECT_THAT(FindPreSql(context_.ctx(), plan_, Sides{}), IsOkAndHolds(IsEmpty()));
}

TEST_F(JobStatementsTest, PostSqlThatBeganIsSeen) {
  EXPECT_THAT(PostSqlBegan(context_.ctx(), plan_, sides_), IsOkAndHolds(false));
  ASSERT_THAT(Run(StatementTime::kAfter), IsOk());
  EXPECT_THAT(PostSqlBegan(context_.ctx(), plan_, sides_), IsOkAndHolds(true));
  plan_.spec.source = syncjob::StreamSource{};
  plan_.spec.target = syncjob::StreamTarget{};
  EXPECT_THAT(PostSqlBegan(context_.ctx(), plan_, Sides{}), IsOkAndHolds(false));
}

TEST_F(JobStatementsTest, IdsDifferByAllThatTellsThemApart) {
  std::set<std::string> guids;
  for (const StatementTime time : {StatementTime::kBefore, StatementTime::kAfter}) {
    for (const JobStatement& one : JobStatements(plan_, time)) guids.insert(one.statement.guid);
  }
  EXPECT_EQ(guids.size(), 6u);
}

}  // namespace
}  // namespace culvert::runner
