// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/objects.h"

#include "libs/syncjob/plan_parcel.h"
#include "operator/child_objects.h"
#include "operator/names.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/libs/syncjob/plan_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace culvert::control {
namespace {

using nlohmann::json;
using test::FailsWith;
using test::IsOk;
using ::testing::HasSubstr;

json Stored(json object) {
  object["metadata"]["uid"] = "uid-of-it";
  object["metadata"]["resourceVersion"] = "12";
  object["metadata"]["managedFields"] = json::array({json{{"manager", "x"}}});
  return object;
}

json ASyncJob() {
  return Stored(json::parse(R"({
    "apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob",
    "metadata": {"name": "copy", "namespace": "prod", "generation": 3,
                 "labels": {"kueue.x-k8s.io/queue-name": "night", "other": "x"}},
    "spec": {
      "source": {"maxCompute": {"dataSourceRef": {"name": "from"}, "table": "t", "column": ["*"]}},
      "target": {"maxCompute": {"dataSourceRef": {"name": "to"}, "table": "u", "column": ["*"],
                                "truncate": true}},
      "runner": {"threads": 2, "nodeSelector": {"a": "b"}},
      "runNonce": "n", "ttlSecondsAfterFinished": 5},
    "status": {"attempt": 2, "streams": 4}})"));
}

const RunId kSecondAttempt{
    .key = {.name_space = "prod", .name = "copy"}, .uid = "run-uid-1", .attempt = 2};

TEST(ObjectsTest, ASyncJobIsReadAsOnOneMachine) {
  const auto job = ProjectSyncJob(ASyncJob());
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->problem, "");
  EXPECT_EQ(job->job.name, "copy");
  EXPECT_EQ(job->job.spec.threads, 2);
  EXPECT_EQ(job->job.run_nonce, "n");
  EXPECT_EQ(job->job.ttl_seconds_after_finished, 5);
  EXPECT_EQ(json::parse(job->runner)["nodeSelector"]["a"], "b");
  EXPECT_EQ(job->queue, "night");
  EXPECT_EQ(job->status.attempt, 2);
  EXPECT_EQ(job->meta.generation, 3);
}

TEST(ObjectsTest, ASpecThatMakesNoSenseIsAProblemNotABlindSpot) {
  json object = ASyncJob();
  object["spec"]["target"]["maxCompute"]["tabel"] = "x";
  const auto job = ProjectSyncJob(object);
  ASSERT_THAT(job, IsOk());
  EXPECT_THAT(job->problem, HasSubstr("spec.target.maxCompute"));
  EXPECT_THAT(job->problem, HasSubstr("did you mean 'table'"));
  EXPECT_EQ(job->problem.find("object:"), std::string::npos);
  EXPECT_EQ(job->job.run_nonce, "n");
  object.erase("spec");
  ASSERT_THAT(ProjectSyncJob(object), IsOk());
  EXPECT_NE(ProjectSyncJob(object)->problem, "");
}

TEST(ObjectsTest, AStatusThatCannotBeReadIsNoNewRun) {
  json object = ASyncJob();
  object["status"]["attempt"] = "two";
  EXPECT_THAT(ProjectSyncJob(object), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ObjectsTest, ADataSource) {
  json object = Stored(json::parse(R"({
    "apiVersion": "culvert.dev/v1alpha1", "kind": "DataSource",
    "metadata": {"name": "to", "namespace": "prod"},
    "spec": {"maxCompute": {"endpoint": "https://e.example/api", "project": "p",
                            "credentialsRef": {"name": "k"},
                            "limits": {"maxConcurrentStreams": 7}}}})"));
  const auto data_source = ProjectDataSource(object);
  ASSERT_THAT(data_source, IsOk());
  EXPECT_EQ(data_source->problem, "");
  EXPECT_EQ(data_source->data_source.credentials_secret, "k");
  EXPECT_EQ(data_source->data_source.concurrent_streams_max, 7);
  object["spec"]["maxCompute"].erase("project");
  EXPECT_NE(ProjectDataSource(object)->problem, "");
}

TEST(ObjectsTest, AJobOfOurs) {
  const JobRequest request{.run = kSecondAttempt,
                           .step = syncjob::Step::kTransfer,
                           .plan = syncjob::Summarize(syncjob::APlan()),
                           .shards = {1}};
  json object = Stored(MakeJob({}, request));
  auto job = ProjectJob(object);
  ASSERT_THAT(job, IsOk());
  EXPECT_EQ(job->run_uid, kSecondAttempt.uid);
  EXPECT_EQ(job->owner, "copy");
  EXPECT_EQ(job->step, "transfer");
  EXPECT_EQ(job->attempt, 2);
  EXPECT_EQ(job->shards, std::vector<std::uint64_t>{1});
  EXPECT_TRUE(job->meta.has_controller);
  EXPECT_FALSE(job->IsFinished());
  EXPECT_FALSE(job->ending);
  EXPECT_EQ(job->completions, 1);
  object["status"] = json::parse(R"({"active": 2, "conditions": [
      {"type": "FailureTarget", "status": "True", "reason": "PodFailurePolicy"}]})");
  EXPECT_FALSE(ProjectJob(object)->IsFinished());  // pods may still live
  EXPECT_TRUE(ProjectJob(object)->ending);
  object["status"]["conditions"].push_back(
      json::parse(R"({"type": "Failed", "status": "True", "reason": "PodFailurePolicy",
                      "message": "exit code 13", "lastTransitionTime": "2026-01-02T03:04:05Z"})"));
  job = ProjectJob(object);
  EXPECT_TRUE(job->failed);
  EXPECT_EQ(job->failure, "PodFailurePolicy: exit code 13");
  EXPECT_EQ(job->ended, "2026-01-02T03:04:05Z");
  object["status"]["conditions"][1]["status"] = "False";
  EXPECT_FALSE(ProjectJob(object)->IsFinished());
}

TEST(ObjectsTest, ASpecIsReadOnceForEachGeneration) {
  json object = ASyncJob();
  SyncJobObject known = ProjectSyncJob(object).value();
  known.job.run_nonce = "as it was read before";
  kube::Store<SyncJobObject> seen;
  seen.Apply(std::make_shared<const SyncJobObject>(known));
  object["status"]["attempt"] = 3;
  object["metadata"]["resourceVersion"] = "13";
  const auto next = ProjectSyncJob(object, &seen);
  ASSERT_THAT(next, IsOk());
  EXPECT_EQ(next->job.run_nonce, "as it was read before");
  EXPECT_EQ(next->runner, known.runner);
  EXPECT_EQ(next->status.attempt, 3);
  EXPECT_EQ(next->meta.resource_version, "13");
  json edited = object;
  edited["metadata"]["generation"] = 4;
  EXPECT_EQ(ProjectSyncJob(edited, &seen)->job.run_nonce, "n");
  json other = object;
  other["metadata"]["uid"] = "another";
  EXPECT_EQ(ProjectSyncJob(other, &seen)->job.run_nonce, "n");
}

TEST(ObjectsTest, APlansTextStaysBehind) {
  syncjob::StepMessage word{.step = syncjob::Step::kPlan,
                            .plan = syncjob::PackForMessage(syncjob::APlan())};
  ASSERT_FALSE(word.plan->text.empty());
  const std::string whole = syncjob::StepMessageToJson(word);
  json object = Stored(
      json{{"metadata",
            {{"name", "p"}, {"namespace", "prod"}, {"labels", {{"culvert.dev/step", "plan"}}}}},
           {"status",
            {{"phase", "Succeeded"},
             {"containerStatuses",
              json::array(
                  {json{{"name", "runner"},
                        {"state", {{"terminated", {{"exitCode", 0}, {"message", whole}}}}}}})}}}});
  const auto pod = ProjectPod(object);
  ASSERT_THAT(pod, IsOk());
  EXPECT_TRUE(pod->plan_apart);
  word.plan->text.clear();
  EXPECT_EQ(syncjob::ParseStepMessage(pod->last_word).value(), word);
  EXPECT_EQ(LastWordOf(object), whole);

  // A plan that is in the log has none, and of other steps nothing is left out.
  object["status"]["containerStatuses"][0]["state"]["terminated"]["message"] =
      syncjob::StepMessageToJson(word);
  EXPECT_FALSE(ProjectPod(object)->plan_apart);
  object["metadata"]["labels"]["culvert.dev/step"] = "commit";
  EXPECT_FALSE(ProjectPod(object)->plan_apart);
  object["status"].erase("containerStatuses");
  EXPECT_EQ(LastWordOf(object), "");
}

TEST(ObjectsTest, APod) {
  json object = Stored(json::parse(R"({
    "metadata": {"name": "p", "namespace": "prod",
      "creationTimestamp": "2026-01-02T03:04:05Z",
      "labels": {"culvert.dev/run-uid": "r", "culvert.dev/step": "transfer",
                 "culvert.dev/attempt": "3"},
      "annotations": {"culvert.dev/syncjob": "copy",
                      "batch.kubernetes.io/job-completion-index": "41"},
      "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "j", "uid": "ju",
                           "controller": true}]},
    "spec": {"nodeName": "n1"},
    "status": {"phase": "Failed", "podIP": "10.0.0.7", "reason": "Evicted", "message": "memory",
      "conditions": [
        {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet",
         "message": "low"},
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "none"}],
      "containerStatuses": [
        {"name": "istio-proxy", "state": {"terminated": {"exitCode": 7}}},
        {"name": "runner", "state": {"terminated": {"exitCode": 143, "reason": "Error",
          "message": "{}", "finishedAt": "2026-01-02T03:05:05Z"}}}]}})"));
  const auto pod = ProjectPod(object);
  ASSERT_THAT(pod, IsOk());
  EXPECT_EQ(pod->index, 41);
  EXPECT_EQ(pod->attempt, 3);
  EXPECT_EQ(pod->job_uid, "ju");
  EXPECT_EQ(pod->owner, "copy");
  EXPECT_EQ(pod->ip, "10.0.0.7");
  EXPECT_EQ(pod->exit_code, 143);  // of the runner, whatever a sidecar does
  EXPECT_EQ(pod->last_word, "{}");
  EXPECT_EQ(pod->disruption, "TerminationByKubelet: low");
  EXPECT_EQ(pod->unschedulable, "none");
  EXPECT_EQ(pod->status_message, "memory");
  EXPECT_FALSE(pod->IsAlive());
  object["status"] = json::parse(R"({"phase": "Pending", "containerStatuses": [
      {"name": "runner", "state": {"waiting": {"reason": "ErrImagePull", "message": "m"}}}]})");
  EXPECT_EQ(ProjectPod(object)->waiting_reason, "ErrImagePull");
  EXPECT_EQ(ProjectPod(object)->exit_code, std::nullopt);
  object["status"] = 7;
  EXPECT_THAT(ProjectPod(object), IsOk());
}

TEST(ObjectsTest, RecordsComeBack) {
  const auto plan = MakePlanRecord({}, kSecondAttempt, syncjob::APlan());
  const auto recorded = ProjectRecord(Stored(plan.back()));
  ASSERT_THAT(recorded, IsOk());
  EXPECT_EQ(recorded->kind, "plan");
  EXPECT_EQ(recorded->owner, "copy");
  EXPECT_EQ(recorded->attempt, 2);
  ASSERT_TRUE(recorded->plan);
  EXPECT_EQ(*recorded->plan, syncjob::Summarize(syncjob::APlan()));

  const syncjob::ShardReport report{.shard = 5, .rows_read = 7, .route = "typed"};
  const auto reports = ProjectRecord(Stored(MakeReports({}, kSecondAttempt, {report})));
  EXPECT_EQ(reports->reports.at(5), report);

  const syncjob::CommitDecision commit{.commit = true, .attempt = 2, .plan_hash = "h"};
  const auto decision = ProjectRecord(Stored(MakeDecision({}, kSecondAttempt, commit, {report})));
  EXPECT_EQ(decision->decision, commit);

  EXPECT_EQ(ProjectRecord(Stored(MakeKnobs({}, kSecondAttempt, "{}")))->knobs, "{}");
}

TEST(ObjectsTest, DamagedRecordsAreProblems) {
  json plan = Stored(MakePlanRecord({}, kSecondAttempt, syncjob::APlan()).back());
  plan["data"]["summary.json"] = "{}";
  EXPECT_FALSE(ProjectRecord(plan)->plan);
  EXPECT_NE(ProjectRecord(plan)->problem, "");
  json decision = Stored(MakeDecision({}, kSecondAttempt, {}, {}));
  decision["data"].erase("decision.json");
  EXPECT_FALSE(ProjectRecord(decision)->decision);
  json reports = Stored(MakeReports({}, kSecondAttempt, {}));
  reports["data"]["3.json"] = "{}";
  EXPECT_TRUE(ProjectRecord(reports)->reports.empty());
  EXPECT_NE(ProjectRecord(reports)->problem, "");
}

TEST(ObjectsTest, ARunOfAScheduleKnowsItsPlannedTime) {
  json run = {{"metadata",
               {{"name", "nightly-20250330t161000z.r1"},
                {"namespace", "default"},
                {"uid", "u"},
                {"resourceVersion", "1"},
                {"labels", {{"culvert.dev/backfill", "march"}}},
                {"annotations",
                 {{"culvert.dev/cycle-time", "2025-03-30T16:10:00Z"},
                  {"culvert.dev/retry", "1"},
                  {"culvert.dev/retries", "2"},
                  {"culvert.dev/parameters", R"({"day":"20250330"})"}}},
                {"ownerReferences",
                 {{{"apiVersion", "culvert.dev/v1alpha1"},
                   {"kind", "SyncSchedule"},
                   {"name", "nightly"},
                   {"uid", "s"},
                   {"controller", true}}}}}}};
  const auto firing = ProjectSyncJob(run)->firing;
  ASSERT_NE(firing, nullptr);
  EXPECT_EQ(*firing,
            (Firing{.schedule_uid = "s",
                    .schedule = "nightly",
                    .planned = std::chrono::sys_seconds(std::chrono::seconds(1'743'351'000)),
                    .backfill = "march",
                    .retry = 1,
                    .retries_max = 2,
                    .parameters = {{.name = "day", .value = "20250330"}}}));
  run["metadata"]["annotations"]["culvert.dev/parameters"] = "no JSON";
  EXPECT_TRUE(ProjectSyncJob(run)->firing->parameters.empty());
  run["metadata"]["annotations"].erase("culvert.dev/cycle-time");
  EXPECT_EQ(ProjectSyncJob(run)->firing, nullptr);
  run["metadata"].erase("ownerReferences");
  EXPECT_EQ(ProjectSyncJob(run)->firing, nullptr);
}

TEST(ObjectsTest, AScheduleThatMakesNoSenseIsKeptWithWhy) {
  json object = {
      {"apiVersion", "culvert.dev/v1alpha1"},
      {"kind", "SyncSchedule"},
      {"metadata",
       {{"name", "nightly"}, {"namespace", "default"}, {"uid", "u"}, {"resourceVersion", "1"}}},
      {"spec", {{"schedule", "@daily"}, {"jobTemplate", {{"spec", {{"source", 1}}}}}}},
      {"status", {{"missedRuns", 3}}}};
  const auto good = ProjectSyncSchedule(object);
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->problem, "");
  EXPECT_EQ(good->job_spec, R"({"source":1})");
  EXPECT_EQ(good->status.missed_runs, 3);
  object["spec"].erase("schedule");
  EXPECT_EQ(ProjectSyncSchedule(object)->problem,
            "spec: must set exactly one of schedule, schedules");
  object["status"]["missedRuns"] = "three";
  EXPECT_FALSE(ProjectSyncSchedule(object).has_value());  // it is not to be taken for a new one
}

}  // namespace
}  // namespace culvert::control
