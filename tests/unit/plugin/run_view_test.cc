// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/run_view.h"

#include "libs/syncjob/step_message.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/plugin/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace culvert::plugin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const StepView& StepOf(const RunView& run, const std::string& name) {
  static const StepView none;
  const auto found = std::ranges::find(run.steps, name, &StepView::name);
  EXPECT_NE(found, run.steps.end()) << name;
  return found == run.steps.end() ? none : *found;
}

std::vector<std::string> Names(const RunView& run) {
  std::vector<std::string> names;
  for (const StepView& step : run.steps) names.push_back(step.name);
  return names;
}

TEST(RunViewTest, PutsARunTogether) {
  const RunView run = RunningWorld().View();
  EXPECT_EQ(run.name, "flights-copy");
  EXPECT_EQ(run.source, "flights");
  EXPECT_EQ(run.target, "flights_copy");
  EXPECT_EQ(run.age_seconds, 134);
  EXPECT_THAT(Names(run), ElementsAre("plan", "transfer", "commit"));
  EXPECT_EQ(StepOf(run, "plan").state, State::kSucceeded);
  EXPECT_EQ(StepOf(run, "plan").seconds, 4);
  const StepView& transfer = StepOf(run, "transfer");
  EXPECT_EQ(transfer.state, State::kRunning);
  EXPECT_EQ(transfer.shards_done, 1U);
  ASSERT_EQ(transfer.shards.size(), 4U);
  EXPECT_EQ(transfer.shards[0].state, State::kSucceeded);
  EXPECT_EQ(transfer.shards[0].rows_total, 85'012U);
  EXPECT_EQ(transfer.shards[1].rows, 60'000U);
  EXPECT_EQ(transfer.shards[1].rows_per_second, 2'123U);
  EXPECT_EQ(transfer.shards[2].state, State::kRunning);
  EXPECT_EQ(transfer.shards[2].failed_pods, 1U);
  EXPECT_THAT(transfer.shards[2].earlier_pods,
              ElementsAre("flights-copy-1a2b3c4d-1-transfer-2-x12"));
  EXPECT_EQ(transfer.shards[3].reason, "Unschedulable");
  EXPECT_EQ(StepOf(run, "commit").state, State::kWaiting);
}

TEST(RunViewTest, AFailedShardSaysWhy) {
  const RunView run = FailedWorld().View();
  const ShardView& shard = StepOf(run, "transfer").shards[1];
  EXPECT_EQ(shard.state, State::kFailed);
  EXPECT_EQ(shard.reason, "PermissionDenied");
  EXPECT_EQ(shard.exit_code, 13);
  EXPECT_TRUE(HasFailed(run));
  EXPECT_EQ(SummaryOf(run), "PermissionDenied");
}

TEST(RunViewTest, AJobMayHoldTheShardsThatAreLeft) {
  World world;
  world.Planned(5, 100);
  nlohmann::json& transfer = world.Step("transfer");
  transfer["metadata"]["annotations"]["culvert.dev/shards"] = "1,4";
  transfer["spec"]["completions"] = 2;
  transfer["status"]["completedIndexes"] = "0";
  world.Pod("transfer", 1, "Running");
  const StepView step = StepOf(world.View(), "transfer");
  EXPECT_EQ(step.shards_done, 4U);
  EXPECT_EQ(step.shards[1].state, State::kSucceeded);
  EXPECT_EQ(step.shards[3].state, State::kSucceeded);
  EXPECT_EQ(step.shards[4].state, State::kRunning);
}

TEST(RunViewTest, OtherAttemptsAndOtherRunsAreLeftOut) {
  World world;
  world.Planned(1, 100);
  world.Step("transfer")["metadata"]["labels"]["culvert.dev/attempt"] = "2";
  world.Pod("transfer", 0, "Running")["metadata"]["labels"]["culvert.dev/run-uid"] = "other";
  const StepView step = StepOf(world.View(), "transfer");
  EXPECT_EQ(step.job, "");
  EXPECT_EQ(step.state, State::kWaiting);
  EXPECT_EQ(step.shards[0].pod, "");
}

TEST(RunViewTest, WhatIsGoneIsToldFromTheStatus) {
  const RunView run = FinishedWorld().View();
  for (const StepView& step : run.steps) EXPECT_EQ(step.state, State::kSucceeded) << step.name;
  EXPECT_EQ(StepOf(run, "transfer").shards_done, 4U);

  World failed;
  failed.Planned(2, 10);
  failed.status()["failedShards"] = {
      {{"shard", 1}, {"reason", "PoisonShard"}, {"message", "again and again"}}};
  const RunView failed_run = failed.View();
  const ShardView& shard = StepOf(failed_run, "transfer").shards[1];
  EXPECT_EQ(shard.state, State::kFailed);
  EXPECT_EQ(shard.reason, "PoisonShard");
}

TEST(RunViewTest, PodsThatDoNotRunSayWhy) {
  World world;
  world.Planned(3, 10);
  world.Step("transfer");
  World::Waits(world.Pod("transfer", 0, "Pending"), "ImagePullBackOff", "no such image");
  World::Waits(world.Pod("transfer", 1, "Pending"), "ContainerCreating", "");
  nlohmann::json& evicted = world.Pod("transfer", 2, "Failed");
  evicted["status"]["reason"] = "Evicted";
  evicted["status"]["message"] = "the node was low on memory";
  const StepView step = StepOf(world.View(), "transfer");
  EXPECT_EQ(step.state, State::kPending);
  EXPECT_EQ(step.shards[0].reason, "ImagePullBackOff");
  EXPECT_EQ(step.shards[1].reason, "");
  EXPECT_EQ(step.shards[2].reason, "Evicted");
  EXPECT_EQ(step.shards[2].message, "the node was low on memory");
}

TEST(RunViewTest, ASuspendedJobHasSuspendedShards) {
  World world;
  world.Planned(2, 10);
  nlohmann::json& transfer = world.Step("transfer");
  transfer["spec"]["suspend"] = true;
  transfer["status"]["completedIndexes"] = "1";
  const StepView step = StepOf(world.View(), "transfer");
  EXPECT_EQ(step.state, State::kSuspended);
  EXPECT_EQ(step.shards[0].state, State::kSuspended);
  EXPECT_EQ(step.shards[1].state, State::kSucceeded);
}

TEST(RunViewTest, OddObjectsDoNoHarm) {
  World world;
  world.Planned(1, 10);
  nlohmann::json& transfer = world.Step("transfer");
  transfer["status"] = {{"completedIndexes", "x,9-,7-3,999999999999-,-2,,5"}, {"conditions", 3}};
  transfer["spec"]["completions"] = 1'000'000'000;
  nlohmann::json& pod = world.Pod("transfer", 0, "Unknown");
  pod["status"]["containerStatuses"] = "none";
  pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] = "first";
  const RunView run = world.View();
  EXPECT_EQ(StepOf(run, "transfer").shards.size(), 1'000U);  // no more than a run can have

  const nlohmann::json nothing = {{"metadata", {{"name", "x"}}}};
  EXPECT_THAT(ViewRun({.sync_job = nothing, .jobs = {}, .pods = {}, .progress = {}}, WallTime()),
              test::FailsWith(ErrorCode::kInvalidArgument));
}

TEST(RunViewTest, StatesHaveNames) {
  EXPECT_EQ(StateName(State::kWaiting), "Waiting");
  EXPECT_EQ(StateName(State::kPending), "Pending");
  EXPECT_EQ(StateName(State::kSuspended), "Suspended");
}

}  // namespace
}  // namespace culvert::plugin
