// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/plan_record.h"

#include "libs/syncjob/schema_contract.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/syncjob/plan_support.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace culvert::syncjob {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;

TEST(PlanRecordTest, SummaryHasWhatIsDecidedBy) {
  const PlanSummary summary = Summarize(APlan());
  EXPECT_EQ(summary.attempt, 2);
  EXPECT_EQ(summary.status.hash, PlanHash(APlan()));
  EXPECT_EQ(summary.status.shards, 2u);
  EXPECT_EQ(summary.status.partitions, 2u);
  EXPECT_EQ(summary.status.rows, 15u);
  EXPECT_EQ(summary.status.schema_hash, ContractHash(ContractOf(APlan())));
  EXPECT_EQ(summary.warnings, APlan().warnings);
  EXPECT_FALSE(summary.status.small);  // 8 streams, 4 to a pod
  EXPECT_EQ(summary.Pods(), 2);
  EXPECT_TRUE(summary.has_sessions);
  EXPECT_TRUE(summary.consistency_commit);
  EXPECT_TRUE(summary.replaces);
  EXPECT_EQ(summary.targets, std::vector<std::string>{"load=1"});
  EXPECT_THAT(ParseSummary(SummaryToJson(summary)), IsOkAndHolds(summary));
}

TEST(PlanRecordTest, SummaryCountsThePartitionsOfAQuery) {
  Plan plan = APlan();
  plan.sources[0].partitions = 256;
  EXPECT_EQ(Summarize(plan).status.partitions, 257u);
}

TEST(PlanRecordTest, SummarySaysWhatHasToRunBeforeTheFirstBlock) {
  Plan plan = APlan();
  EXPECT_FALSE(Summarize(plan).prepares);
  plan.truncate_by_sql = true;
  EXPECT_TRUE(Summarize(plan).prepares);
  plan.truncate_by_sql = false;
  std::get<MaxComputeTarget>(plan.spec.target).pre_sql = {"select 1"};
  EXPECT_TRUE(Summarize(plan).prepares);
  std::get<MaxComputeTarget>(plan.spec.target).pre_sql.clear();
  std::get<MaxComputeSource>(plan.spec.source).pre_sql = {"select 1"};
  const PlanSummary summary = Summarize(plan);
  EXPECT_TRUE(summary.prepares);
  EXPECT_THAT(ParseSummary(SummaryToJson(summary)), IsOkAndHolds(summary));
  // No partition matched: nothing is read, written or run.
  plan.sources.clear();
  EXPECT_FALSE(Summarize(plan).prepares);
}

TEST(PlanRecordTest, ReadsSummariesOfBeforeThereWasPreSql) {
  PlanSummary summary = Summarize(APlan());
  summary.prepares = true;
  std::string text = SummaryToJson(summary);
  const std::string_view key = "\"prepares\"";
  text.replace(text.find(key), key.size(), "\"truncateBySql\"");
  EXPECT_THAT(ParseSummary(text), IsOkAndHolds(summary));
}

TEST(PlanRecordTest, SmallIsOnePodsWork) {
  Plan plan = APlan();
  plan.spec.speed.concurrent = 4;
  EXPECT_TRUE(IsSmall(plan));
  EXPECT_EQ(Summarize(plan).Pods(), 1);
  plan.spec.speed.concurrent = 5;
  EXPECT_FALSE(IsSmall(plan));
  EXPECT_EQ(Summarize(plan).Pods(), 2);
}

TEST(PlanRecordTest, RefusesSummariesThatMakeNoSense) {
  PlanSummary summary = Summarize(APlan());
  summary.threads = 0;
  EXPECT_THAT(ParseSummary(SummaryToJson(summary)), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseSummary("{}"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseSummary(""), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(PlanRecordTest, DecisionsComeBack) {
  const CommitDecision commit{.commit = true, .attempt = 3, .plan_hash = "ff"};
  EXPECT_THAT(ParseDecision(DecisionToJson(commit)), IsOkAndHolds(commit));
  const CommitDecision abandoned{.commit = false, .attempt = 1, .reason = "SessionExpired"};
  EXPECT_THAT(ParseDecision(DecisionToJson(abandoned)), IsOkAndHolds(abandoned));
  EXPECT_THAT(ParseDecision(R"({"decision":"maybe","attempt":1,"planHash":"","reason":""})"),
              FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseDecision("{}"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(PlanRecordTest, AThousandReportsFitOneConfigMap) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::vector<ShardReport> reports;
  for (std::uint64_t i = 0; i < kShardsMax; ++i) {
    reports.push_back({.shard = i,
                       .rows_read = kMax,
                       .rows_written = kMax,
                       .rows_dirty = kMax,
                       .bytes_read = kMax,
                       .bytes_written = kMax,
                       .bytes_raw = kMax,
                       .blocks = kMax,
                       .content_hash = kMax,
                       .read_wait_ms = kMax,
                       .write_wait_ms = kMax,
                       .throttle_wait_ms = kMax,
                       .commits_sent = kMax,
                       .route = "pass-through"});
  }
  const std::string text = ReportsToJson(reports);
  EXPECT_LT(text.size(), kRecordBytesMax);
  EXPECT_THAT(ParseReports(text), IsOkAndHolds(reports));
  EXPECT_THAT(ParseReports(ReportsToJson({})), IsOkAndHolds(std::vector<ShardReport>{}));
}

TEST(PlanRecordTest, RefusesTwoReportsOfOneShard) {
  const ShardReport report{.shard = 1, .route = "typed"};
  EXPECT_THAT(ParseReports(ReportsToJson({report, report})),
              FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseReports("{}"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(PlanRecordTest, PiecesSortByName) {
  EXPECT_EQ(PlanPieceFile(0), "plan.000");
  EXPECT_EQ(PlanPieceFile(12), "plan.012");
}

}  // namespace
}  // namespace culvert::syncjob
