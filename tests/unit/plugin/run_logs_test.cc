// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/run_logs.h"

#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/plugin/page.h"
#include "tests/unit/plugin/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::plugin {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;

class RunLogsTest : public testing::Test {
 protected:
  RunLogsTest() { RunningWorld().PutInto(api_); }
  void Log(const std::string& pod, const std::string& text) {
    api_.SetPodLog("/api/v1/namespaces/sales/pods/flights-copy-1a2b3c4d-1-" + pod, text);
  }
  Result<std::string> Logs(const LogChoice& choice) {
    return RunLogs(context_.ctx(), *client_, run_, choice);
  }

  test::FakeContext context_;
  test::FakeKubeApi api_;
  std::unique_ptr<kube::Client> client_ = MakeFakeClient(api_);
  RunView run_ = RunningWorld().View();
};

TEST_F(RunLogsTest, OnePodIsPrintedAsItIs) {
  Log("transfer-1-x11", "one\ntwo");
  EXPECT_THAT(Logs({.shard = 1}), IsOkAndHolds("one\ntwo\n"));
  EXPECT_THAT(Logs({.shard = 1, .tail = 1}), IsOkAndHolds("two\n"));
}

TEST_F(RunLogsTest, EarlierPodsOfAShardComeFirst) {
  Log("transfer-2-x12", "{\"level\":\"warn\",\"msg\":\"block copy interrupted, trying again\"}\n");
  Log("transfer-2-x13", "{\"level\":\"info\",\"msg\":\"serving progress and metrics\"}\n");
  EXPECT_THAT(Logs({.shard = 2}), IsOkAndHolds(PageBlock("logs flights-copy --shard 2")));
}

TEST_F(RunLogsTest, AStepOfManyPodsShowsTheLastLinesOfEach) {
  std::string long_log;
  for (int i = 0; i < 50; ++i) long_log += "line " + std::to_string(i) + "\n";
  Log("transfer-0-x10", long_log);
  const auto text = Logs({});
  ASSERT_THAT(text, test::IsOk());
  EXPECT_TRUE(
      text->starts_with("==> transfer, shard 0, flights-copy-1a2b3c4d-1-transfer-0-x10 <==\n"
                        "line 30\n"));
  EXPECT_NE(text->find("transfer-3-x14 <==\nno log: the pod has no log\n"), std::string::npos);
}

TEST_F(RunLogsTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT(Logs({.step = "commit"}), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(Logs({.shard = 9}), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(Logs({.step = "prepare"}), FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(Logs({.shard = 1, .step = "plan"}), FailsWith(ErrorCode::kInvalidArgument));
  run_ = FinishedWorld().View();
  EXPECT_THAT(Logs({}), FailsWith(ErrorCode::kNotFound));
}

TEST_F(RunLogsTest, TheOnlyPodsTroubleIsTheAnswer) {
  EXPECT_THAT(Logs({.shard = 3}), FailsWith(ErrorCode::kNotFound));
}

TEST_F(RunLogsTest, LastLinesOfAPodWithoutALogAreNone) {
  EXPECT_EQ(LastLines(context_.ctx(), *client_, "sales", "nobody", 3), "");
  EXPECT_EQ(LastLines(context_.ctx(), *client_, "sales", "", 3), "");
  Log("transfer-1-x11", "a\nb\nc\nd\n");
  EXPECT_EQ(
      LastLines(context_.ctx(), *client_, "sales", "flights-copy-1a2b3c4d-1-transfer-1-x11", 2),
      "c\nd\n");
}

}  // namespace
}  // namespace culvert::plugin
