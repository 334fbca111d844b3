// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/json.h"
#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/real_kube_api.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "plugin/run_reader.h"

// The program `kubectl-culvert` against the API server that CULVERT_TEST_KUBECONFIG names, with the
// kinds as they are installed.

namespace culvert::plugin {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using test::IsOk;
using testing::HasSubstr;

class PluginApiServerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::RealKubeApi::IsGiven()) {
      GTEST_SKIP() << "no API server is named by CULVERT_TEST_KUBECONFIG";
    }
    api_ = std::make_unique<test::RealKubeApi>();
    api_->InstallKinds();
  }

  kube::Client& client() { return api_->client(); }
  const std::string& name_space() { return api_->name_space(); }
  OpContext ctx() { return env_.ctx(seconds(50)); }

  /// A SyncJob with this status of its summary.
  void Make(const std::string& succeeded, const std::string& reason) {
    const json side = {{"dataSourceRef", {{"name", "warehouse"}}}, {"column", {"*"}}};
    json source = side;
    source["table"] = "flights";
    json target = side;
    target.update({{"table", "flights_copy"}, {"truncate", true}, {"consistencyCommit", true}});
    auto made = client().Create(
        ctx(), kSyncJobs, name_space(),
        {{"apiVersion", "culvert.dev/v1alpha1"},
         {"kind", "SyncJob"},
         {"metadata", {{"name", "nightly"}}},
         {"spec", {{"source", {{"maxCompute", source}}}, {"target", {{"maxCompute", target}}}}}});
    ASSERT_THAT(made, IsOk());
    (*made)["status"] = {
        {"attempt", 1},
        {"conditions",
         {{{"type", "Succeeded"},
           {"status", succeeded},
           {"reason", reason},
           {"message", "it is so"},
           {"lastTransitionTime", "2026-01-02T03:04:05Z"}}}},
        {"plan",
         {{"partitions", 1}, {"targets", 1}, {"shards", 2}, {"rows", 10}, {"small", false}}}};
    ASSERT_THAT(client().ReplaceStatus(ctx(), kSyncJobs, Key("nightly"), *made), IsOk());
    uid_ = (*made)["metadata"]["uid"];
  }
  kube::ObjectKey Key(const std::string& name) {
    return {.name_space = name_space(), .name = name};
  }

  json Labelled(const std::string& name) const {
    return {{"name", name},
            {"labels",
             {{"culvert.dev/run-uid", uid_},
              {"culvert.dev/attempt", "1"},
              {"culvert.dev/step", "transfer"}}}};
  }
  /// The Job of the transfer with one pod that waits for its image.
  void MakeTransfer() {
    const json container = {{"name", "runner"}, {"image", "culvert.dev/runner:test"}};
    ASSERT_THAT(client().Create(
                    ctx(), kJobs, name_space(),
                    {{"metadata", Labelled("nightly-1-transfer")},
                     {"spec",
                      {{"completions", 2},
                       {"parallelism", 2},
                       {"completionMode", "Indexed"},
                       {"template",
                        {{"spec", {{"restartPolicy", "Never"}, {"containers", {container}}}}}}}}}),
                IsOk());
    json metadata = Labelled("nightly-1-transfer-0-x");
    metadata["annotations"] = {{"batch.kubernetes.io/job-completion-index", "0"}};
    auto pod = client().Create(ctx(), kPods, name_space(),
                               {{"metadata", metadata},
                                {"spec",
                                 {{"restartPolicy", "Never"},
                                  {"automountServiceAccountToken", false},
                                  {"containers", {container}}}}});
    ASSERT_THAT(pod, IsOk());
    (*pod)["status"] = {
        {"phase", "Pending"},
        {"containerStatuses",
         {{{"name", "runner"},
           {"ready", false},
           {"restartCount", 0},
           {"image", "culvert.dev/runner:test"},
           {"imageID", ""},
           {"state",
            {{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no such image"}}}}}}}}};
    ASSERT_THAT(client().ReplaceStatus(ctx(), kPods, Key("nightly-1-transfer-0-x"), *pod), IsOk());
  }

  test::ProcessOutcome Plugin(std::vector<std::string> args) {
    args.insert(args.begin(), std::string(CULVERT_BIN_DIR) + "/kubectl-culvert");
    args.insert(args.end(),
                {"-n", name_space(), "--kubeconfig", std::getenv("CULVERT_TEST_KUBECONFIG")});
    auto outcome = test::RunProcess(
        {.args = args, .env = {}, .stdin_text = {}, .working_directory = {}}, seconds(50));
    EXPECT_THAT(outcome, IsOk());
    return outcome.value_or(test::ProcessOutcome{-1, {}, {}});
  }
  json Spec() {
    const auto job = client().Get(ctx(), kSyncJobs, Key("nightly"));
    EXPECT_THAT(job, IsOk());
    return job ? (*job)["spec"] : json();
  }

 private:
  const test::RealContext env_;
  std::unique_ptr<test::RealKubeApi> api_;
  std::string uid_;
};

TEST_F(PluginApiServerTest, ShowsARunAndExplainsWhatHoldsItUp) {
  Make("Unknown", "Transferring");
  MakeTransfer();
  const auto status = Plugin({"status", "nightly"});
  EXPECT_EQ(status.exit_code, 0) << status.stderr_text;
  EXPECT_THAT(status.stdout_text, HasSubstr("nightly  Transferring  attempt 1  flights → "));
  EXPECT_THAT(status.stdout_text,
              HasSubstr("│  ├─ shard 0  Pending    ImagePullBackOff: no such image\n"
                        "│  └─ shard 1  Waiting\n"));
  const auto all = Plugin({"status", "-o", "json"});
  const auto listed = ParseJson(all.stdout_text);
  ASSERT_THAT(listed, IsOk()) << all.stderr_text;
  EXPECT_EQ((*listed)["items"][0]["steps"][1]["shardsTotal"], 2);
  EXPECT_THAT(Plugin({"explain-failure", "nightly"}).stdout_text,
              HasSubstr("nightly is held up, attempt 1: ImagePullBackOff"));
}

TEST_F(PluginApiServerTest, SuspendsAndResumes) {
  Make("Unknown", "Transferring");
  EXPECT_EQ(Plugin({"suspend", "nightly"}).stdout_text, "syncjob/nightly suspended\n");
  EXPECT_EQ(Spec()["suspend"], true);
  EXPECT_EQ(Plugin({"resume", "nightly"}).stdout_text, "syncjob/nightly resumed\n");
  EXPECT_EQ(Spec()["suspend"], false);
  const auto retry = Plugin({"retry", "nightly"});
  EXPECT_EQ(retry.exit_code, 1);
  EXPECT_THAT(retry.stderr_text, HasSubstr("is not at its end (Transferring)"));
}

TEST_F(PluginApiServerTest, RetriesWhatFailed) {
  Make("False", "PermissionDenied");
  const auto retry = Plugin({"retry", "nightly"});
  EXPECT_EQ(retry.exit_code, 0) << retry.stderr_text;
  EXPECT_FALSE(Spec().value("runNonce", "").empty());
  const auto missing = Plugin({"status", "nobody"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_EQ(missing.stderr_text,
            "error: there is no SyncJob 'nobody' in namespace '" + name_space() + "'\n");
}

}  // namespace
}  // namespace culvert::plugin
