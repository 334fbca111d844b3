// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/step_message.h"

#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace culvert::syncjob {
namespace {

using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;
using ::testing::StartsWith;

RunReport ARun(std::size_t partitions) {
  RunReport run;
  run.job = "default/copy";
  run.attempt = 2;
  run.started = "2026-01-02T03:04:05Z";
  run.finished = "2026-01-02T03:05:05Z";
  run.outcome = "Succeeded";
  run.totals.rows_read = run.totals.rows_written = 336'776;
  run.totals.route = "pass-through";
  run.shards = 4;
  for (std::size_t i = 0; i < partitions; ++i) {
    run.committed_partitions.push_back("load=" + std::to_string(20'130'101 + i));
  }
  run.seconds = 60;
  return run;
}

TEST(StepMessageTest, NamesComeBack) {
  for (const Step step :
       {Step::kPlan, Step::kPrepare, Step::kTransfer, Step::kCommit, Step::kWork}) {
    EXPECT_EQ(StepFromName(StepName(step)), step);
  }
  EXPECT_EQ(StepFromName("run"), std::nullopt);
}

TEST(StepMessageTest, EachKindComesBack) {
  const StepMessage shard{.step = Step::kTransfer,
                          .shard = ShardReport{.shard = 3, .rows_read = 7, .route = "typed"}};
  EXPECT_THAT(ParseStepMessage(StepMessageToJson(shard)), IsOkAndHolds(shard));
  const StepMessage run{.step = Step::kCommit, .run = ARun(3), .partitions = 3};
  EXPECT_THAT(ParseStepMessage(StepMessageToJson(run)), IsOkAndHolds(run));
  const StepMessage plan{.step = Step::kPlan,
                         .plan = PlanHandOver{.hash = "ff", .bytes = 12, .text = "eJw="}};
  EXPECT_THAT(ParseStepMessage(StepMessageToJson(plan)), IsOkAndHolds(plan));
  const StepMessage failure{.step = Step::kWork,
                            .exit_code = 21,
                            .reason = "CredentialsRejected",
                            .message = "the key \"x\" is refused",
                            .committed = 2};
  EXPECT_THAT(ParseStepMessage(StepMessageToJson(failure)), IsOkAndHolds(failure));
}

TEST(StepMessageTest, AReportComesWithAFailureAfterTheCommits) {
  StepMessage message{.step = Step::kCommit, .run = ARun(2), .partitions = 2};
  message.run->statements = {{.name = "target.postSql[0]", .instance = "20260102030405678g9"}};
  message.exit_code = 10;
  message.reason = "PostSqlFailed";
  EXPECT_THAT(ParseStepMessage(StepMessageToJson(message)), IsOkAndHolds(message));
  for (int i = 0; i < 64; ++i) {
    message.run->statements.push_back(
        {.name = "target.postSql[0]", .instance = std::string(64, 'i')});
  }
  message.run->statements.pop_back();
  const auto cut = ParseStepMessage(StepMessageToJson(message));
  ASSERT_THAT(cut, IsOk());
  EXPECT_TRUE(cut->run->statements.empty());
  EXPECT_EQ(cut->run->committed_partitions.size(), 2u);
}

TEST(StepMessageTest, FitsWhateverItSays) {
  std::string long_text;
  for (int i = 0; i < 5'000; ++i) long_text += "é\n";
  const StepMessage failure{
      .step = Step::kPlan, .exit_code = 30, .reason = "ServerError", .message = long_text};
  const auto short_failure = ParseStepMessage(StepMessageToJson(failure));
  ASSERT_THAT(short_failure, IsOk());
  EXPECT_LT(short_failure->message.size(), 1'100u);
  EXPECT_THAT(short_failure->message, StartsWith("é\né"));

  const StepMessage many{.step = Step::kCommit, .run = ARun(2'000), .partitions = 2'000};
  const auto cut = ParseStepMessage(StepMessageToJson(many));
  ASSERT_THAT(cut, IsOk());
  EXPECT_EQ(cut->partitions, 2'000u);
  EXPECT_GT(cut->run->committed_partitions.size(), 50u);
  EXPECT_EQ(cut->run->committed_partitions.front(), "load=20130101");

  const StepMessage plan{
      .step = Step::kPlan,
      .plan = PlanHandOver{.hash = std::string(64, 'a'), .text = std::string(5'000, 'A')}};
  const auto bare = ParseStepMessage(StepMessageToJson(plan));
  ASSERT_THAT(bare, IsOk());
  EXPECT_EQ(bare->plan->text, "");
}

TEST(StepMessageTest, SamplesGoBeforeTheNamesOfPartitions) {
  StepMessage shard{.step = Step::kTransfer, .shard = ShardReport{}};
  const DirtySample sample = CutSample({.partition = std::string(200, 'p'),
                                        .column = std::string(200, 'c'),
                                        .reason = "ValueRefused",
                                        .message = std::string(200, 'm')});
  shard.shard->dirty_samples.assign(kDirtySamplesMax, sample);
  const auto whole = ParseStepMessage(StepMessageToJson(shard));
  ASSERT_THAT(whole, IsOk());
  EXPECT_GT(whole->shard->dirty_samples.size(), 5u);
  StepMessage run{.step = Step::kCommit, .run = ARun(100), .partitions = 100};
  run.run->totals.dirty_samples.assign(kDirtySamplesMax, sample);
  const auto cut = ParseStepMessage(StepMessageToJson(run));
  ASSERT_THAT(cut, IsOk());
  EXPECT_LT(cut->run->totals.dirty_samples.size(), kDirtySamplesMax);
  EXPECT_EQ(cut->run->committed_partitions.size(), 100u);
}

TEST(StepMessageTest, RefusesWhatIsNoMessage) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"step":"plan"})", R"({"step":"dance","exitCode":0})",
        R"({"step":"transfer","exitCode":0,"report":{"shard":1}})",
        R"({"step":"plan","exitCode":0,"plan":{}})", "killed"}) {
    EXPECT_THAT(ParseStepMessage(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace culvert::syncjob
