// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/decide.h"

#include "tests/unit/operator/builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace culvert::control {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The kinds of actions, in order, with what tells them apart.
std::vector<std::string> Actions(const Decision& decision) {
  std::vector<std::string> names;
  for (const Action& action : decision.actions) {
    names.push_back(std::visit(
        [](const auto& one) -> std::string {
          using T = std::decay_t<decltype(one)>;
          if constexpr (std::is_same_v<T, CreateInput>) return "create input";
          if constexpr (std::is_same_v<T, CreateJob>) {
            return "create " + std::string(syncjob::StepName(one.request.step));
          }
          if constexpr (std::is_same_v<T, DeleteJob>) return "delete " + one.key.name;
          if constexpr (std::is_same_v<T, DeleteRecord>) return "delete " + one.key.name;
          if constexpr (std::is_same_v<T, RecordPlan>) return "record plan";
          if constexpr (std::is_same_v<T, RecordReports>) {
            return "record " + std::to_string(one.reports.size()) + " reports";
          }
          if constexpr (std::is_same_v<T, RecordDecision>) {
            return one.decision.commit ? "decide commit" : "decide abandoned";
          }
          if constexpr (std::is_same_v<T, RecordFinalReports>) return "record final reports";
          if constexpr (std::is_same_v<T, WriteKnobs>) return "knobs " + one.knobs;
          if constexpr (std::is_same_v<T, TakeStreams>) {
            return "take " + std::to_string(one.need.streams) + " streams";
          }
          if constexpr (std::is_same_v<T, ClaimTarget>) {
            return "claim " + one.target +
                   (one.holder.partitions.empty() ? "" : " " + one.holder.partitions.front());
          }
          if constexpr (std::is_same_v<T, ReleaseTarget>) return "release " + one.target;
        },
        action));
  }
  return names;
}

const syncjob::Condition& Of(const syncjob::SyncJobStatus& status, std::string_view type) {
  static const syncjob::Condition kNone;
  const auto* found = syncjob::FindCondition(status.conditions, type);
  return found == nullptr ? kNone : *found;
}
std::string Summary(const Decision& decision) {
  return Of(decision.status, syncjob::kSucceeded).reason;
}
bool Succeeded(const Decision& decision) {
  return syncjob::IsTrue(decision.status.conditions, syncjob::kSucceeded);
}
bool FailedFor(const Decision& decision, const std::string& reason) {
  return syncjob::IsFalse(decision.status.conditions, syncjob::kSucceeded) &&
         Summary(decision) == reason;
}

syncjob::StepMessage RunWord(syncjob::Step step) {
  syncjob::RunReport run;
  run.job = "default/copy";
  run.outcome = "Succeeded";
  run.totals = ARun::Report(0);
  run.totals.rows_read = run.totals.rows_written = 300;
  run.shards = 3;
  run.committed_partitions = {"load=1"};
  return {.step = step, .run = run, .partitions = 1};
}

// The beginning.

TEST(DecideTest, ANewRunClaimsTakesAndThenBegins) {
  ARun run;
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), ElementsAre("claim sales/default/copy load=1", "take 4 streams"));
  EXPECT_EQ(decision.status.attempt, 1);
  EXPECT_EQ(decision.status.first_attempt, 1);
  EXPECT_EQ(decision.status.streams, 4);
  EXPECT_EQ(decision.status.start_time, At(seconds(0)));
  EXPECT_EQ(Summary(decision), "Planning");
  EXPECT_EQ(Of(decision.status, syncjob::kValidated).reason, "Valid");
  EXPECT_TRUE(syncjob::IsTrue(decision.status.conditions, syncjob::kReconciling));
  ASSERT_TRUE(decision.refused);
  EXPECT_EQ(decision.refused->attempt, 0);
  EXPECT_EQ(decision.refused->streams, 0);
  EXPECT_EQ(Of(*decision.refused, syncjob::kSucceeded).reason, "WaitingForStreams");
}

TEST(DecideTest, AllConditionsAreThereFromTheFirstVisit) {
  ARun run;
  run.has_source = false;
  run.job.meta.generation = 3;
  const Decision decision = run.Decide();
  EXPECT_EQ(decision.status.observed_generation, 3);
  for (const auto type : {syncjob::kValidated, syncjob::kPlanned, syncjob::kTransferred,
                          syncjob::kCommitted, syncjob::kSuspended, syncjob::kSucceeded}) {
    const syncjob::Condition& condition = Of(decision.status, type);
    EXPECT_EQ(condition.type, type);
    EXPECT_FALSE(condition.reason.empty()) << type;
    EXPECT_EQ(condition.observed_generation, 3) << type;
  }
  EXPECT_EQ(Of(decision.status, syncjob::kSuspended).status, syncjob::ConditionStatus::kFalse);
}

TEST(DecideTest, AskingTwiceGivesTheSame) {
  ARun run;
  run.Begun().Planned(3).Reported(2);
  const Decision once = run.Decide();
  run.job.status = once.status;
  const Decision twice = run.Decide();
  EXPECT_EQ(once.status, twice.status);
  EXPECT_EQ(Actions(once), Actions(twice));
}

TEST(DecideTest, WarningsOfThePlanAreToldOnce) {
  ARun run;
  run.Begun().Planned(3);
  const auto record =
      std::ranges::find_if(run.records, [](const RecordPtr& one) { return one->plan != nullptr; });
  ASSERT_NE(record, run.records.end());
  RecordObject warned = **record;
  syncjob::PlanSummary plan = *warned.plan;
  plan.warnings = {"target column 'c' becomes null in every row, its default 5 does not apply"};
  warned.plan = std::make_shared<const syncjob::PlanSummary>(plan);
  *record = std::make_shared<const RecordObject>(warned);
  run.job.status.plan.reset();
  const Decision first = run.Decide();
  const EventNote expected{.warning = true,
                           .reason = "PlanWarning",
                           .action = "Planning",
                           .note = plan.warnings.front()};
  EXPECT_THAT(first.events, Contains(expected));
  run.job.status = first.status;
  EXPECT_THAT(run.Decide().events, Not(Contains(expected)));
}

TEST(DecideTest, ASpecThatMakesNoSenseIsTheEnd) {
  ARun run;
  run.job.problem = "spec.target: needs exactly one of maxCompute, stream";
  const Decision decision = run.Decide();
  EXPECT_TRUE(FailedFor(decision, "InvalidSpec"));
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(decision.status.attempt, 0);
  EXPECT_TRUE(syncjob::IsTrue(decision.status.conditions, syncjob::kStalled));
}

TEST(DecideTest, AKnobThatMakesNoSenseStopsNothing) {
  ARun run;
  run.Begun().Planned();
  run.job.problem = "spec.setting.speed.mbps: must be above 0";
  const Decision decision = run.Decide();
  EXPECT_FALSE(decision.status.IsTerminal());
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(Of(decision.status, syncjob::kValidated).status, syncjob::ConditionStatus::kFalse);
}

TEST(DecideTest, WaitsForDataSources) {
  ARun missing;
  missing.has_target = false;
  const Decision waits = missing.Decide();
  EXPECT_EQ(Summary(waits), "WaitingForDataSource");
  EXPECT_THAT(Of(waits.status, syncjob::kSucceeded).message, HasSubstr("'to'"));
  EXPECT_EQ(waits.status.attempt, 0);
  EXPECT_THAT(Actions(waits), IsEmpty());
  ARun wrong;
  wrong.source.problem = "spec.maxCompute.project: required";
  EXPECT_EQ(Summary(wrong.Decide()), "WaitingForDataSource");
}

TEST(DecideTest, WaitsForTheTargetThatAnotherWrites) {
  ARun run;
  run.claim = TargetClaim{.target = "sales/default/copy",
                          .holders = {{.job = {.name_space = "prod", .name = "other"},
                                       .uid = "other",
                                       .partitions = {"load=1"}}}};
  const Decision decision = run.Decide();
  EXPECT_EQ(Summary(decision), "WaitingForTarget");
  EXPECT_THAT(Of(decision.status, syncjob::kSucceeded).message, HasSubstr("prod/other"));
  EXPECT_TRUE(decision.waits);
  EXPECT_EQ(decision.status.attempt, 0);
  EXPECT_EQ(decision.status.streams, 0);
  // It is tried all the same: its holder may be gone.
  EXPECT_THAT(Actions(decision), ElementsAre("claim sales/default/copy load=1"));
  run.claim->holders[0].partitions = {"load=2"};
  EXPECT_EQ(Summary(run.Decide()), "Planning");
}

TEST(DecideTest, AWholeTableIsClaimedUntilThePartitionsAreKnown) {
  ARun run;
  run.target_table().partition.clear();
  run.target_table().partition_from_source = true;
  EXPECT_THAT(Actions(run.Decide()), Contains("claim sales/default/copy"));
  run.Begun().Claim({}).Planned();
  EXPECT_THAT(Actions(run.Decide()), Contains("claim sales/default/copy load=1"));
  run.Claim({"load=1"});
  EXPECT_THAT(Actions(run.Decide()), Not(Contains(HasSubstr("claim"))));
}

TEST(DecideTest, StreamsOfBothDataSourcesAreTheSmallerLimit) {
  ARun run;
  run.target.data_source.concurrent_streams_max = 3;
  const Decision decision = run.Decide();
  ASSERT_THAT(Actions(decision), Contains("take 3 streams"));
  const auto& take = std::get<TakeStreams>(decision.actions.back());
  EXPECT_EQ(take.need.pools.size(), 2u);
  run.job.job.spec.target = syncjob::StreamTarget{};
  run.job.job.spec.source = syncjob::StreamSource{};
  run.has_source = run.has_target = false;
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());  // nobody's streams, nobody's table
}

// Planning.

TEST(DecideTest, PlansInAPod) {
  ARun run;
  run.Begun();
  Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), ElementsAre("create input", "create plan"));
  const JobRequest& request = std::get<CreateJob>(decision.actions[1]).request;
  EXPECT_EQ(request.secrets, std::vector<std::string>{"key"});
  EXPECT_EQ(request.since, run.job.status.start_time);
  EXPECT_FALSE(request.previous);
  run.Record("input", 1);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("create plan"));
  JobObject& job = run.Job("plan");
  PodObject& pod = run.Pod(job);
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  ARun::Ended(pod, {.step = syncjob::Step::kPlan,
                    .plan = syncjob::PlanHandOver{.hash = "hash", .bytes = 1}});
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("record plan"));
  job.complete = true;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("record plan"));
}

TEST(DecideTest, APlanThatWasLostIsMadeAgainOnceThePodsAreGone) {
  ARun run;
  run.Begun().Record("input", 1);
  JobObject& job = run.Job("plan");
  job.complete = true;
  Decision decision = run.Decide();
  ASSERT_THAT(Actions(decision), ElementsAre("delete copy-1-plan"));
  EXPECT_TRUE(std::get<DeleteJob>(decision.actions[0]).heard);
  job.ended = At(seconds(-1));  // its pods may not have been seen yet
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  job.ended = At(seconds(-60));
  job.meta.deletion_timestamp = At(seconds(0));
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  PodObject& pod = run.Pod(job);
  run.jobs.clear();
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  EXPECT_TRUE(run.Decide().look_again);
  pod.phase = "Failed";
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("create plan"));
}

TEST(DecideTest, ALaterAttemptKnowsThePlanBefore) {
  ARun run;
  run.Begun().Planned();
  run.job.status.attempt = 2;
  run.Record("input", 2);
  const Decision decision = run.Decide();
  ASSERT_THAT(Actions(decision), ElementsAre("create plan"));
  const JobRequest& request = std::get<CreateJob>(decision.actions[0]).request;
  ASSERT_TRUE(request.previous);
  EXPECT_EQ(request.previous->attempt, 1);
  EXPECT_EQ(request.run.attempt, 2);
}

// Step by step.

TEST(DecideTest, TransfersShardsInPods) {
  ARun run;
  run.Begun().Planned(3);
  Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), ElementsAre("create transfer"));
  EXPECT_THAT(std::get<CreateJob>(decision.actions[0]).request.shards, IsEmpty());
  EXPECT_EQ(Of(decision.status, syncjob::kPlanned).status, syncjob::ConditionStatus::kTrue);
  JobObject& job = run.Job("transfer");
  ARun::Ended(run.Pod(job, 0), {.step = syncjob::Step::kTransfer, .shard = ARun::Report(0)});
  run.Pod(job, 1);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("record 1 reports"));
  run.Reported(1);
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  EXPECT_EQ(Summary(run.Decide()), "Transferring");
}

TEST(DecideTest, ASeenJobChangesNothingInTheStatus) {
  for (const char* step : {"work", "transfer"}) {
    ARun run;
    run.Begun().Planned(3, std::string_view(step) == "work");
    run.job.status = run.Decide().status;
    run.Decided(true);
    run.Pod(run.Job(step));
    EXPECT_EQ(run.Decide().status, run.job.status) << step;
  }
}

TEST(DecideTest, ATransferMadeAgainHasOnlyTheShardsThatAreLeft) {
  ARun run;
  run.Begun().Planned(3).Reported(2);
  const Decision decision = run.Decide();
  ASSERT_THAT(Actions(decision), ElementsAre("create transfer"));
  EXPECT_THAT(std::get<CreateJob>(decision.actions[0]).request.shards, ElementsAre(2u));
}

TEST(DecideTest, AnIndexThatCompletedWithoutItsReportRunsAgain) {
  ARun run;
  run.Begun().Planned(3).Reported(2);
  run.Job("transfer").complete = true;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete copy-1-transfer"));
}

TEST(DecideTest, DecidesBeforeItCommits) {
  ARun run;
  run.Begun().Planned(3).Reported(3);
  run.Job("transfer").complete = true;
  Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), ElementsAre("decide commit", "create commit"));
  EXPECT_EQ(std::get<RecordDecision>(decision.actions[0]).reports.size(), 3u);
  EXPECT_EQ(Of(decision.status, syncjob::kTransferred).status, syncjob::ConditionStatus::kTrue);
  run.Decided(true);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("create commit"));
  JobObject& job = run.Job("commit");
  PodObject& pod = run.Pod(job);
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  ARun::Ended(pod, RunWord(syncjob::Step::kCommit));
  job.complete = true;
  decision = run.Decide();
  EXPECT_TRUE(Succeeded(decision));
  EXPECT_THAT(Actions(decision), IsEmpty());  // the target is given back once this is on record
  run.job.status = decision.status;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("release sales/default/copy"));
  EXPECT_EQ(decision.status.report->rows_written, 300u);
  EXPECT_EQ(decision.status.report->committed_partitions, std::vector<std::string>{"load=1"});
  EXPECT_EQ(decision.status.progress->percent, 100u);
  EXPECT_EQ(decision.status.streams, 0);
  EXPECT_EQ(decision.status.completion_time, At(seconds(0)));
  EXPECT_EQ(Of(decision.status, syncjob::kCommitted).reason, "Committed");
  EXPECT_FALSE(syncjob::IsTrue(decision.status.conditions, syncjob::kReconciling));
}

TEST(DecideTest, ShardsThatCommitThemselvesNeedTheDecisionFirst) {
  ARun run;
  run.target_table().consistency_commit = false;
  run.Begun().Planned(3);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("decide commit", "create transfer"));
  run.Decided(true).Reported(3);
  run.Job("transfer").complete = true;
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), ElementsAre("record final reports", "create commit"));
  EXPECT_TRUE(std::get<CreateJob>(decision.actions[1]).request.final_reports);
}

TEST(DecideTest, SqlEmptiesTheTargetBeforeTheFirstBlock) {
  ARun run;
  run.target_table().consistency_commit = false;
  run.target_table().truncate = true;
  run.Begun().Planned(3);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("create prepare"));
  JobObject& job = run.Job("prepare");
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  job.complete = true;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("decide commit", "create transfer"));
  run.jobs.pop_back();  // gone, after the transfer began
  run.Decided(true).Reported(1);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("create transfer"));
}

TEST(DecideTest, PostSqlThatFailsLeavesTheRunFailedAndItsRowsCommitted) {
  ARun run;
  run.Begun().Planned(3).Reported(3).Decided(true);
  run.Job("transfer").complete = true;
  syncjob::StepMessage word = RunWord(syncjob::Step::kCommit);
  word.exit_code = 10;
  word.reason = "PostSqlFailed";
  word.message = "target.postSql[0]: no";
  word.committed = 1;
  word.run->outcome = "Failed";
  JobObject& job = run.Job("commit");
  ARun::Ended(run.Pod(job), word);
  job.failed = true;
  const Decision decision = run.Decide();
  EXPECT_TRUE(FailedFor(decision, "PostSqlFailed"));
  EXPECT_EQ(Of(decision.status, syncjob::kCommitted).status, syncjob::ConditionStatus::kTrue);
  EXPECT_EQ(Of(decision.status, syncjob::kTransferred).status, syncjob::ConditionStatus::kTrue);
  ASSERT_TRUE(decision.status.report);
  EXPECT_EQ(decision.status.report->rows_written, 300u);
  EXPECT_EQ(decision.status.report->committed_partitions, std::vector<std::string>{"load=1"});
}

TEST(DecideTest, NothingToCopyIsCommittedAllTheSame) {
  ARun run;
  run.Begun().Planned(0);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("decide commit", "create commit"));
}

// Feature: Dirty threshold ends the task
TEST(DecideTest, DirtyRowsAreComparedBeforeTheDecision) {
  ARun run;
  run.dirty_max = 2;  // more than each shard has, less than all have
  run.Begun().Planned(3).Reported(3, 1);
  run.Job("transfer").complete = true;
  const Decision decision = run.Decide();
  EXPECT_TRUE(FailedFor(decision, "DirtyLimitExceeded"));
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(Of(decision.status, syncjob::kCommitted).message, "nothing was committed");
}

// Feature: Dirty threshold ends the task
TEST(DecideTest, PassingTheDirtyLimitStopsTheOtherShards) {
  ARun run;
  run.Begun().Planned(3).Reported(1, 5);
  JobObject& job = run.Job("transfer");
  run.Pod(job, 1);
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), ElementsAre("delete copy-1-transfer"));
  EXPECT_FALSE(decision.status.IsTerminal());
}

// Feature: A dirty record says why
TEST(DecideTest, AThousandReportsHaveRoomForTenSamples) {
  ARun run;
  run.Begun().Planned(3).Reported(1, 1);
  JobObject& job = run.Job("transfer");
  for (int i = 1; i < 3; ++i) {
    syncjob::ShardReport report = ARun::Report(static_cast<std::uint64_t>(i), 1);
    report.dirty_samples.assign(8, {.row = 7, .column = "small", .reason = "ValueRefused"});
    ARun::Ended(run.Pod(job, i), {.step = syncjob::Step::kTransfer, .shard = report});
  }
  const Decision decision = run.Decide();
  std::size_t samples = 0;
  std::size_t reports = 0;
  for (const Action& action : decision.actions) {
    const auto* record = std::get_if<RecordReports>(&action);
    if (record == nullptr) continue;
    for (const syncjob::ShardReport& report : record->reports) {
      samples += report.dirty_samples.size();
      ++reports;
    }
  }
  EXPECT_EQ(reports, 2u);
  EXPECT_EQ(samples, syncjob::kDirtySamplesMax);
  EXPECT_THAT(Of(decision.status, syncjob::kSucceeded).message,
              HasSubstr("; the first: row 7, column small: ValueRefused"));
}

// Small work.

TEST(DecideTest, SmallWorkIsOnePodAfterTheDecision) {
  ARun run;
  run.Begun().Planned(3, true);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("decide commit", "create work"));
  run.Decided(true);
  JobObject& job = run.Job("work");
  PodObject& pod = run.Pod(job);
  run.live = {.rows = 150, .bytes = 10, .rows_per_second = 50, .bytes_per_second = 5};
  const Decision working = run.Decide();
  EXPECT_THAT(Actions(working), IsEmpty());
  EXPECT_EQ(working.status.progress->percent, 50u);
  EXPECT_EQ(working.status.progress->eta_seconds, 3u);
  ARun::Ended(pod, RunWord(syncjob::Step::kWork));
  EXPECT_TRUE(Succeeded(run.Decide()));
}

TEST(DecideTest, WorkThatWasDoneButNotToldIsAskedForAgain) {
  ARun run;
  run.Begun().Planned(3, true).Decided(true);
  run.Job("work").complete = true;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete copy-1-work"));
}

TEST(DecideTest, PodsThatSayNothingReadableAreNotAskedForEver) {
  for (const char* step : {"plan", "work"}) {
    SCOPED_TRACE(step);
    ARun run;
    run.Begun();
    if (step == std::string("work")) run.Planned(3, true).Decided(true);
    JobObject& job = run.Job(step);
    job.complete = true;
    PodObject& pod = run.Pod(job);
    pod.phase = "Succeeded";
    pod.last_word = "hello";
    // At once the first time: a node's end may have taken the message.
    Decision decision = run.Decide();
    EXPECT_THAT(Actions(decision), ElementsAre("delete copy-1-" + std::string(step)));
    EXPECT_THAT(*std::get<DeleteJob>(decision.actions[0]).heard, ElementsAre(pod.meta.uid));
    ASSERT_TRUE(decision.status.pause);
    EXPECT_EQ(decision.status.pause->reason, "MessageUnreadable");
    EXPECT_EQ(decision.status.pause->resume_time, At(seconds(0)));
    EXPECT_EQ(decision.status.streams, 4);
    // Then after longer and longer whiles, which are times without pods.
    run.job.status = decision.status;
    decision = run.Decide();
    EXPECT_EQ(decision.status.pause->count, 2);
    EXPECT_EQ(decision.status.pause->resume_time, At(minutes(1)));
    EXPECT_EQ(decision.status.streams, 0);
    EXPECT_EQ(Summary(decision), "Retrying");
    run.job.status.pause->count = 6;
    decision = run.Decide();
    EXPECT_TRUE(FailedFor(
        decision, step == std::string("plan") ? "MessageUnreadable" : "CommitOutcomeUnknown"));
    EXPECT_THAT(Of(decision.status, syncjob::kSucceeded).message,
                AllOf(HasSubstr("after 7 tries"), HasSubstr("--runner-image")));
  }
}

TEST(DecideTest, APlanThatCannotBeReadIsMadeAgainAndNotForEver) {
  ARun run;
  run.Begun();
  JobObject& job = run.Job("plan");
  ARun::Ended(run.Pod(job), {.step = syncjob::Step::kPlan,
                             .plan = syncjob::PlanHandOver{.hash = "h", .bytes = 1, .text = ""}});
  Decision decision = run.Decide();
  ASSERT_THAT(Actions(decision), ElementsAre("record plan"));
  EXPECT_FALSE(decision.status.pause);
  ASSERT_TRUE(decision.unreadable);
  EXPECT_EQ(decision.unreadable->again->uid, job.meta.uid);
  ASSERT_TRUE(decision.unreadable->status.pause);
  run.job.status = decision.unreadable->status;
  run.job.status.pause->count = 6;
  decision = run.Decide();
  ASSERT_TRUE(decision.unreadable);
  EXPECT_FALSE(decision.unreadable->again);
  EXPECT_TRUE(syncjob::IsFalse(decision.unreadable->status.conditions, syncjob::kSucceeded));
  EXPECT_THAT(decision.unreadable->events, Not(IsEmpty()));
}

// Failures: each class of the runner's exit codes.

struct FailureCase {
  const char* name;
  const char* step;
  int exit_code;
  const char* reason;
  bool terminal;         // else a pause or a new attempt
  std::int32_t attempt;  // afterwards
  const char* pause;     // the reason of the pause, or empty
};

class FailureTest : public testing::TestWithParam<FailureCase> {};

TEST_P(FailureTest, IsAnsweredByItsClass) {
  const FailureCase& one = GetParam();
  ARun run;
  run.Begun();
  if (std::string(one.step) != "plan") run.Planned(3);
  if (std::string(one.step) == "commit") run.Reported(3).Decided(true);
  run.Failed(one.step, one.exit_code, one.reason);
  const Decision decision = run.Decide();
  EXPECT_EQ(decision.status.IsTerminal(), one.terminal);
  if (one.terminal) {
    EXPECT_EQ(Summary(decision), one.reason);
  }
  EXPECT_EQ(decision.status.attempt, one.attempt);
  EXPECT_EQ(decision.status.pause ? decision.status.pause->reason : "", one.pause);
  if (decision.status.pause) {
    EXPECT_THAT(Actions(decision), Contains("delete copy-1-" + std::string(one.step)));
    EXPECT_EQ(decision.status.streams, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(
    ExitCodes, FailureTest,
    testing::Values(
        FailureCase{"bad_plan", "plan", 10, "PlanInvalid", true, 1, ""},
        FailureCase{"schema", "plan", 11, "SchemaMismatch", true, 1, ""},
        FailureCase{"missing", "plan", 12, "NoSuchTable", true, 1, ""},
        FailureCase{"denied", "transfer", 13, "PermissionDenied", true, 1, ""},
        FailureCase{"dirty", "transfer", 14, "DirtyLimitExceeded", true, 1, ""},
        FailureCase{"changed", "transfer", 15, "SourceChanged", false, 2, ""},
        FailureCase{"expired", "transfer", 16, "SessionExpired", false, 2, ""},
        FailureCase{"unsupported", "plan", 17, "ViewNotSupported", true, 1, ""},
        FailureCase{"no_key", "plan", 20, "CredentialsMissing", false, 1, "CredentialsMissing"},
        FailureCase{"bad_key", "transfer", 21, "CredentialsRejected", false, 1,
                    "CredentialsRejected"},
        FailureCase{"transient", "transfer", 30, "ServerError", false, 1, "ServerError"},
        FailureCase{"throttled", "transfer", 31, "Throttled", false, 1, "Throttled"},
        FailureCase{"pressure", "transfer", 32, "LocalPressure", false, 1, "LocalPressure"},
        FailureCase{"poison", "transfer", 40, "PoisonShard", true, 1, ""},
        FailureCase{"unknown", "commit", 41, "CommitOutcomeUnknown", true, 1, ""}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(DecideTest, AttemptsBeginAnewOnlyWhereNoRowIsDoubled) {
  // Nothing was decided: what was written is in sessions that nobody commits.
  ARun open;
  open.Begun().Planned(3);
  open.Failed("transfer", 16, "SessionExpired");
  EXPECT_THAT(Actions(open.Decide()), ElementsAre("decide abandoned"));

  // Shards commit themselves and append: some may have.
  ARun shards;
  shards.target_table().consistency_commit = false;
  shards.Begun().Planned(3).Decided(true).Reported(1);
  shards.Failed("transfer", 16, "SessionExpired");
  const Decision partial = shards.Decide();
  EXPECT_TRUE(FailedFor(partial, "PartiallyCommitted"));
  EXPECT_THAT(Of(partial.status, syncjob::kCommitted).message, HasSubstr("1 of 3 shards"));

  // The same, but what is there is replaced anyway.
  ARun replaced;
  replaced.target_table().consistency_commit = false;
  replaced.target_table().truncate = true;
  replaced.Begun().Planned(3).Decided(true).Reported(1);
  replaced.Failed("transfer", 16, "SessionExpired");
  EXPECT_EQ(replaced.Decide().status.attempt, 2);

  // One pod that saw every session and committed none.
  ARun small;
  small.Begun().Planned(1, true).Decided(true);
  small.Failed("work", 16, "SessionExpired", 0);
  EXPECT_EQ(small.Decide().status.attempt, 2);
  ARun committed;
  committed.Begun().Planned(1, true).Decided(true);
  committed.Failed("work", 16, "SessionExpired", 1);
  EXPECT_TRUE(FailedFor(committed.Decide(), "PartiallyCommitted"));
}

TEST(DecideTest, AnAbandonedAttemptIsFollowedByTheNext) {
  ARun run;
  run.Begun().Planned(3).Decided(false, "SessionExpired").Reported(3);
  const Decision decision = run.Decide();
  EXPECT_EQ(decision.status.attempt, 2);
  EXPECT_FALSE(decision.status.plan);
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(Of(decision.status, syncjob::kPlanned).status, syncjob::ConditionStatus::kUnknown);
}

TEST(DecideTest, AttemptsAreCounted) {
  ARun run;
  run.Begun(5).Planned(3);
  run.Failed("transfer", 16, "SessionExpired");
  EXPECT_TRUE(FailedFor(run.Decide(), "SessionExpired"));
}

TEST(DecideTest, AJobsFailureWaitsForThePodsThatExplainIt) {
  ARun run;
  run.Begun().Planned(3);
  JobObject& job = run.Job("transfer");
  job.failed = true;
  job.ended = At(seconds(-1));
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  EXPECT_FALSE(run.Decide().status.pause);
  job.ended = At(seconds(-60));
  const Decision decision = run.Decide();
  ASSERT_TRUE(decision.status.pause);
  EXPECT_EQ(decision.status.pause->reason, "JobFailed");
}

TEST(DecideTest, OutOfMemorySaysWhatToSet) {
  ARun run;
  run.Begun().Planned(3);
  PodObject& pod = run.Failed("transfer", 137, "x");
  pod.last_word.clear();
  pod.exit_reason = "OOMKilled";
  Decision decision = run.Decide();
  ASSERT_TRUE(decision.status.pause);
  EXPECT_EQ(decision.status.pause->reason, "OOMKilled");
  EXPECT_THAT(decision.status.pause->message, HasSubstr("spec.runner.resources.limits.memory"));
  run.job.status.pause = decision.status.pause;
  run.job.status.pause->count = 6;
  run.job.status.pause->resume_time = At(seconds(-1));
  EXPECT_TRUE(FailedFor(run.Decide(), "OOMKilled"));
}

TEST(DecideTest, RetriesWaitLongerAndEnd) {
  ARun run;
  run.Begun().Planned(3);
  run.Failed("transfer", 30, "ServerError");
  std::vector<std::string> waits;
  for (int i = 0; i < 6; ++i) {
    const Decision decision = run.Decide();
    ASSERT_TRUE(decision.status.pause) << i;
    EXPECT_EQ(decision.status.pause->count, i + 1);
    waits.push_back(decision.status.pause->resume_time);
    run.job.status = decision.status;
    run.job.status.streams = 4;
    run.job.status.pause->resume_time = At(seconds(0));
  }
  EXPECT_THAT(waits, ElementsAre(At(minutes(1)), At(minutes(2)), At(minutes(4)), At(minutes(8)),
                                 At(minutes(10)), At(minutes(10))));
  const Decision last = run.Decide();
  EXPECT_TRUE(FailedFor(last, "RetriesExhausted"));
  EXPECT_THAT(Of(last.status, syncjob::kSucceeded).message, HasSubstr("ServerError"));
  EXPECT_EQ(last.status.failed_shards.size(), 1u);
}

TEST(DecideTest, ProgressEndsARowOfRetries) {
  ARun run;
  run.Begun().Planned(3);
  run.job.status.plan = run.Summary(3).status;
  run.job.status.pause = syncjob::Pause{.reason = "ServerError",
                                        .message = "",
                                        .count = 5,
                                        .start_time = At(-hours(1)),
                                        .resume_time = At(-minutes(1))};
  JobObject& job = run.Job("transfer");
  ARun::Ended(run.Pod(job, 0), {.step = syncjob::Step::kTransfer, .shard = ARun::Report(0)});
  EXPECT_FALSE(run.Decide().status.pause);
}

TEST(DecideTest, ACommitIsAskedForUntilItsSessionsCannotBeThere) {
  ARun run;
  run.Begun().Planned(3).Reported(3).Decided(true);
  run.Failed("commit", 30, "ServerError");
  run.job.status.pause = syncjob::Pause{.reason = "ServerError",
                                        .message = "",
                                        .count = 100,
                                        .start_time = At(-hours(47)),
                                        .resume_time = At(-minutes(1))};
  EXPECT_FALSE(run.Decide().status.IsTerminal());
  run.job.status.pause->start_time = At(-hours(49));
  EXPECT_TRUE(FailedFor(run.Decide(), "CommitOutcomeUnknown"));
}

TEST(DecideTest, AnOverwritingSessionOfOthersIsWaitedForADay) {
  ARun run;
  run.Begun();
  run.Failed("plan", 30, "OverwriteConflict");
  run.job.status.pause = syncjob::Pause{.reason = "OverwriteConflict",
                                        .message = "",
                                        .count = 50,
                                        .start_time = At(-hours(20)),
                                        .resume_time = At(-minutes(1))};
  EXPECT_FALSE(run.Decide().status.IsTerminal());
  run.job.status.pause->start_time = At(-hours(26));
  EXPECT_TRUE(FailedFor(run.Decide(), "OverwriteConflict"));
}

// Credentials.

TEST(DecideTest, RejectedCredentialsPauseAndResumeByThemselves) {
  ARun run;
  run.Begun().Planned(3);
  JobObject& job = run.Job("transfer");  // the Job goes on: such failures do not count
  ARun::Ended(run.Pod(job, 0), {.step = syncjob::Step::kTransfer,
                                .exit_code = 21,
                                .reason = "CredentialsRejected",
                                .message = "the service does not accept the key"});
  ARun::Ended(run.Pod(job, 1), {.step = syncjob::Step::kTransfer, .shard = ARun::Report(1)});
  const Decision paused = run.Decide();
  EXPECT_THAT(Actions(paused), ElementsAre("record 1 reports", "delete copy-1-transfer"));
  EXPECT_EQ(Summary(paused), "CredentialsRejected");
  EXPECT_TRUE(syncjob::IsTrue(paused.status.conditions, syncjob::kSuspended));
  EXPECT_EQ(paused.status.streams, 0);
  ASSERT_THAT(paused.events, Not(IsEmpty()));
  EXPECT_EQ(paused.events[0].reason, "CredentialsRejected");
  EXPECT_TRUE(paused.look_again);

  run.job.status = paused.status;
  run.jobs.clear();
  run.pods.clear();
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  run.job.status.pause->resume_time = At(seconds(-1));
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("take 4 streams"));
  run.job.status.streams = 4;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("create transfer"));
  EXPECT_FALSE(syncjob::IsTrue(run.Decide().status.conditions, syncjob::kSuspended));
}

TEST(DecideTest, CredentialsAreNotWaitedForForEver) {
  ARun run;
  run.Begun();
  run.job.job.credential_timeout_seconds = 3'600;
  run.Failed("plan", 20, "CredentialsMissing");
  run.job.status.pause = syncjob::Pause{.reason = "CredentialsMissing",
                                        .message = "",
                                        .count = 4,
                                        .start_time = At(-minutes(59)),
                                        .resume_time = At(-minutes(1))};
  const Decision again = run.Decide();
  ASSERT_TRUE(again.status.pause);
  EXPECT_EQ(again.status.pause->count, 5);
  EXPECT_EQ(again.status.pause->resume_time, At(minutes(1)));  // the last try, not 16 minutes on
  run.job.status.pause->start_time = At(-minutes(61));
  EXPECT_TRUE(FailedFor(run.Decide(), "CredentialsExpired"));
}

TEST(DecideTest, GivenUpCredentialsAreRememberedWhenTheirPodsGo) {
  ARun run;
  run.Begun();
  run.job.job.credential_timeout_seconds = 3'600;
  JobObject& job = run.Job("plan");  // the Job goes on, and goes with its pods when it is stopped
  ARun::Ended(run.Pod(job), {.step = syncjob::Step::kPlan,
                             .exit_code = 21,
                             .reason = "CredentialsRejected",
                             .message = "the service does not accept the key"});
  run.job.status.pause = syncjob::Pause{.reason = "CredentialsRejected",
                                        .message = "",
                                        .count = 4,
                                        .start_time = At(-minutes(61)),
                                        .resume_time = At(-minutes(1))};
  const Decision stopping = run.Decide();
  EXPECT_THAT(Actions(stopping), ElementsAre("delete copy-1-plan"));
  EXPECT_EQ(Summary(stopping), "Stopping");
  run.job.status = stopping.status;
  run.jobs.clear();
  run.pods.clear();
  const Decision ended = run.Decide();
  EXPECT_TRUE(FailedFor(ended, "CredentialsExpired"));
  EXPECT_THAT(syncjob::FindCondition(ended.status.conditions, syncjob::kSucceeded)->message,
              HasSubstr("does not accept the key"));
  EXPECT_FALSE(ended.status.pause);
}

// Suspend, deadline, nonce, TTL, deletion.

TEST(DecideTest, SuspendStopsPodsAndKeepsReports) {
  ARun run;
  run.Begun().Planned(3);
  run.job.job.spec.suspend = true;
  JobObject& job = run.Job("transfer");
  ARun::Ended(run.Pod(job, 0), {.step = syncjob::Step::kTransfer, .shard = ARun::Report(0)});
  run.Pod(job, 1);
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), ElementsAre("record 1 reports", "delete copy-1-transfer"));
  EXPECT_EQ(Summary(decision), "Suspended");
  EXPECT_EQ(Of(decision.status, syncjob::kSuspended).reason, "SuspendedByUser");
  EXPECT_EQ(decision.status.streams, 0);
  EXPECT_FALSE(syncjob::IsTrue(decision.status.conditions, syncjob::kReconciling));
}

TEST(DecideTest, ASuspendedJobThatNeverBeganHoldsNothing) {
  ARun run;
  run.job.job.spec.suspend = true;
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(decision.status.attempt, 0);
  EXPECT_EQ(Summary(decision), "Suspended");
}

TEST(DecideTest, ACommitUnderWayIsNotSuspended) {
  ARun run;
  run.Begun().Planned(3).Reported(3).Decided(true);
  run.job.job.spec.suspend = true;
  run.Pod(run.Job("commit"));
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(Summary(decision), "Committing");
}

TEST(DecideTest, TheDeadlineEndsARunThatMayNotCommitYet) {
  ARun run;
  run.Begun().Planned(3);
  run.job.job.active_deadline_seconds = 30;  // it began 60 s ago
  JobObject& job = run.Job("transfer");
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete copy-1-transfer"));
  EXPECT_FALSE(run.Decide().status.IsTerminal());
  job.failed = true;
  EXPECT_TRUE(FailedFor(run.Decide(), "DeadlineExceeded"));
  run.Decided(true);
  EXPECT_FALSE(FailedFor(run.Decide(), "DeadlineExceeded"));
  ARun early;
  early.Begun().Planned(3);
  early.job.job.active_deadline_seconds = 90;
  const Decision waits = early.Decide();
  EXPECT_LE(*waits.look_again, seconds(31));
}

ARun AFinishedRun() {
  ARun run;
  run.Begun().Planned(3).Reported(3).Decided(true);
  JobObject& job = run.Job("commit");
  job.complete = true;
  ARun::Ended(run.Pod(job), RunWord(syncjob::Step::kCommit));
  run.job.status = run.Decide().status;
  run.claim.reset();
  run.held.clear();
  return run;
}

TEST(DecideTest, AFinishedRunIsLeftAlone) {
  ARun run = AFinishedRun();
  Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(decision.status, run.job.status);
  EXPECT_EQ(*decision.look_again, hours(7 * 24));
  // An edit of anything but the nonce changes what was observed, nothing else.
  run.job.meta.generation = 2;
  run.job.job.spec.speed.concurrent = 9;
  decision = run.Decide();
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(decision.status.observed_generation, 2);
  EXPECT_EQ(Of(decision.status, syncjob::kSucceeded).observed_generation, 2);
}

TEST(DecideTest, NothingMissingMakesAFinishedRunBeginAgain) {
  ARun run = AFinishedRun();
  run.jobs.clear();
  run.pods.clear();
  run.records.clear();
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_FALSE(decision.look_again);
  EXPECT_EQ(decision.status, run.job.status);
}

TEST(DecideTest, WhatAnOldOperatorStartedIsStopped) {
  ARun run = AFinishedRun();
  run.Job("plan").meta.key.name = "stray";
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete stray"));
}

TEST(DecideTest, AJobWhosePodsAllEndedWellIsLeftToComplete) {
  ARun run;
  run.Begun().Planned(3).Reported(3).Decided(true);
  JobObject& transfer = run.Job("transfer");
  transfer.completions = 3;
  for (int i = 0; i < 3; ++i) run.Pod(transfer, i).phase = "Succeeded";
  JobObject& commit = run.Job("commit");
  ARun::Ended(run.Pod(commit), RunWord(syncjob::Step::kCommit));
  Decision decision = run.Decide();
  ASSERT_TRUE(Succeeded(decision));
  // The target is given back at once: no pod can write any more.
  EXPECT_THAT(Actions(decision), IsEmpty());
  run.job.status = decision.status;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("release sales/default/copy"));
  run.held.clear();
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  // It made another pod all the same.
  run.Pod(commit);
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete copy-1-commit"));
  run.pods.back()->phase = "Succeeded";
  run.job.job.ttl_seconds_after_finished = 0;
  EXPECT_THAT(Actions(run.Decide()),
              AllOf(Contains("delete copy-1-transfer"), Contains("delete copy-1-commit")));
  run.job.job.run_nonce = "two";
  EXPECT_EQ(run.Decide().status.attempt, 2);
}

TEST(DecideTest, AFailingRunStopsOnlyWhatMayStillRun) {
  ARun run;
  run.Begun().Planned(3).Reported(3, 1);
  JobObject& done = run.Job("transfer");
  for (int i = 0; i < 3; ++i) run.Pod(done, i).phase = "Succeeded";
  done.completions = 3;
  Decision decision = run.Decide();
  EXPECT_TRUE(FailedFor(decision, "DirtyLimitExceeded"));
  EXPECT_THAT(Actions(decision), IsEmpty());
  // An index may still be tried again.
  done.completions = 4;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete copy-1-transfer"));
  EXPECT_FALSE(run.Decide().status.IsTerminal());
}

TEST(DecideTest, TheTtlRemovesRecordsFirst) {
  ARun run = AFinishedRun();
  run.job.job.ttl_seconds_after_finished = 0;
  const std::vector<std::string> actions = Actions(run.Decide());
  EXPECT_THAT(actions,
              ElementsAre("delete copy-input-1", "delete copy-plan-1", "delete copy-reports-1",
                          "delete copy-decision-1", "delete copy-1-plan", "delete copy-1-commit"));
  run.job.job.ttl_seconds_after_finished = 60;
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  EXPECT_EQ(*run.Decide().look_again, seconds(60));
  run.job.job.ttl_seconds_after_finished.reset();
  Policy keep;
  keep.default_ttl.reset();
  EXPECT_FALSE(run.Decide(keep).look_again);
}

TEST(DecideTest, AnotherNonceIsAnotherAttempt) {
  ARun run = AFinishedRun();
  run.job.job.run_nonce = "two";
  Decision decision = run.Decide();
  EXPECT_EQ(decision.status.attempt, 2);
  EXPECT_EQ(decision.status.first_attempt, 2);
  EXPECT_EQ(decision.status.run_nonce, "two");
  EXPECT_FALSE(decision.status.IsTerminal());
  EXPECT_FALSE(decision.status.report);
  EXPECT_EQ(decision.status.completion_time, "");
  EXPECT_THAT(Actions(decision), IsEmpty());  // it was decided
  // Not while anything of the last run lives.
  run.Pod(run.Job("transfer"));
  decision = run.Decide();
  EXPECT_EQ(decision.status.attempt, 1);
  EXPECT_THAT(Actions(decision), ElementsAre("delete copy-1-transfer"));
}

TEST(DecideTest, RunningAgainAfterHalfACommitIsWarnedAbout) {
  ARun run = AFinishedRun();
  for (auto& condition : run.job.status.conditions) {
    if (condition.type == syncjob::kCommitted) condition.reason = "PartiallyCommitted";
  }
  run.job.job.run_nonce = "two";
  const Decision decision = run.Decide();
  ASSERT_THAT(decision.events, Not(IsEmpty()));
  EXPECT_TRUE(decision.events[0].warning);
  EXPECT_THAT(decision.events[0].note, HasSubstr("doubles"));
}

TEST(DecideTest, RunningAgainAbandonsWhatWasNotDecided) {
  ARun run;
  run.Begun().Planned(3);
  run.Failed("transfer", 13, "PermissionDenied");
  run.job.status = run.Decide().status;
  ASSERT_TRUE(run.job.status.IsTerminal());
  run.job.job.run_nonce = "two";
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("decide abandoned"));
  EXPECT_EQ(run.Decide().status.attempt, 2);
}

TEST(DecideTest, DeletionKeepsTheClaimWhilePodsLive) {
  ARun run;
  run.Begun().Planned(3);
  JobObject& job = run.Job("transfer");
  run.Pod(job);
  run.job.meta.deletion_timestamp = At(seconds(0));
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  EXPECT_TRUE(run.Decide().look_again);
  run.jobs.clear();
  run.pods.clear();
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("release sales/default/copy"));
}

// Pods that cannot work, and knobs.

TEST(DecideTest, PodProblemsAreTold) {
  ARun run;
  run.Begun();
  run.Record("input", 1);
  PodObject& pod = run.Pod(run.Job("plan"));
  pod.phase = "Pending";
  pod.waiting_reason = "ImagePullBackOff";
  pod.waiting_message = "manifest unknown";
  const Decision decision = run.Decide();
  EXPECT_EQ(Summary(decision), "ImagePullBackOff");
  EXPECT_THAT(Of(decision.status, syncjob::kSucceeded).message,
              AllOf(HasSubstr("manifest unknown"), HasSubstr("--runner-image")));
  EXPECT_FALSE(decision.status.IsTerminal());
}

TEST(DecideTest, TroubleOfAJobThatGoesOnIsTold) {
  ARun run;
  run.Begun().Planned(3).Reported(1);
  PodObject& pod = run.Pod(run.Job("transfer"), 2);
  pod.phase = "Failed";
  pod.exit_code = 137;
  pod.exit_reason = "OOMKilled";
  const Decision decision = run.Decide();
  EXPECT_EQ(Summary(decision), "Transferring");
  EXPECT_THAT(Of(decision.status, syncjob::kSucceeded).message,
              AllOf(HasSubstr("1 of 3 shards"), HasSubstr("OOMKilled"),
                    HasSubstr("spec.runner.resources.limits.memory")));
  EXPECT_THAT(Actions(decision), IsEmpty());
}

TEST(DecideTest, ALostPodBlocksItsSuccessorAndSaysSo) {
  ARun run;
  run.Begun().Planned(3).Reported(1);
  JobObject gone = run.Job("transfer");
  PodObject& pod = run.Pod(gone, 1);
  run.jobs.pop_back();
  pod.node = "node-7";
  pod.meta.deletion_timestamp = At(-minutes(10));
  const Decision decision = run.Decide();
  EXPECT_THAT(Actions(decision), IsEmpty());
  EXPECT_EQ(Summary(decision), "PodLost");
  EXPECT_THAT(Of(decision.status, syncjob::kSucceeded).message,
              HasSubstr("node.kubernetes.io/out-of-service"));
}

TEST(DecideTest, AnotherSpeedReachesTheRunningPods) {
  ARun run;
  run.Begun().Planned(3);
  run.Pod(run.Job("transfer"));
  run.job.job.spec.speed.throttle = true;
  run.job.job.spec.speed.mbps = 12;
  EXPECT_THAT(Actions(run.Decide()), ElementsAre(R"(knobs {"mbps":6.0,"throttle":true})"));
  RecordObject record;
  record.knobs = R"({"mbps":6.0,"throttle":true})";
  run.Record("knobs", 1, record);
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  run.job.job.spec.speed = {
      .throttle = true, .mbps = 0, .records_per_second = 500, .concurrent = 8};
  EXPECT_THAT(Actions(run.Decide()),
              ElementsAre(R"(knobs {"recordsPerSecond":250.0,"throttle":true})"));
  run.job.job.spec.speed = {.throttle = false, .mbps = 0, .concurrent = 2};
  EXPECT_THAT(Actions(run.Decide()), ElementsAre(R"(knobs {"streams":1,"throttle":false})"));
}

TEST(DecideTest, AnotherLogLevelReachesTheRunningPods) {
  ARun run;
  run.Begun().Planned(3);
  run.Pod(run.Job("transfer"));
  run.job.runner = R"({"threads":4,"logLevel":"debug"})";
  EXPECT_THAT(Actions(run.Decide()), ElementsAre(R"(knobs {"logLevel":"debug","throttle":false})"));
  RecordObject record;
  record.knobs = R"({"logLevel":"debug","throttle":false})";
  run.Record("knobs", 1, record);
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  run.job.runner = R"({"threads":4})";
  EXPECT_THAT(Actions(run.Decide()), ElementsAre(R"(knobs {"throttle":false})"));
}

TEST(DecideTest, OtherResourcesAreOtherPods) {
  ARun run;
  run.Begun().Planned(3).Reported(1);
  run.Pod(run.Job("transfer"));
  run.job.runner = R"({"resources":{"limits":{"memory":"4Gi"}}})";
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete copy-1-transfer"));
}

TEST(DecideTest, AJobInANamespaceThatGoesIsDeletedForItsPods) {
  ARun run;
  run.Begun().Planned(3);
  PodObject& pod = run.Pod(run.Job("transfer"));
  ARun::Ended(pod, {.step = syncjob::Step::kTransfer, .exit_code = 143, .reason = "Stopped"});
  pod.meta.deletion_timestamp = At(seconds(-10));
  EXPECT_THAT(Actions(run.Decide()), IsEmpty());
  pod.meta.deletion_timestamp = At(seconds(-30));
  EXPECT_THAT(Actions(run.Decide()), ElementsAre("delete copy-1-transfer"));
}

}  // namespace
}  // namespace culvert::control
