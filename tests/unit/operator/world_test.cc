// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/world.h"

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
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What is watched, against an API server in memory.

namespace culvert::control {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::chrono::seconds kWatchDelay{20};
const kube::ObjectKey kCopy{.name_space = "default", .name = "copy"};

std::string PathIn(const kube::Resource& resource, const std::string& name,
                   const std::string& name_space = "default") {
  return resource.ObjectPath(name_space, name);
}

class WorldTest : public testing::Test {
 protected:
  ~WorldTest() override { env_.Stop(); }

  void Watch(std::vector<std::string> namespaces = {}) {
    world_ = std::make_unique<World>(
        World::Options{.namespaces = std::move(namespaces), .own_namespace = "system"}, *client_,
        metrics_, queue_, ledger_);
    thread_ = std::jthread([this] { world_->Run(env_.ctx()); });
    ASSERT_TRUE(Eventually([this] { return world_->synced(); }));
  }
  static bool Eventually(const std::function<bool()>& condition) {
    return test::Eventually(kWatchDelay, condition);
  }

  void PutJob(const std::string& name, const std::string& from, json status = json::object()) {
    const json table = {{"dataSourceRef", {{"name", from}}}, {"table", "t"}, {"column", {"*"}}};
    api_.Put(
        PathIn(SyncJobs(), name),
        {{"apiVersion", kApiVersion},
         {"kind", "SyncJob"},
         {"metadata", {{"name", name}, {"namespace", "default"}}},
         {"spec", {{"source", {{"maxCompute", table}}}, {"target", {{"stream", json::object()}}}}},
         {"status", std::move(status)}});
  }
  void PutDataSource(const std::string& name, const std::string& project = "p") {
    api_.Put(PathIn(DataSources(), name), {{"apiVersion", kApiVersion},
                                           {"kind", "DataSource"},
                                           {"metadata", {{"name", name}, {"namespace", "default"}}},
                                           {"spec",
                                            {{"maxCompute",
                                              {{"endpoint", "https://e.example/api"},
                                               {"project", project},
                                               {"credentialsRef", {{"name", "key"}}}}}}}});
  }
  /// A record of the run, as the operator makes it.
  static RunId Run(const std::string& uid) { return {.key = kCopy, .uid = uid, .attempt = 1}; }
  void PutKnobs(const std::string& uid, const std::string& name) {
    json map = MakeKnobs({}, Run(uid), "{}");
    map["metadata"]["name"] = name;
    api_.Put(PathIn(ConfigMaps(), name), map);
  }
  std::vector<std::string> RecordsOf(const std::string& uid) const {
    std::vector<std::string> names;
    for (const RecordPtr& one : world_->ChildrenOf(uid).records) {
      names.push_back(one->meta.key.name);
    }
    return names;
  }
  /// Names of the runs to look at, until there are none.
  std::vector<std::string> Woken() {
    std::vector<std::string> names;
    while (const auto key = queue_.TryTake()) {
      names.push_back(key->name);
      queue_.Done(*key);
    }
    return names;
  }

  test::RealContext env_;
  test::FakeKubeApi api_;
  std::unique_ptr<kube::Client> client_ = ClientOf(api_);
  MetricsRegistry metrics_;
  kube::WorkQueue queue_{env_.clock(), {}};
  StreamLedger ledger_;
  std::unique_ptr<World> world_;
  std::jthread thread_;
};

TEST_F(WorldTest, AFamilyIsKeptInTheOrderOfNames) {
  Watch();
  for (const char* name : {"b", "c", "a"}) PutKnobs("u1", name);
  PutKnobs("u2", "d");
  ASSERT_TRUE(Eventually([&] { return RecordsOf("u1").size() + RecordsOf("u2").size() == 4; }));
  EXPECT_THAT(RecordsOf("u1"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(world_->UidsOf(kCopy), UnorderedElementsAre("u1", "u2"));
  EXPECT_THAT(Woken(), ElementsAre("copy"));  // four changes, one look

  api_.Put(PathIn(ConfigMaps(), "b"), nullptr);
  api_.Put(PathIn(ConfigMaps(), "d"), nullptr);
  ASSERT_TRUE(Eventually([&] { return RecordsOf("u1").size() + RecordsOf("u2").size() == 2; }));
  EXPECT_THAT(RecordsOf("u1"), ElementsAre("a", "c"));
  EXPECT_THAT(world_->UidsOf(kCopy), UnorderedElementsAre("u1"));
  EXPECT_TRUE(world_->ChildrenOf("u2").empty());
}

TEST_F(WorldTest, AWriteShowsOnceTheCachesHaveIt) {
  Watch();
  PutKnobs("u1", "a");
  const json stored = api_.Object(PathIn(ConfigMaps(), "a"))["metadata"];
  Write write{.kind = Kind::kRecord,
              .key = {.name_space = "default", .name = "a"},
              .uid = stored["uid"],
              .resource_version = stored["resourceVersion"]};
  ASSERT_TRUE(Eventually([&] { return world_->Shows(write); }));
  Write later = write;
  later.resource_version = std::to_string(std::stoull(write.resource_version) + 1'000);
  EXPECT_FALSE(world_->Shows(later));
  Write removed = write;
  removed.resource_version.clear();
  EXPECT_FALSE(world_->Shows(removed));
  api_.Put(PathIn(ConfigMaps(), "a"), nullptr);
  EXPECT_TRUE(Eventually([&] { return world_->Shows(removed); }));
  EXPECT_FALSE(world_->Shows(write));
}

TEST_F(WorldTest, OutsideOfItsNamespacesItSeesNothingAndWaitsForNothing) {
  PutDataSource("one");
  PutJob("copy", "one");
  Watch({"elsewhere"});
  EXPECT_EQ(world_->Observe(kCopy).job, nullptr);
  EXPECT_TRUE(world_->Shows({.kind = Kind::kRecord, .key = kCopy, .resource_version = "1"}));
}

TEST_F(WorldTest, ADataSourceWakesTheRunsThatUseItAndAreNotOver) {
  PutDataSource("one");
  PutDataSource("two");
  PutJob("uses-one", "one");
  PutJob("uses-two", "two");
  PutJob("over", "one",
         json::parse(R"({"attempt": 1, "conditions": [{"type": "Succeeded", "status": "True",
                         "reason": "Succeeded", "message": "",
                         "lastTransitionTime": "2026-01-02T03:04:05Z"}]})"));
  Watch();
  EXPECT_THAT(Woken(), UnorderedElementsAre("uses-one", "uses-two", "over"));  // the first list
  PutDataSource("one", "another");
  std::vector<std::string> woken;
  ASSERT_TRUE(Eventually([&] {
    woken = Woken();
    return !woken.empty();
  }));
  EXPECT_THAT(woken, ElementsAre("uses-one"));
}

TEST_F(WorldTest, WhoWaitsIsWokenOnce) {
  Watch();
  world_->Waits(kCopy);
  world_->Waits(kCopy);
  world_->WakeWaiting();
  EXPECT_THAT(Woken(), ElementsAre("copy"));
  world_->WakeWaiting();
  EXPECT_THAT(Woken(), IsEmpty());
}

TEST_F(WorldTest, AClaimIsFoundByItsTargetAndItsHolder) {
  PutDataSource("from");
  PutDataSource("to", "sales");
  PutJob("copy", "from");
  json job = api_.Object(PathIn(SyncJobs(), "copy"));
  json& target = job["spec"]["target"]["maxCompute"];
  target = job["spec"]["source"]["maxCompute"];
  target["dataSourceRef"]["name"] = "to";
  target["table"] = "T";
  target["truncate"] = target["consistencyCommit"] = true;
  job["spec"]["target"].erase("stream");
  api_.Put(PathIn(SyncJobs(), "copy"), job);
  const std::string uid = job["metadata"]["uid"];
  const auto put = [&](const std::string& written, const std::string& holder) {
    api_.Put(PathIn(ConfigMaps(), ClaimName(written), "system"),
             MakeClaim("system", {.target = written, .holders = {{.job = kCopy, .uid = holder}}}));
  };
  put("sales/default/t", "another");
  put("sales/default/before", uid);
  Watch();
  Observed see = world_->Observe(kCopy);
  ASSERT_NE(see.job, nullptr);
  ASSERT_TRUE(see.claim);
  EXPECT_EQ(see.claim->holders.front().uid, "another");
  ASSERT_EQ(see.held.size(), 1u);
  EXPECT_EQ(see.held.front().target, "sales/default/before");
  EXPECT_EQ(world_->ClaimsOf(kCopy).size(), 2u);  // whichever its uid

  put("sales/default/t", uid);
  ASSERT_TRUE(Eventually([&] { return world_->Observe(kCopy).held.size() == 2; }));
  EXPECT_EQ(world_->Observe(kCopy).claim->holders.front().uid, uid);
  for (const char* written : {"sales/default/t", "sales/default/before"}) {
    api_.Put(PathIn(ConfigMaps(), ClaimName(written), "system"), nullptr);
  }
  ASSERT_TRUE(Eventually([&] { return world_->Observe(kCopy).held.empty(); }));
  EXPECT_FALSE(world_->Observe(kCopy).claim);
}

TEST_F(WorldTest, CachesAreCounted) {
  PutDataSource("one");
  PutJob("copy", "one");
  Watch();
  const auto sizes = world_->CacheSizes();
  EXPECT_EQ(sizes.at("syncjobs").objects, 1u);
  EXPECT_GE(sizes.at("syncjobs").bytes, sizeof(SyncJobObject));
  EXPECT_EQ(sizes.at("datasources").objects, 1u);
  EXPECT_EQ(sizes.at("pods").objects, 0u);
  EXPECT_EQ(sizes.at("claims").bytes, 0u);
}

}  // namespace
}  // namespace culvert::control
