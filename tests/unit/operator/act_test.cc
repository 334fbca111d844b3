// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/act.h"

#include "libs/syncjob/plan_parcel.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/libs/syncjob/plan_support.h"
#include "tests/unit/operator/builders.h"
#include "tests/unit/operator/fake_api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

// Decisions being carried out, where others do something at the same time.

namespace culvert::control {
namespace {

using nlohmann::json;
using test::FailsWith;
using test::IsOk;
using testing::HasSubstr;

class ActTest : public testing::Test {
 protected:
  ActTest() {
    api_.Put(kJobPath, {{"apiVersion", "culvert.dev/v1alpha1"},
                        {"kind", "SyncJob"},
                        {"metadata", {{"name", "copy"}, {"namespace", "default"}}}});
    const json stored = api_.Object(kJobPath);
    run_.job.meta.uid = stored["metadata"]["uid"];
    run_.job.meta.resource_version = stored["metadata"]["resourceVersion"];
    id_ = {.key = run_.job.meta.key, .uid = run_.job.meta.uid, .attempt = 1};
  }

  Result<ActResult> Carry(Action action) {
    Decision decision{.status = run_.job.status};
    decision.actions.push_back(std::move(action));
    return Carry(decision);
  }
  Result<ActResult> Carry(const Decision& decision) {
    Actor actor({.pods = {}, .own_namespace = "system"}, *client_, ledger_, pending_);
    return actor.Carry(env_.ctx(), run_.job, decision, true);
  }
  /// A child of the run as it is stored.
  void Put(const std::string& path, json object) {
    object["metadata"]["labels"][labels::kRunUid] = id_.uid;
    object["metadata"]["ownerReferences"] = json::array({json{{"apiVersion", kApiVersion},
                                                              {"kind", "SyncJob"},
                                                              {"name", "copy"},
                                                              {"uid", id_.uid},
                                                              {"controller", true}}});
    api_.Put(path, std::move(object));
  }
  /// Somebody else removes the object at `path` just before the next request of that method.
  void RemoveBefore(const std::string& method, const std::string& path) {
    api_.SetBefore([this, method, path](const http::Request& request) -> Status {
      if (request.method == method) api_.Put(path, nullptr);
      return {};
    });
  }
  ClaimHolder Holder(const std::string& uid) const {
    return {.job = id_.key, .uid = uid, .partitions = {"load=1"}};
  }
  std::string PutClaim(std::vector<ClaimHolder> holders) {
    const std::string path = "/api/v1/namespaces/system/configmaps/" + ClaimName("t");
    api_.Put(path, MakeClaim("system", {.target = "t", .holders = std::move(holders)}));
    return path;
  }

  syncjob::Plan Plan() const {
    syncjob::Plan plan = syncjob::APlan();
    plan.job = id_.key.ToString();
    plan.attempt = 1;
    return plan;
  }
  /// A pod that hands the plan over, as it is seen.
  PodPtr PutPlanPod() {
    const std::string word = syncjob::StepMessageToJson(
        {.step = syncjob::Step::kPlan, .plan = syncjob::PackForMessage(Plan())});
    const json ended = {{"terminated", {{"exitCode", 0}, {"message", word}}}};
    json pod = {{"metadata", {{"name", "plan-0"}, {"namespace", "default"}}},
                {"status", {{"phase", "Succeeded"}}}};
    pod["metadata"]["labels"][labels::kStep] = "plan";
    pod["status"]["containerStatuses"] = json::array({json{{"name", "runner"}, {"state", ended}}});
    Put(kPlanPodPath, pod);
    return std::make_shared<const PodObject>(ProjectPod(api_.Object(kPlanPodPath)).value());
  }

  static constexpr const char* kPlanPodPath = "/api/v1/namespaces/default/pods/plan-0";
  static constexpr const char* kRecordsPath = "/api/v1/namespaces/default/configmaps/";
  static constexpr const char* kJobPath =
      "/apis/culvert.dev/v1alpha1/namespaces/default/syncjobs/copy";
  static constexpr const char* kPlanPath = "/apis/batch/v1/namespaces/default/jobs/plan";
  test::FakeContext env_;
  test::FakeKubeApi api_;
  std::unique_ptr<kube::Client> client_ = ClientOf(api_);
  StreamLedger ledger_;
  PendingWrites pending_;
  ARun run_;
  RunId id_;
};

TEST_F(ActTest, AClaimThatIsGoneIsReleased) {
  const std::string path = PutClaim({Holder(id_.uid)});
  RemoveBefore("DELETE", path);
  EXPECT_THAT(Carry(ReleaseTarget{.target = "t", .uid = id_.uid}), IsOk());
  EXPECT_THAT(Carry(ReleaseTarget{.target = "t", .uid = id_.uid}), IsOk());
}

TEST_F(ActTest, AClaimThatGoesWhileItIsTakenIsARace) {
  const std::string path = PutClaim({Holder(id_.uid)});
  RemoveBefore("PUT", path);
  ClaimHolder other = Holder("another");
  other.partitions = {"load=2"};
  EXPECT_THAT(Carry(ClaimTarget{.target = "t", .holder = other}), FailsWith(ErrorCode::kAborted));
  EXPECT_THAT(Carry(ClaimTarget{.target = "t", .holder = other}), IsOk());
  EXPECT_THAT(api_.Object(path)["data"]["holders"].get<std::string>(), HasSubstr("another"));
}

TEST_F(ActTest, NoJobBeginsWithoutItsTarget) {
  json job = api_.Object(kJobPath);
  job["status"]["attempt"] = 1;
  api_.Put(kJobPath, job);
  // A cache that is behind may show a claim of the attempt before, which was given back since.
  JobRequest request{.run = id_, .step = syncjob::Step::kWork, .plan = run_.Summary(1)};
  const CreateJob create{.request = request,
                         .held = ClaimTarget{.target = "t", .holder = Holder(id_.uid)}};
  EXPECT_THAT(Carry(create), FailsWith(ErrorCode::kAborted));
  PutClaim({Holder("another")});
  EXPECT_THAT(Carry(create), FailsWith(ErrorCode::kAborted));
  ClaimHolder other_partition = Holder(id_.uid);
  other_partition.partitions = {"load=2"};
  PutClaim({other_partition});
  EXPECT_THAT(Carry(create), FailsWith(ErrorCode::kAborted));
  PutClaim({Holder(id_.uid)});
  EXPECT_THAT(Carry(create), IsOk());
}

TEST_F(ActTest, AClaimOfThisPassIsEnough) {
  json job = api_.Object(kJobPath);
  job["status"]["attempt"] = 1;
  api_.Put(kJobPath, job);
  run_.job.meta.resource_version = api_.Object(kJobPath)["metadata"]["resourceVersion"];
  const ClaimTarget claim{.target = "t", .holder = Holder(id_.uid)};
  Decision decision{.status = run_.job.status};
  decision.actions.emplace_back(claim);
  decision.actions.emplace_back(
      CreateJob{.request = {.run = id_, .step = syncjob::Step::kPlan}, .held = claim});
  EXPECT_THAT(Carry(decision), IsOk());
}

TEST_F(ActTest, ATargetWhoseHolderIsGoneIsTaken) {
  PutClaim({{.job = {.name_space = "default", .name = "gone"}, .uid = "gone", .partitions = {}}});
  const auto taken = Carry(ClaimTarget{.target = "t", .holder = Holder(id_.uid)});
  ASSERT_THAT(taken, IsOk());
  EXPECT_FALSE(taken->refused);
}

TEST_F(ActTest, AJobWhoseUnheardPodSpeaksStays) {
  Put(kPlanPath, {{"metadata", {{"name", "plan"}, {"namespace", "default"}}}});
  const std::string job_uid = api_.Object(kPlanPath)["metadata"]["uid"];
  const std::string pod_path = "/api/v1/namespaces/default/pods/plan-0";
  Put(pod_path, {{"metadata", {{"name", "plan-0"}, {"namespace", "default"}}}});
  json pod = api_.Object(pod_path);
  pod["metadata"]["ownerReferences"][0]["uid"] = job_uid;
  pod["status"] = {
      {"phase", "Succeeded"},
      {"containerStatuses",
       {{{"name", "runner"},
         {"state",
          {{"terminated", {{"exitCode", 0}, {"message", syncjob::StepMessageToJson({})}}}}}}}}};
  api_.Put(pod_path, pod);
  DeleteJob again{.key = {.name_space = "default", .name = "plan"}, .uid = job_uid};
  again.heard.emplace();
  EXPECT_THAT(Carry(again), FailsWith(ErrorCode::kAborted));
  EXPECT_FALSE(api_.Object(kPlanPath).is_null());
  again.heard->insert(pod["metadata"]["uid"].get<std::string>());
  EXPECT_THAT(Carry(again), IsOk());
  EXPECT_TRUE(api_.Object(kPlanPath).is_null());
}

TEST_F(ActTest, APlanThatCannotBeReadHasItsOwnStatus) {
  Put(kPlanPath, {{"metadata", {{"name", "plan"}, {"namespace", "default"}}}});
  auto pod = std::make_shared<PodObject>();
  pod->meta.key = {.name_space = "default", .name = "plan-0"};
  pod->last_word = "nothing of a plan";
  Decision decision{.status = run_.job.status};
  decision.status.attempt = 7;
  decision.actions.emplace_back(RecordPlan{.run = id_, .pod = pod});
  decision.unreadable =
      Unreadable{.again = DeleteJob{.key = {.name_space = "default", .name = "plan"},
                                    .uid = api_.Object(kPlanPath)["metadata"]["uid"]},
                 .status = run_.job.status};
  decision.unreadable->status.attempt = 1;
  const auto done = Carry(decision);
  ASSERT_THAT(done, IsOk());
  EXPECT_TRUE(done->unreadable);
  EXPECT_TRUE(api_.Object(kPlanPath).is_null());
  EXPECT_EQ(api_.Object(kJobPath)["status"]["attempt"], 1);
}

TEST_F(ActTest, TheFirstReportOfAShardStays) {
  syncjob::ShardReport report = ARun::Report(0);
  ASSERT_THAT(Carry(RecordReports{.run = id_, .reports = {report}}), IsOk());
  report.rows_read = 9;
  ASSERT_THAT(Carry(RecordReports{.run = id_, .reports = {report, ARun::Report(1)}}), IsOk());
  const json data =
      api_.Object("/api/v1/namespaces/default/configmaps/" + ChildName(id_, "reports"))["data"];
  EXPECT_EQ(json::parse(data["0.json"].get<std::string>())["rowsRead"], 100);
  EXPECT_TRUE(data.contains("1.json"));
}

TEST_F(ActTest, WhatWasDecidedFirstHolds) {
  const RecordDecision over{.run = id_, .decision = {.commit = false, .attempt = 1, .reason = "x"}};
  ASSERT_THAT(Carry(over), IsOk());
  EXPECT_THAT(Carry(over), IsOk());
  run_.job.status.attempt = 1;
  RecordDecision commit = over;
  commit.decision.commit = true;
  EXPECT_THAT(Carry(commit), FailsWith(ErrorCode::kAborted));
}

TEST_F(ActTest, WhatGoesMeanwhileIsARace) {
  const std::string source_path = "/apis/culvert.dev/v1alpha1/namespaces/default/datasources/from";
  json job = api_.Object(kJobPath);
  job["spec"]["source"]["maxCompute"]["dataSourceRef"]["name"] = "from";
  api_.Put(kJobPath, job);
  run_.job.meta.resource_version = api_.Object(kJobPath)["metadata"]["resourceVersion"];
  api_.Put(source_path, {{"apiVersion", kApiVersion},
                         {"kind", "DataSource"},
                         {"metadata", {{"name", "from"}, {"namespace", "default"}}}});
  id_.attempt = 0;
  RemoveBefore("GET", source_path);
  EXPECT_THAT(Carry(CreateInput{.run = id_}), FailsWith(ErrorCode::kAborted));
  RemoveBefore("GET", kJobPath);
  EXPECT_THAT(Carry(CreateInput{.run = id_}), FailsWith(ErrorCode::kAborted));
  Decision decision{.status = run_.job.status};
  decision.status.attempt = 1;
  EXPECT_THAT(Carry(decision), FailsWith(ErrorCode::kAborted));  // of a status, likewise
}

TEST_F(ActTest, ANamespaceThatGoesIsNoObstacle) {
  api_.SetBefore([](const http::Request& request) -> Status {
    if (request.method != "POST") return {};
    return Fail(PermissionDenied("it is being terminated").Because("NamespaceTerminating"));
  });
  const RecordDecision over{.run = id_, .decision = {.commit = false, .attempt = 1, .reason = "x"}};
  EXPECT_THAT(Carry(over), FailsWith(ErrorCode::kPermissionDenied));
}

TEST_F(ActTest, TheTextOfAPlanIsReadFromItsPod) {
  const PodPtr pod = PutPlanPod();
  ASSERT_TRUE(pod->plan_apart);
  ASSERT_THAT(Carry(RecordPlan{.run = id_, .pod = pod}), IsOk());
  const json record = api_.Object(kRecordsPath + ChildName(id_, "plan"));
  const auto plan = syncjob::ParsePlan(record["data"]["plan.json"].get<std::string>());
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(syncjob::PlanHash(*plan), syncjob::PlanHash(Plan()));
}

TEST_F(ActTest, APlanThatWentWithItsPodIsLost) {
  const PodPtr pod = PutPlanPod();
  RemoveBefore("GET", kPlanPodPath);
  Decision decision{.status = run_.job.status};
  decision.actions.emplace_back(RecordPlan{.run = id_, .pod = pod});
  decision.unreadable = Unreadable{.status = run_.job.status};
  const auto lost = Carry(decision);
  ASSERT_THAT(lost, IsOk());
  EXPECT_TRUE(lost->unreadable);
  EXPECT_TRUE(api_.Object(kRecordsPath + ChildName(id_, "plan")).is_null());
}

TEST_F(ActTest, AForeignObjectInTheWayIsTold) {
  const std::string name = ChildName(id_, "reports");
  api_.Put("/api/v1/namespaces/default/configmaps/" + name,
           {{"metadata", {{"name", name}, {"namespace", "default"}}}});
  const auto told = Carry(RecordReports{.run = id_, .reports = {ARun::Report(0)}});
  ASSERT_THAT(told, IsOk());
  ASSERT_TRUE(told->obstacle);
  EXPECT_TRUE(syncjob::IsTrue(told->status.conditions, syncjob::kStalled));
  EXPECT_THAT(told->obstacle->message, HasSubstr(name));
}

TEST_F(ActTest, ADeleteThatConflictsIsDoneOnlyIfTheObjectIsAnother) {
  Put(kPlanPath, {{"metadata", {{"name", "plan"}, {"namespace", "default"}}}});
  const kube::ObjectKey key{.name_space = "default", .name = "plan"};
  const std::string uid = api_.Object(kPlanPath)["metadata"]["uid"];
  EXPECT_THAT(Carry(DeleteJob{.key = key, .uid = "another"}), IsOk());
  EXPECT_FALSE(api_.Object(kPlanPath).is_null());
  api_.SetBefore([](const http::Request& request) -> Status {
    if (request.method == "DELETE") return Fail(Aborted("not now"));
    return {};
  });
  EXPECT_THAT(Carry(DeleteJob{.key = key, .uid = uid}), FailsWith(ErrorCode::kAborted));
}

// A run that is over must not begin anew because something hinders its clean-up.
TEST_F(ActTest, AnObstacleLeavesARunThatIsOverAsItIs) {
  syncjob::SetCondition(run_.job.status.conditions,
                        {.type = std::string(syncjob::kSucceeded),
                         .status = syncjob::ConditionStatus::kTrue,
                         .reason = "Succeeded",
                         .message = "done",
                         .observed_generation = 1},
                        env_.ctx().clock.Now());
  ASSERT_TRUE(run_.job.status.IsTerminal());
  Put(kPlanPath, {{"metadata", {{"name", "plan"}, {"namespace", "default"}}}});
  api_.SetBefore([](const http::Request& request) -> Status {
    if (request.method == "DELETE") return Fail(PermissionDenied("no deletes today"));
    return {};
  });
  const auto told = Carry(DeleteJob{.key = {.name_space = "default", .name = "plan"},
                                    .uid = api_.Object(kPlanPath)["metadata"]["uid"]});
  ASSERT_THAT(told, IsOk());
  ASSERT_TRUE(told->obstacle);
  EXPECT_EQ(told->obstacle_reason, "OperatorForbidden");
  EXPECT_FALSE(told->status_written);
  EXPECT_EQ(told->status, run_.job.status);
}

}  // namespace
}  // namespace culvert::control
