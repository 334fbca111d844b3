// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/commands.h"

#include "libs/base/json.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/plugin/page.h"
#include "tests/unit/plugin/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::plugin {
namespace {

using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;
using testing::HasSubstr;

/// Commands against a fake API server.
class CommandsTest : public testing::Test {
 protected:
  Result<std::string> Run(const CommandLine& line) {
    return RunCommand(context_.ctx(), *client_, "sales", line, false);
  }
  nlohmann::json Spec() const {
    return api_.Object("/apis/culvert.dev/v1alpha1/namespaces/sales/syncjobs/flights-copy")["spec"];
  }

  test::FakeContext context_;
  test::FakeKubeApi api_;
  std::unique_ptr<kube::Client> client_ = MakeFakeClient(api_);
};

TEST_F(CommandsTest, StatusOfOneIsAsThePageShows) {
  RunningWorld().PutInto(api_);
  EXPECT_THAT(Run({.command = Command::kStatus, .name = "flights-copy"}),
              IsOkAndHolds(PageBlock("status flights-copy")));
}

TEST_F(CommandsTest, StatusOfAllLeavesShardsOut) {
  RunningWorld().PutInto(api_);
  World other = FinishedWorld();
  other.sync_job()["metadata"]["name"] = "airports-copy";
  other.sync_job()["metadata"]["uid"] = "another";
  other.PutInto(api_);
  EXPECT_THAT(Run({.command = Command::kStatus}), IsOkAndHolds(PageBlock("status")));
}

TEST_F(CommandsTest, StatusAsJsonHasEveryShard) {
  RunningWorld().PutInto(api_);
  const auto text =
      Run({.command = Command::kStatus, .name = "flights-copy", .output = Output::kJson});
  ASSERT_THAT(text, IsOk());
  const auto json = ParseJson(*text);
  ASSERT_THAT(json, IsOk());
  const nlohmann::json& item = (*json)["items"][0];
  EXPECT_EQ(item["summary"], "Transferring");
  EXPECT_EQ(item["steps"][1]["pods"].size(), 4U);
  EXPECT_EQ(item["steps"][1]["pods"][1]["rows"], 60'000);
  EXPECT_EQ(item["status"]["progress"]["percent"], 61);
}

TEST_F(CommandsTest, ANamespaceWithoutJobsSaysSo) {
  EXPECT_THAT(Run({.command = Command::kStatus}),
              IsOkAndHolds("there are no SyncJobs in namespace 'sales'\n"));
}

TEST_F(CommandsTest, AJobThatDoesNotExistIsNamed) {
  for (const Command command : {Command::kStatus, Command::kLogs, Command::kExplainFailure,
                                Command::kRetry, Command::kSuspend, Command::kResume}) {
    const auto text = Run({.command = command, .name = "nobody"});
    ASSERT_THAT(text, FailsWith(ErrorCode::kNotFound));
    EXPECT_EQ(text.error().message, "there is no SyncJob 'nobody' in namespace 'sales'");
  }
}

TEST_F(CommandsTest, AFailureIsExplainedWithThePodsLog) {
  FailedWorld().PutInto(api_);
  api_.SetPodLog("/api/v1/namespaces/sales/pods/flights-copy-1a2b3c4d-1-transfer-1-x10",
                 "{\"level\":\"info\",\"msg\":\"serving progress and metrics\"}\n");
  EXPECT_THAT(Run({.command = Command::kExplainFailure, .name = "flights-copy"}),
              IsOkAndHolds(PageBlock("explain-failure flights-copy")));
}

TEST_F(CommandsTest, AGoodRunIsNotExplained) {
  FinishedWorld().PutInto(api_);
  EXPECT_THAT(Run({.command = Command::kExplainFailure, .name = "flights-copy"}),
              IsOkAndHolds("flights-copy has not failed: Succeeded\n"));
}

TEST_F(CommandsTest, RetrySetsANewNonce) {
  FailedWorld().PutInto(api_);
  EXPECT_THAT(Run({.command = Command::kRetry, .name = "flights-copy"}),
              IsOkAndHolds(PageBlock("retry flights-copy")));
  EXPECT_EQ(Spec()["runNonce"], "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(Spec()["source"]["maxCompute"]["table"], "flights");
}

TEST_F(CommandsTest, ARunUnderWayIsNotRetried) {
  RunningWorld().PutInto(api_);
  EXPECT_THAT(Run({.command = Command::kRetry, .name = "flights-copy"}),
              FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_FALSE(Spec().contains("runNonce"));
}

TEST_F(CommandsTest, RowsThatMayBeThereTwiceNeedForce) {
  World world = FailedWorld();
  world.Condition("Succeeded", "False", "PartiallyCommitted", "1 of 3 partitions is committed");
  world.PutInto(api_);
  const auto refused = Run({.command = Command::kRetry, .name = "flights-copy"});
  ASSERT_THAT(refused, FailsWith(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(refused.error().message, HasSubstr("remove the committed rows"));
  EXPECT_FALSE(Spec().contains("runNonce"));
  EXPECT_THAT(Run({.command = Command::kRetry, .name = "flights-copy", .force = true}), IsOk());
  EXPECT_TRUE(Spec().contains("runNonce"));
}

TEST_F(CommandsTest, AChangeInBetweenIsNotOverwritten) {
  FailedWorld().PutInto(api_);
  bool changed = false;
  api_.SetBefore([&](const http::Request& request) -> Status {
    if (request.method != "PATCH" || std::exchange(changed, true)) return {};
    World meanwhile = FailedWorld();
    meanwhile.sync_job()["spec"]["runNonce"] = "of another";
    meanwhile.PutInto(api_);
    return {};
  });
  EXPECT_THAT(Run({.command = Command::kRetry, .name = "flights-copy"}),
              FailsWith(ErrorCode::kAborted));
  EXPECT_EQ(Spec()["runNonce"], "of another");
}

TEST_F(CommandsTest, SuspendAndResumeSayWhatTheyDid) {
  RunningWorld().PutInto(api_);
  EXPECT_THAT(Run({.command = Command::kResume, .name = "flights-copy"}),
              IsOkAndHolds("syncjob/flights-copy is not suspended\n"));
  EXPECT_THAT(Run({.command = Command::kSuspend, .name = "flights-copy"}),
              IsOkAndHolds("syncjob/flights-copy suspended\n"));
  EXPECT_EQ(Spec()["suspend"], true);
  EXPECT_THAT(Run({.command = Command::kSuspend, .name = "flights-copy"}),
              IsOkAndHolds("syncjob/flights-copy is suspended already\n"));
  EXPECT_THAT(Run({.command = Command::kResume, .name = "flights-copy"}),
              IsOkAndHolds("syncjob/flights-copy resumed\n"));
  EXPECT_EQ(Spec()["suspend"], false);
}

}  // namespace
}  // namespace culvert::plugin
