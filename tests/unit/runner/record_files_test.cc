// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/record_files.h"

#include "libs/base/file.h"
#include "libs/syncjob/plan_parcel.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/libs/syncjob/plan_support.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using syncjob::APlan;
using test::FailsBecause;
using test::FailsWith;
using test::IsOk;

class RecordFilesTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    ASSERT_THAT(WriteFileDurably(dir_ / name, text), IsOk());
  }
  const test::TempDir dir_;
};

TEST_F(RecordFilesTest, APlanIsAFileOrARecord) {
  Write("by-hand.json", syncjob::PlanToJson(APlan()));
  auto plan = ReadPlan(dir_ / "by-hand.json");
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(syncjob::PlanHash(*plan), syncjob::PlanHash(APlan()));
  Write(syncjob::kPlanFile, syncjob::PlanToJson(APlan()));
  Write(syncjob::kSummaryFile, syncjob::SummaryToJson(syncjob::Summarize(APlan())));
  EXPECT_THAT(ReadPlan(dir_.path()), IsOk());
  syncjob::Plan other = APlan();
  other.seed = 1;
  Write(syncjob::kPlanFile, syncjob::PlanToJson(other));
  EXPECT_THAT(ReadPlan(dir_.path()), FailsBecause("PlanInvalid"));
  EXPECT_THAT(ReadPlan(dir_ / "nowhere"), FailsBecause("PlanInvalid"));
}

TEST_F(RecordFilesTest, PiecesMakeAPlan) {
  const std::vector<std::string> pieces = syncjob::PackForRecord(APlan(), 300);
  ASSERT_GT(pieces.size(), 1u);
  syncjob::PlanSummary summary = syncjob::Summarize(APlan());
  summary.pieces = pieces.size();
  Write(syncjob::kSummaryFile, syncjob::SummaryToJson(summary));
  for (std::size_t i = 0; i < pieces.size(); ++i) Write(syncjob::PlanPieceFile(i), pieces[i]);
  ASSERT_THAT(ReadPlan(dir_.path()), IsOk());
  Write(syncjob::PlanPieceFile(0), pieces[1]);
  EXPECT_THAT(ReadPlan(dir_.path()), FailsBecause("PlanInvalid"));
  ASSERT_THAT(RemoveFileDurably(dir_ / syncjob::PlanPieceFile(0)), IsOk());
  EXPECT_THAT(ReadPlan(dir_.path()), FailsBecause("PlanInvalid"));
}

TEST_F(RecordFilesTest, EveryShardNeedsItsReport) {
  const syncjob::ShardReport zero{.shard = 0, .rows_read = 10, .route = "typed"};
  const syncjob::ShardReport one{.shard = 1, .rows_read = 5, .route = "typed"};
  Write("0.json", syncjob::ShardReportToJson(zero));
  EXPECT_THAT(ReadReports(dir_.path(), APlan()), FailsWith(ErrorCode::kFailedPrecondition));
  Write("1.json", syncjob::ShardReportToJson(zero));
  EXPECT_THAT(ReadReports(dir_.path(), APlan()), FailsWith(ErrorCode::kInvalidArgument));
  Write("1.json", syncjob::ShardReportToJson(one));
  auto reports = ReadReports(dir_.path(), APlan());
  ASSERT_THAT(reports, IsOk());
  EXPECT_EQ((*reports)[1], one);
  // Together, in any order.
  Write(syncjob::kReportsFile, syncjob::ReportsToJson({one, zero}));
  reports = ReadReports(dir_.path(), APlan());
  ASSERT_THAT(reports, IsOk());
  EXPECT_EQ((*reports)[0], zero);
  Write(syncjob::kReportsFile, syncjob::ReportsToJson({zero}));
  EXPECT_THAT(ReadReports(dir_.path(), APlan()), FailsWith(ErrorCode::kFailedPrecondition));
  const syncjob::ShardReport two{.shard = 2, .route = "typed"};
  Write(syncjob::kReportsFile, syncjob::ReportsToJson({zero, one, two}));
  EXPECT_THAT(ReadReports(dir_.path(), APlan()), FailsWith(ErrorCode::kInvalidArgument));
}

TEST_F(RecordFilesTest, OnlyTheDecisionToCommitThisPlanAllowsIt) {
  EXPECT_THAT(CheckDecision(dir_.path(), APlan()), FailsWith(ErrorCode::kFailedPrecondition));
  syncjob::CommitDecision decision{
      .commit = true, .attempt = 2, .plan_hash = syncjob::PlanHash(APlan())};
  Write(syncjob::kDecisionFile, syncjob::DecisionToJson(decision));
  EXPECT_THAT(CheckDecision(dir_.path(), APlan()), IsOk());
  decision.attempt = 3;
  Write(syncjob::kDecisionFile, syncjob::DecisionToJson(decision));
  EXPECT_THAT(CheckDecision(dir_.path(), APlan()), FailsBecause("AttemptMismatch"));
  decision.attempt = 2;
  decision.plan_hash = "other";
  Write(syncjob::kDecisionFile, syncjob::DecisionToJson(decision));
  EXPECT_THAT(CheckDecision(dir_.path(), APlan()), FailsBecause("AttemptMismatch"));
  decision.commit = false;
  Write(syncjob::kDecisionFile, syncjob::DecisionToJson(decision));
  EXPECT_THAT(CheckDecision(dir_.path(), APlan()), FailsWith(ErrorCode::kFailedPrecondition));
}

}  // namespace
}  // namespace culvert::runner
