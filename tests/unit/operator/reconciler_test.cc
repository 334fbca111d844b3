// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/reconciler.h"

#include "libs/http/curl_transport.h"
#include "operator/child_objects.h"
#include "operator/names.h"
#include "tests/support/poll.h"
#include "tests/support/test_context.h"
#include "tests/unit/operator/fake_api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <variant>

// One look at a time, against an API server in memory.

namespace culvert::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr std::chrono::seconds kCachesDelay{20};
const kube::ObjectKey kLookedAt{.name_space = "default", .name = "copy"};
const std::string kLookedAtPath = SyncJobs().ObjectPath("default", "copy");

class ReconcilerTest : public testing::Test {
 protected:
  void SetUp() override {
    thread_ = std::jthread([this] { world_.Run(env_.ctx()); });
    ASSERT_TRUE(test::Eventually(kCachesDelay, [this] { return world_.synced(); }));
  }
  ~ReconcilerTest() override { env_.Stop(); }

  /// A run that copies nowhere, and so needs no DataSource, target or streams of anybody.
  void PutJob() {
    api_.Put(kLookedAtPath, json::parse(R"({
      "apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob",
      "metadata": {"name": "copy", "namespace": "default"},
      "spec": {"source": {"stream": {"count": 1, "column": [{"name": "a", "type": "bigint",
                                                             "value": "1"}]}},
               "target": {"stream": {}}}})"));
    ASSERT_TRUE(test::Eventually(kCachesDelay,
                                 [this] { return world_.Observe(kLookedAt).job != nullptr; }));
  }
  kube::Outcome Look() { return reconciler_.Reconcile(env_.ctx(), kLookedAt); }
  /// Looks as often as the controller would, until the outcome is of that kind.
  template <typename Kind>
  bool LooksUntil() {
    return test::Eventually(kCachesDelay, [this] { return std::holds_alternative<Kind>(Look()); });
  }
  std::string Reason() const {
    const json conditions = api_.Object(kLookedAtPath)["status"].value("conditions", json::array());
    for (const json& one : conditions) {
      if (one["type"] == "Succeeded") return one["reason"];
    }
    return "";
  }

  test::RealContext env_;
  test::FakeKubeApi api_;
  std::unique_ptr<kube::Client> client_ = ClientOf(api_);
  std::unique_ptr<http::Transport> pods_ = http::MakeCurlTransport({});
  MetricsRegistry registry_;
  kube::WorkQueue queue_{env_.clock(), {}};
  StreamLedger ledger_;
  PendingWrites pending_;
  World world_{{.own_namespace = "system"}, *client_, registry_, queue_, ledger_};
  Actor actor_{
      {.pods = {.image = "runner:1"}, .own_namespace = "system"}, *client_, ledger_, pending_};
  kube::EventRecorder events_{{.controller = "culvert.dev/operator", .instance = "a"}, *client_};
  OperatorMetrics metrics_{registry_, "test"};
  ProgressPoller progress_{{}, *pods_, world_};
  SyncJobReconciler reconciler_{{},
                                {.world = world_,
                                 .actor = actor_,
                                 .pending = pending_,
                                 .events = events_,
                                 .metrics = metrics_,
                                 .progress = progress_}};
  std::jthread thread_;
};

TEST_F(ReconcilerTest, NobodyIsNothingToDo) {
  EXPECT_TRUE(std::holds_alternative<kube::AwaitChange>(Look()));
}

TEST_F(ReconcilerTest, WhatWasWrittenForADeletedRunIsNotWaitedFor) {
  const Write unseen{.kind = Kind::kRecord,
                     .key = {.name_space = "default", .name = "gone"},
                     .uid = "u",
                     .resource_version = "1"};
  pending_.Add(kLookedAt, unseen, env_.clock().SteadyNow());
  EXPECT_TRUE(std::holds_alternative<kube::AwaitChange>(Look()));
  PutJob();  // under the same name
  Look();
  EXPECT_EQ(api_.Object(kLookedAtPath)["status"]["attempt"], 1);
}

TEST_F(ReconcilerTest, ARunBeginsWithItsStatusAndThenItsJob) {
  PutJob();
  Look();
  EXPECT_EQ(api_.Object(kLookedAtPath)["status"]["attempt"], 1);
  EXPECT_EQ(api_.Objects(Jobs().CollectionPath("default")).size(), 0u);
  // Not before the caches show what was written.
  ASSERT_TRUE(test::Eventually(kCachesDelay, [this] {
    Look();
    return api_.Objects(Jobs().CollectionPath("default")).size() == 1;
  }));
  EXPECT_EQ(Reason(), "Planning");
}

TEST_F(ReconcilerTest, AForeignObjectIsTriedAgainInAWhileAndTold) {
  PutJob();
  const std::string uid = api_.Object(kLookedAtPath)["metadata"]["uid"];
  const std::string name = ChildName({.key = kLookedAt, .uid = uid, .attempt = 1}, "input");
  api_.Put(ConfigMaps().ObjectPath("default", name),
           {{"metadata", {{"name", name}, {"namespace", "default"}}}});
  ASSERT_TRUE(test::Eventually(kCachesDelay, [this] {
    Look();
    return Reason() == "NameConflict";
  }));
  const auto events = api_.Objects("/apis/events.k8s.io/v1/namespaces/default/events");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events.begin()->second["reason"], "NameConflict");
}

TEST_F(ReconcilerTest, ANamespaceThatGoesIsNoError) {
  PutJob();
  api_.SetBefore([](const http::Request& request) -> Status {
    if (request.method != "POST") return {};
    return Fail(PermissionDenied("it is being terminated").Because("NamespaceTerminating"));
  });
  Look();  // the attempt
  kube::Outcome outcome;
  ASSERT_TRUE(test::Eventually(kCachesDelay, [&] {
    outcome = Look();
    const auto* again = std::get_if<kube::RequeueAfter>(&outcome);
    return again != nullptr && again->delay >= std::chrono::seconds(1);
  }));
  EXPECT_EQ(Reason(), "Planning");  // no word of an obstacle
}

TEST_F(ReconcilerTest, AServerThatFailsIsTriedAgain) {
  PutJob();
  api_.SetBefore([](const http::Request& request) -> Status {
    if (request.method != "PUT") return {};
    return Fail(Unavailable("the server is away"));
  });
  const kube::Outcome outcome = Look();
  ASSERT_TRUE(std::holds_alternative<kube::TryAgain>(outcome));
  EXPECT_THAT(ToString(std::get<kube::TryAgain>(outcome).error), HasSubstr("default/copy"));
}

TEST_F(ReconcilerTest, WhatIsLeftOfADeletedRunIsRemoved) {
  const RunId gone{.key = kLookedAt, .uid = "gone", .attempt = 1};
  json orphan = MakeKnobs({}, gone, "{}");
  orphan["metadata"].erase("ownerReferences");  // kubectl delete --cascade=orphan
  const std::string orphan_name = orphan["metadata"]["name"];
  const std::string orphan_path = ConfigMaps().ObjectPath("default", orphan_name);
  api_.Put(orphan_path, orphan);
  json owned = MakeKnobs({}, gone, "{}");
  owned["metadata"]["name"] = "owned";
  api_.Put(ConfigMaps().ObjectPath("default", "owned"), owned);
  ASSERT_TRUE(test::Eventually(kCachesDelay,
                               [this] { return world_.ChildrenOf("gone").records.size() == 2; }));
  EXPECT_TRUE(std::holds_alternative<kube::RequeueAfter>(Look()));
  EXPECT_TRUE(api_.Object(orphan_path).is_null());
  // The garbage collector's.
  EXPECT_FALSE(api_.Object(ConfigMaps().ObjectPath("default", "owned")).is_null());
}

}  // namespace
}  // namespace culvert::control
