// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/commit_step.h"

#include "runner/job_statements.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/fake_sql_client.h"
#include "tests/unit/runner/two_sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using CommitFault = test::FakeTarget::CommitFault;

class CommitStepTest : public ::testing::Test {
 protected:
  CommitStepTest() { test::HoldAll(plan_, target_); }

  Result<syncjob::RunReport> Commit() {
    return CommitRun(context_.ctx(), plan_, reports_, sides_, target_, word_);
  }
  /// Nothing may be visible, and nothing may say so.
  void ExpectUntouched() {
    EXPECT_EQ(target_.commits, 0);
    EXPECT_EQ(test::SessionsTold(word_), 0U);
  }
  /// Rows of shard 0 that its blocks do not have.
  void LeaveOut(std::uint64_t dirty, std::uint64_t filtered) {
    reports_[0].rows_dirty = dirty;
    reports_[0].rows_filtered = filtered;
    reports_[0].rows_written = reports_[0].rows_read - dirty - filtered;
    target_.blocks[0][2].rows = 20 - dirty - filtered;
  }

  test::FakeContext context_;
  syncjob::Plan plan_ = test::TwoSessionPlan();
  std::vector<syncjob::ShardReport> reports_ = test::WholeReports(plan_);
  test::FakeTarget target_{test::TestColumns()};
  Sides sides_;
  LastWord word_{syncjob::Step::kCommit};
};

TEST_F(CommitStepTest, CommitsEachSessionOnceAndReports) {
  context_.clock().Advance(std::chrono::seconds(90));
  const auto report = Commit();
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(target_.commits, 2);
  EXPECT_EQ(test::SessionsTold(word_), 2U);
  EXPECT_EQ(report->job, "default/copy");
  EXPECT_EQ(report->attempt, 1);
  EXPECT_EQ(report->outcome, "Succeeded");
  EXPECT_EQ(report->shards, 2U);
  EXPECT_EQ(report->totals.rows_read, 60U);
  EXPECT_EQ(report->totals.rows_written, 60U);
  EXPECT_EQ(report->totals.route, "pass-through");
  EXPECT_THAT(report->committed_partitions, ElementsAre("dt=1", "dt=2"));
  EXPECT_EQ(report->started, "2026-01-02T03:04:05Z");
  EXPECT_EQ(report->finished, "2026-01-02T03:05:35Z");
  EXPECT_EQ(report->seconds, 90);
  EXPECT_EQ(report->verified, "count");
}

TEST_F(CommitStepTest, ATableWithoutPartitionsIsNamed) {
  plan_.targets = {{.partition = ""}};
  plan_.sessions[1].target = 0;
  EXPECT_THAT(Commit()->committed_partitions, ElementsAre("t"));
}

TEST_F(CommitStepTest, MoreDirtyRowsThanAllowedCommitNothing) {
  plan_.spec.error_limit_record = 2;
  LeaveOut(3, 0);
  const auto report = Commit();
  EXPECT_THAT(report, FailsBecause("DirtyLimitExceeded"));
  EXPECT_THAT(report.error().message, HasSubstr("3 dirty rows, the limit is 2"));
  ExpectUntouched();
  plan_.spec.error_limit_record = 3;
  EXPECT_THAT(Commit(), IsOk());
}

TEST_F(CommitStepTest, FilteredRowsAreNotDirty) {
  LeaveOut(0, 5);
  const auto report = Commit();
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->totals.rows_filtered, 5U);
  EXPECT_EQ(report->totals.rows_written, 55U);
}

TEST_F(CommitStepTest, ReportsThatDoNotAddUpToThePlanCommitNothing) {
  for (const int change : {0, 1, 2}) {
    reports_ = test::WholeReports(plan_);
    if (change == 0) reports_.pop_back();              // a shard is missing
    if (change == 1) reports_.push_back(reports_[1]);  // or there twice
    if (change == 2) reports_[0].rows_written -= 1;    // or a row lost
    EXPECT_THAT(Commit(), FailsBecause("BlockListMismatch")) << change;
    ExpectUntouched();
  }
}

// The last session decides as the first does: either all of them are committed or none.
TEST_F(CommitStepTest, BlocksThatDifferCommitNothing) {
  const auto refused = [&](const std::string& what) {
    const auto report = Commit();
    EXPECT_THAT(report, FailsBecause("BlockListMismatch"));
    EXPECT_THAT(report.error().message, HasSubstr(what));
    ExpectUntouched();
  };
  target_.blocks[1][1].rows = 29;
  refused("t/dt=2 are not those of the plan: block 1 has 29 rows, 30 were written");
  target_.blocks[1].erase(1);
  refused("block 1 is missing");
  target_.blocks[1][1].rows = 30;
  target_.blocks[1][9].rows = 1;
  refused("block 9 is not in the plan");
}

// Where rows were left out, those of a block are known within bounds; their sum is known.
TEST_F(CommitStepTest, ASumThatDiffersCommitsNothing) {
  plan_.spec.error_limit_record = 10;
  LeaveOut(3, 0);
  target_.blocks[0][2].rows = 18;
  const auto report = Commit();
  EXPECT_THAT(report, FailsBecause("BlockListMismatch"));
  EXPECT_THAT(report.error().message, HasSubstr("the service holds 58 rows, 57 were written"));
  ExpectUntouched();
}

TEST_F(CommitStepTest, GoesOnWhereAnEarlierProcessStopped) {
  target_.states[0] = SessionState::kCommitted;
  ASSERT_THAT(Commit(), IsOk());
  EXPECT_EQ(target_.commits, 1);
  EXPECT_EQ(target_.states[1], SessionState::kCommitted);
  EXPECT_EQ(test::SessionsTold(word_), 2U);
  ASSERT_THAT(Commit(), IsOk());
  EXPECT_EQ(target_.commits, 1);
}

TEST_F(CommitStepTest, ASessionThatIsLostMayBeCommitted) {
  target_.states[1] = SessionState::kLost;
  const auto report = Commit();
  EXPECT_THAT(report, FailsBecause("CommitOutcomeUnknown"));
  EXPECT_THAT(report.error().message, HasSubstr("t/dt=2"));
}

TEST_F(CommitStepTest, AnUnknownOutcomeStopsTheRest) {
  target_.commit_faults = {CommitFault::kLose};
  EXPECT_THAT(Commit(), FailsBecause("CommitOutcomeUnknown"));
  EXPECT_EQ(target_.commits, 1);
  EXPECT_EQ(target_.states[1], SessionState::kOpen);
  EXPECT_EQ(test::SessionsTold(word_), 1U);
}

TEST_F(CommitStepTest, ALostAnswerIsAskedFor) {
  target_.commit_faults = {CommitFault::kApplyThenFail, CommitFault::kSettle};
  EXPECT_THAT(Commit(), IsOk());
  EXPECT_EQ(target_.commits, 2);
}

TEST_F(CommitStepTest, ARefusalIsPassedOn) {
  target_.commit_faults = {CommitFault::kRefuse};
  EXPECT_THAT(Commit(), FailsWith(ErrorCode::kPermissionDenied));
  EXPECT_EQ(target_.states[1], SessionState::kOpen);
}

TEST_F(CommitStepTest, ASessionThatCannotBeAskedCommitsNothing) {
  target_.load_errors[1] = Unavailable("no answer");
  EXPECT_THAT(Commit(), FailsWith(ErrorCode::kUnavailable));
  ExpectUntouched();
}

TEST_F(CommitStepTest, AStopCommitsNothing) {
  context_.Stop();
  EXPECT_THAT(Commit(), FailsWith(ErrorCode::kCancelled));
  ExpectUntouched();
}

TEST_F(CommitStepTest, SessionsOfShardsAreTheirs) {
  plan_.sessions[0].shard = 0;
  plan_.sessions[1].shard = 1;
  target_.states[0] = target_.states[1] = SessionState::kCommitted;
  const auto report = Commit();
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(target_.commits, 0);
  EXPECT_THAT(report->committed_partitions, ElementsAre("dt=1", "dt=2"));
}

TEST_F(CommitStepTest, ATargetWithoutSessionsIsOnlyCounted) {
  test::SessionlessTarget target;
  const auto report = CommitRun(context_.ctx(), plan_, reports_, sides_, target, word_);
  ASSERT_THAT(report, IsOk());
  EXPECT_THAT(report->committed_partitions, IsEmpty());
  EXPECT_EQ(report->totals.rows_written, 60U);
}

// An overwriting session cannot be aborted: a new attempt finds the blocks of the one before it.
TEST_F(CommitStepTest, BlocksOfAnEarlierAttemptAreEmptied) {
  plan_.attempt = 2;
  test::Replace(plan_, false);
  target_.blocks[0][7].rows = 5;
  ASSERT_THAT(Commit(), IsOk());
  EXPECT_EQ(target_.blocks[0][7].rows, 0U);
  EXPECT_EQ(target_.commits, 2);
}

TEST_F(CommitStepTest, BlocksOfNobodyAreNot) {
  test::Replace(plan_, false);
  target_.blocks[0][7].rows = 5;
  EXPECT_THAT(Commit(), FailsBecause("BlockListMismatch"));
  EXPECT_EQ(target_.blocks[0][7].rows, 5U);
  ExpectUntouched();
}

TEST_F(CommitStepTest, NothingIsVerifiedWhereNothingShallBe) {
  plan_.spec.verify = syncjob::Verify::kNone;
  EXPECT_EQ(Commit()->verified, "");
}

// What postSql changed is not what was written: once it began, the rows have been read back.
TEST_F(CommitStepTest, RowsAreNotReadBackOncePostSqlBegan) {
  test::FakeSqlClient client;  // has no rows to read
  sides_ = {.source = &client, .target = &client};
  plan_.spec.verify = syncjob::Verify::kContentHash;
  std::get<syncjob::MaxComputeTarget>(plan_.spec.target).post_sql = {"delete from t"};
  const auto statements = JobStatements(plan_, StatementTime::kAfter);
  ASSERT_EQ(statements.size(), 1U);
  client.instance_of[statements[0].statement.guid] = "i1";
  const auto report = Commit();
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->verified, "content hash");
}

}  // namespace
}  // namespace culvert::runner
