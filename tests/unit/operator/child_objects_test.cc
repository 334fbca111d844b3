// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/child_objects.h"

#include "libs/base/digest.h"
#include "libs/syncjob/plan_parcel.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/syncjob/plan_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <set>
#include <string>

namespace culvert::control {
namespace {

using nlohmann::json;
using syncjob::Step;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const RunnerPods kPods{.image = "runner:1", .service_account = "mover", .version = "0.1.0"};
const RunId kRun{
    .key = {.name_space = "prod", .name = "copy"}, .uid = "1a2b3c4d-0000", .attempt = 1};

JobRequest Request(Step step) {
  JobRequest request{.run = kRun, .step = step, .secrets = {"key"}, .ca_bundles = {"ca"}};
  request.since = "2026-01-02T03:04:05Z";
  if (step != Step::kPlan) request.plan = syncjob::Summarize(syncjob::APlan());
  return request;
}

json PodOf(const json& job) { return job["spec"]["template"]["spec"]; }
json ContainerOf(const json& job) { return PodOf(job)["containers"][0]; }
std::string ArgsOf(const json& job) {
  const json container = ContainerOf(job);
  std::string args;
  for (const json& arg : container["args"]) {
    args += (args.empty() ? "" : " ") + arg.get<std::string>();
  }
  return args;
}

TEST(ChildObjectsTest, EveryPodIsRestrictedAndHasNoToken) {
  for (const Step step :
       {Step::kPlan, Step::kPrepare, Step::kTransfer, Step::kCommit, Step::kWork}) {
    const json job = MakeJob(kPods, Request(step));
    const json pod = PodOf(job);
    EXPECT_EQ(pod["automountServiceAccountToken"], false);
    EXPECT_EQ(pod["enableServiceLinks"], false);
    EXPECT_EQ(pod["restartPolicy"], "Never");
    EXPECT_EQ(pod["serviceAccountName"], "mover");
    EXPECT_EQ(pod["securityContext"]["runAsNonRoot"], true);
    EXPECT_EQ(pod["securityContext"]["runAsUser"], 65532);
    EXPECT_EQ(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    const json container = ContainerOf(job);
    EXPECT_EQ(container["image"], "runner:1");
    EXPECT_FALSE(container.contains("env"));
    EXPECT_FALSE(container.contains("command"));
    EXPECT_EQ(container["securityContext"]["readOnlyRootFilesystem"], true);
    EXPECT_EQ(container["securityContext"]["allowPrivilegeEscalation"], false);
    EXPECT_EQ(container["securityContext"]["capabilities"]["drop"], json::array({"ALL"}));
    EXPECT_EQ(container["ports"][0]["containerPort"], 9090);
    EXPECT_THAT(ArgsOf(job), HasSubstr("--termination-log /dev/termination-log"));
    EXPECT_EQ(pod["volumes"].size(), container["volumeMounts"].size());
    for (const json& mount : container["volumeMounts"]) {
      EXPECT_EQ(mount["readOnly"], true);
      EXPECT_FALSE(mount.contains("subPath"));
    }
  }
}

TEST(ChildObjectsTest, JobsRetryByIndexAndFailByPolicy) {
  const json job = MakeJob(kPods, Request(Step::kTransfer));
  const json& spec = job["spec"];
  EXPECT_EQ(spec["completionMode"], "Indexed");
  EXPECT_EQ(spec["completions"], 2);
  EXPECT_EQ(spec["parallelism"], 2);
  EXPECT_EQ(spec["backoffLimitPerIndex"], 6);
  EXPECT_EQ(spec["maxFailedIndexes"], 0);
  EXPECT_EQ(spec["podReplacementPolicy"], "Failed");
  EXPECT_FALSE(spec.contains("suspend"));  // Kueue's, where there is one
  const json& rules = spec["podFailurePolicy"]["rules"];
  ASSERT_EQ(rules.size(), 4u);
  EXPECT_EQ(rules[0]["action"], "FailJob");
  EXPECT_EQ(rules[0]["onExitCodes"]["values"], json({10, 11, 12, 13, 14, 15, 16, 17, 41}));
  EXPECT_EQ(rules[1]["action"], "FailIndex");
  EXPECT_EQ(rules[1]["onExitCodes"]["values"], json::array({40}));
  EXPECT_EQ(rules[2]["onPodConditions"][0]["type"], "DisruptionTarget");
  EXPECT_EQ(rules[3]["action"], "Ignore");
  EXPECT_EQ(rules[3]["onExitCodes"]["values"], json({20, 21, 143}));
}

TEST(ChildObjectsTest, ChildrenSayWhoseTheyAre) {
  const json job = MakeJob(kPods, Request(Step::kTransfer));
  EXPECT_EQ(job["metadata"]["name"], "copy-1a2b3c4d-1-transfer");
  const json owner = job["metadata"]["ownerReferences"];
  ASSERT_EQ(owner.size(), 1u);
  EXPECT_EQ(owner[0]["uid"], kRun.uid);
  EXPECT_EQ(owner[0]["controller"], true);
  EXPECT_EQ(owner[0]["blockOwnerDeletion"], true);
  for (const json& metadata : {job["metadata"], job["spec"]["template"]["metadata"]}) {
    const json marks = metadata["labels"];
    EXPECT_EQ(marks["app.kubernetes.io/name"], "culvert-runner");
    EXPECT_EQ(marks["app.kubernetes.io/instance"], "copy-1a2b3c4d");
    EXPECT_EQ(marks["app.kubernetes.io/component"], "transfer");
    EXPECT_EQ(marks["app.kubernetes.io/part-of"], "culvert");
    EXPECT_EQ(marks["app.kubernetes.io/managed-by"], "culvert-operator");
    EXPECT_EQ(marks["culvert.dev/run-uid"], kRun.uid);
    EXPECT_EQ(marks["culvert.dev/attempt"], "1");
    EXPECT_EQ(metadata["annotations"]["culvert.dev/syncjob"], "copy");
  }
}

TEST(ChildObjectsTest, EachStepGetsItsArgumentsAndFiles) {
  JobRequest plan = Request(Step::kPlan);
  EXPECT_THAT(ArgsOf(MakeJob(kPods, plan)),
              HasSubstr("plan -f /etc/culvert/input/manifest.json --job prod/copy --attempt 1 "
                        "--since 2026-01-02T03:04:05Z --hand-over"));
  plan.previous = kRun;
  plan.plan = syncjob::Summarize(syncjob::APlan());
  EXPECT_THAT(ArgsOf(MakeJob(kPods, plan)), HasSubstr("--previous-plan /etc/culvert/previous"));

  JobRequest transfer = Request(Step::kTransfer);
  EXPECT_THAT(ArgsOf(MakeJob(kPods, transfer)), Not(HasSubstr("--shards")));
  transfer.shards = {1};
  const json left = MakeJob(kPods, transfer);
  EXPECT_THAT(ArgsOf(left), HasSubstr("transfer --plan /etc/culvert/plan --shards 1"));
  EXPECT_EQ(left["spec"]["completions"], 1);
  EXPECT_EQ(left["metadata"]["annotations"]["culvert.dev/shards"], "1");

  JobRequest commit = Request(Step::kCommit);
  EXPECT_THAT(ArgsOf(MakeJob(kPods, commit)),
              HasSubstr("commit --plan /etc/culvert/plan --decision /etc/culvert/decision"));
  commit.final_reports = true;
  EXPECT_THAT(ArgsOf(MakeJob(kPods, commit)), HasSubstr("--reports /etc/culvert/reports"));
  EXPECT_THAT(ArgsOf(MakeJob(kPods, Request(Step::kWork))),
              HasSubstr("work --plan /etc/culvert/plan --decision /etc/culvert/decision --knobs"));
}

TEST(ChildObjectsTest, EveryPodIsToldWhereEndpointsMayBe) {
  RunnerPods strict = kPods;
  strict.endpoint_allow = {"*.aliyuncs.com", "proxy.sales.svc"};
  strict.endpoint_refuse = {"10.96.0.0/12", "10.0.0.1/32"};
  for (const Step step :
       {Step::kPlan, Step::kPrepare, Step::kTransfer, Step::kCommit, Step::kWork}) {
    const std::string usual = ArgsOf(MakeJob(kPods, Request(step)));
    EXPECT_THAT(usual, HasSubstr(" --endpoint-allow default "));
    EXPECT_THAT(usual, Not(HasSubstr("--endpoint-refuse")));
    EXPECT_THAT(ArgsOf(MakeJob(strict, Request(step))),
                HasSubstr(" --endpoint-allow *.aliyuncs.com --endpoint-allow proxy.sales.svc "
                          "--endpoint-refuse 10.96.0.0/12 --endpoint-refuse 10.0.0.1/32 "));
  }
}

TEST(ChildObjectsTest, APodWaitsForAKeyNoLongerThanItsRun) {
  for (const Step step :
       {Step::kPlan, Step::kPrepare, Step::kTransfer, Step::kCommit, Step::kWork}) {
    JobRequest request = Request(step);
    EXPECT_THAT(ArgsOf(MakeJob(kPods, request)), Not(HasSubstr("--credentials-wait")));
    request.credentials_wait = std::chrono::hours(24);
    EXPECT_THAT(ArgsOf(MakeJob(kPods, request)), Not(HasSubstr("--credentials-wait")));
    request.credentials_wait = std::chrono::seconds(30);
    EXPECT_THAT(ArgsOf(MakeJob(kPods, request)), HasSubstr(" --credentials-wait 30 "));
  }
}

TEST(ChildObjectsTest, KeysAreProjectedFilesThatMayBeMissing) {
  JobRequest request = Request(Step::kPlan);
  const json pod = PodOf(MakeJob(kPods, request));
  const json& volumes = pod["volumes"];
  const json& mounts = pod["containers"][0]["volumeMounts"];
  EXPECT_EQ(mounts[0]["mountPath"], "/etc/culvert/credentials/ca");
  EXPECT_EQ(volumes[0]["projected"]["sources"][0]["configMap"]["items"][0]["key"], "ca.crt");
  EXPECT_EQ(mounts[1]["mountPath"], "/etc/culvert/credentials/key");
  const json secret = volumes[1]["projected"]["sources"][0]["secret"];
  EXPECT_EQ(secret["name"], "key");
  EXPECT_EQ(secret["optional"], true);
  std::vector<std::string> keys;
  for (const json& item : secret["items"]) keys.push_back(item["key"]);
  EXPECT_THAT(keys, ElementsAre("accessKeyId", "accessKeySecret", "securityToken", "expiration"));
  request.ca_bundles = {"key"};  // one name for both: one directory
  const json both = PodOf(MakeJob(kPods, request))["volumes"][0]["projected"]["sources"];
  EXPECT_EQ(both.size(), 2u);
}

TEST(ChildObjectsTest, WhatTheUserSaysOfPodsIsPassedOn) {
  JobRequest request = Request(Step::kWork);
  request.queue = "night";
  request.runner = R"({"threads": 2, "resources": {"limits": {"memory": "4Gi"}},
      "nodeSelector": {"disk": "fast"}, "tolerations": [{"key": "x", "operator": "Exists"}],
      "affinity": {"nodeAffinity": {}}, "priorityClassName": "low", "imagePullSecrets":
      [{"name": "pull"}], "labels": {"team": "a", "culvert.dev/run-uid": "stolen"},
      "annotations": {"sidecar.istio.io/inject": "true", "note": "n"}})";
  const json job = MakeJob(kPods, request);
  const json pod = PodOf(job);
  EXPECT_EQ(pod["nodeSelector"]["disk"], "fast");
  EXPECT_EQ(pod["tolerations"][0]["key"], "x");
  EXPECT_TRUE(pod.contains("affinity"));
  EXPECT_EQ(pod["priorityClassName"], "low");
  EXPECT_EQ(pod["imagePullSecrets"][0]["name"], "pull");
  EXPECT_EQ(pod["containers"][0]["resources"]["limits"]["memory"], "4Gi");
  const json& metadata = job["spec"]["template"]["metadata"];
  EXPECT_EQ(metadata["labels"]["team"], "a");
  EXPECT_EQ(metadata["labels"]["culvert.dev/run-uid"], kRun.uid);
  EXPECT_EQ(metadata["annotations"]["sidecar.istio.io/inject"], "true");
  EXPECT_EQ(metadata["annotations"]["linkerd.io/inject"], "disabled");
  EXPECT_EQ(job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"], "night");
  request.step = Step::kCommit;
  EXPECT_FALSE(MakeJob(kPods, request)["metadata"]["labels"].contains(labels::kQueue));
}

TEST(ChildObjectsTest, DefaultsLeaveTheSchedulerRoom) {
  const json resources = ContainerOf(MakeJob(kPods, Request(Step::kPlan)))["resources"];
  EXPECT_TRUE(resources["limits"].contains("memory"));
  EXPECT_TRUE(resources["requests"].contains("cpu"));
  JobRequest empty = Request(Step::kPlan);
  empty.runner = R"({"resources": {}, "priorityClassName": "", "tolerations": []})";
  const json pod = PodOf(MakeJob(kPods, empty));
  EXPECT_EQ(pod["containers"][0]["resources"], resources);
  EXPECT_FALSE(pod.contains("priorityClassName"));
  EXPECT_FALSE(pod.contains("tolerations"));
}

TEST(ChildObjectsTest, TheLogLevelIsAFlagWhereNoKnobsSayIt) {
  for (const Step step :
       {Step::kPlan, Step::kPrepare, Step::kTransfer, Step::kCommit, Step::kWork}) {
    JobRequest request = Request(step);
    EXPECT_THAT(ArgsOf(MakeJob(kPods, request)), Not(HasSubstr("--log-level")));
    request.runner = R"({"logLevel": "debug"})";
    const std::string args = ArgsOf(MakeJob(kPods, request));
    const bool follows_knobs = args.find("--knobs") != std::string::npos;
    EXPECT_EQ(args.find("--log-level debug") != std::string::npos, !follows_knobs)
        << syncjob::StepName(step);
  }
  EXPECT_EQ(RunnerLogLevel(R"({"logLevel": "warn"})"), "warn");
  for (const char* silent : {"", "[]", "{}", R"({"logLevel": null})", R"({"logLevel": 3})"}) {
    EXPECT_EQ(RunnerLogLevel(silent), "") << silent;
  }
}

TEST(ChildObjectsTest, OtherResourcesHaveAnotherHash) {
  EXPECT_EQ(ResourcesHash(""), ResourcesHash(R"({"threads": 3})"));
  EXPECT_EQ(ResourcesHash(""), ResourcesHash(R"({"resources": {}})"));
  EXPECT_NE(ResourcesHash(""), ResourcesHash(R"({"resources": {"limits": {"cpu": 1}}})"));
}

TEST(ChildObjectsTest, ALargePlanIsCutIntoRecordsThatFit) {
  // Ids that nothing compresses.
  syncjob::Plan plan = syncjob::APlan();
  for (std::uint64_t i = 1; i <= 1'500; ++i) {
    std::string id;
    for (int part = 0; part < 16; ++part)
      id += Sha256Hex(std::to_string(i * 100 + static_cast<std::uint64_t>(part)));
    plan.sources.push_back(
        {.partition = "month=" + std::to_string(i + 2), .download_id = id, .rows = 1, .target = 0});
    plan.shards[1].blocks.push_back({.source = plan.sources.size() - 1,
                                     .start = 0,
                                     .rows = 1,
                                     .session = 0,
                                     .block_id = 2 + i});
    plan.rows += 1;
  }
  const std::vector<json> maps = MakePlanRecord(kPods, kRun, plan);
  ASSERT_GT(maps.size(), 1u);
  const auto summary =
      syncjob::ParseSummary(maps.back()["data"]["summary.json"].get<std::string>());
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->pieces, maps.size());
  std::string joined =
      Base64Decode(maps.back()["binaryData"]["plan.000"].get<std::string>()).value();
  std::set<std::string> names;
  for (std::size_t i = 0; i + 1 < maps.size(); ++i) {
    const std::string piece =
        Base64Decode(maps[i]["binaryData"][syncjob::PlanPieceFile(i + 1)].get<std::string>())
            .value();
    EXPECT_LE(piece.size(), syncjob::kRecordBytesMax);
    EXPECT_EQ(maps[i]["immutable"], true);
    joined += piece;
    names.insert(maps[i]["metadata"]["name"].get<std::string>());
  }
  EXPECT_THAT(syncjob::UnpackRecord(joined, syncjob::PlanHash(plan)), test::IsOk());
  // Pods mount exactly these.
  JobRequest request = Request(Step::kTransfer);
  request.plan = *summary;
  const json pod = PodOf(MakeJob(kPods, request));
  for (const json& volume : pod["volumes"]) {
    if (volume["name"] != "plan") continue;
    for (const json& source : volume["projected"]["sources"]) {
      names.erase(source["configMap"]["name"].get<std::string>());
    }
  }
  EXPECT_TRUE(names.empty());
}

TEST(ChildObjectsTest, RecordsThatDecideAreImmutable) {
  EXPECT_EQ(MakeInput(kPods, kRun, {json{{"kind", "SyncJob"}}})["immutable"], true);
  EXPECT_EQ(MakeDecision(kPods, kRun, {.commit = true}, {})["immutable"], true);
  EXPECT_EQ(MakeFinalReports(kPods, kRun, {})["immutable"], true);
  EXPECT_EQ(MakePlanRecord(kPods, kRun, syncjob::APlan()).back()["immutable"], true);
  EXPECT_FALSE(MakeReports(kPods, kRun, {}).contains("immutable"));
}

TEST(ChildObjectsTest, TheVolumeOfDirtyRowsIsMountedWhereTheyAreWritten) {
  for (const Step step :
       {Step::kPlan, Step::kPrepare, Step::kTransfer, Step::kCommit, Step::kWork}) {
    const bool keeps = step != Step::kPlan && step != Step::kPrepare;
    JobRequest request = Request(step);
    EXPECT_THAT(ArgsOf(MakeJob(kPods, request)), Not(HasSubstr("--dirty-directory")));
    request.dirty_claim = "dirty-rows";
    const json job = MakeJob(kPods, request);
    const bool passed =
        ArgsOf(job).find("--dirty-directory /var/lib/culvert/dirty") != std::string::npos;
    EXPECT_EQ(passed, keeps) << syncjob::StepName(step);
    bool mounted = false;
    const json pod = PodOf(job);
    for (const json& volume : pod["volumes"]) {
      mounted = mounted || volume.contains("persistentVolumeClaim");
    }
    EXPECT_EQ(mounted, keeps) << syncjob::StepName(step);
    if (!keeps) continue;
    EXPECT_THAT(PodOf(job)["volumes"],
                Contains(json{{"name", "dirty"},
                              {"persistentVolumeClaim", {{"claimName", "dirty-rows"}}}}));
    EXPECT_THAT(ContainerOf(job)["volumeMounts"],
                Contains(json{{"name", "dirty"}, {"mountPath", "/var/lib/culvert/dirty"}}));
    EXPECT_EQ(ContainerOf(job)["securityContext"]["readOnlyRootFilesystem"], true);
  }
}

}  // namespace
}  // namespace culvert::control
