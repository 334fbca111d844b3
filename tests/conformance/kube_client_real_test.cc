// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/kube/config.h"
#include "libs/kube/event_recorder.h"
#include "libs/kube/leader_election.h"
#include "libs/kube/reflector.h"
#include "libs/kube/rest_client.h"
#include "tests/conformance/kube_client_suite.h"
#include "tests/support/poll.h"
#include "tests/support/real_kube_api.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_context.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <mutex>

// The suite, and what the fake does not do, against the API server that CULVERT_TEST_KUBECONFIG
// names.

namespace culvert::kube {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using test::FailsWith;
using test::IsOk;

const Resource kMaps{.group = "", .version = "v1", .plural = "configmaps", .namespaced = true};

/// A kind that this test alone uses, for as long as it lives.
class OwnKind {
 public:
  OwnKind(Client& client, const OpContext& ctx, const std::string& group)
      : client_(client),
        ctx_(ctx),
        resource_{.group = group, .version = "v1", .plural = "things", .namespaced = true} {
    const json version{{"name", "v1"},
                       {"served", true},
                       {"storage", true},
                       {"schema", {{"openAPIV3Schema", {{"type", "object"}}}}}};
    const json definition{
        {"metadata", {{"name", name()}}},
        {"spec",
         {{"group", group},
          {"scope", "Namespaced"},
          {"names", {{"plural", "things"}, {"singular", "thing"}, {"kind", "Thing"}}},
          {"versions", {version}}}}};
    EXPECT_THAT(client_.Create(ctx_, kDefinitions, "", definition), IsOk());
    EXPECT_TRUE(test::Eventually(seconds(30), [&] {
      return client_.List(ctx_, resource_, {}, [](const json&) -> Status { return {}; })
          .has_value();
    }));
  }
  ~OwnKind() {
    EXPECT_THAT(client_.Delete(ctx_, kDefinitions, {.name_space = "", .name = name()}, {}), IsOk());
  }
  OwnKind(const OwnKind&) = delete;
  OwnKind& operator=(const OwnKind&) = delete;
  const Resource& resource() const { return resource_; }

 private:
  static inline const Resource kDefinitions{.group = "apiextensions.k8s.io",
                                            .version = "v1",
                                            .plural = "customresourcedefinitions",
                                            .namespaced = false};
  std::string name() const { return "things." + resource_.group; }
  Client& client_;
  const OpContext ctx_;
  const Resource resource_;
};

class RealServer final : public KubeServer {
 public:
  Client& client() override { return api_.client(); }
  Clock& clock() override { return api_.clock(); }
  std::string name_space() const override { return api_.name_space(); }
  // The events of a kind begin with the kind: a version from before is forgotten.
  Forgotten forgotten() override {
    kind_ =
        std::make_unique<OwnKind>(client(), env_.ctx(seconds(50)), name_space() + ".culvert.dev");
    return {.resource = kind_->resource(), .version = "1"};
  }

 private:
  const test::RealContext env_;
  test::RealKubeApi api_;
  std::unique_ptr<OwnKind> kind_;
};

INSTANTIATE_TEST_SUITE_P(Real, KubeClientSuite,
                         testing::Values([]() -> std::unique_ptr<KubeServer> {
                           if (!test::RealKubeApi::IsGiven()) return nullptr;
                           return std::make_unique<RealServer>();
                         }));

class KubeRealTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::RealKubeApi::IsGiven()) {
      GTEST_SKIP() << "no API server is named by CULVERT_TEST_KUBECONFIG";
    }
    api_ = std::make_unique<test::RealKubeApi>();
  }
  Client& client() { return api_->client(); }
  const std::string& name_space() { return api_->name_space(); }
  OpContext ctx() { return env_.ctx(seconds(50)); }
  ObjectKey Key(const std::string& name) { return {.name_space = name_space(), .name = name}; }
  json Map(const std::string& name, const std::string& value) {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}}},
            {"data", {{"value", value}}}};
  }

  const test::RealContext env_;
  std::unique_ptr<test::RealKubeApi> api_;
};

TEST_F(KubeRealTest, SpeaksHttp2) {
  http::Request request;
  request.method = "GET";
  request.url = api_->server() + "/version";
  const auto response = api_->transport().Send(ctx(), request);
  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->status, 200);
  // HTTP/2 writes names of headers in lower case; HTTP/1 of this server as Content-Type.
  EXPECT_TRUE(std::ranges::any_of(
      response->headers.all(), [](const auto& header) { return header.first == "content-type"; }));
}

TEST_F(KubeRealTest, ABookmarkTellsAVersionThatNoEventOfTheWatchHas) {
  const auto list = client().List(ctx(), kMaps, {.name_space = name_space()},
                                  [](const json&) -> Status { return {}; });
  ASSERT_THAT(list, IsOk());
  json selected = Map("a", "1");
  selected["metadata"]["labels"]["watched"] = "yes";
  ASSERT_THAT(client().Create(ctx(), kMaps, name_space(), selected), IsOk());
  std::string seen;
  std::string bookmark;
  const Status watched =
      client().Watch(ctx(), kMaps,
                     {.name_space = name_space(),
                      .label_selector = "watched=yes",
                      .resource_version = list->resource_version,
                      .server_timeout = seconds(5)},
                     [&](WatchEventType type, const json& object) -> Status {
                       (type == WatchEventType::kBookmark ? bookmark : seen) =
                           object["metadata"]["resourceVersion"];
                       // The server goes on while the watch is open, by an object that the watch
                       // does not show.
                       if (type == WatchEventType::kAdded) {
                         CULVERT_TRY(client().Create(ctx(), kMaps, name_space(), Map("b", "1")));
                       }
                       return {};
                     });
  EXPECT_THAT(watched, IsOk());
  ASSERT_FALSE(seen.empty());
  ASSERT_FALSE(bookmark.empty());
  EXPECT_GT(std::stoull(bookmark), std::stoull(seen));
}

TEST_F(KubeRealTest, AWrongFieldIsNamed) {
  json object = Map("a", "1");
  object["metadata"]["name"] = "Not_A_Name";
  const auto created = client().Create(ctx(), kMaps, name_space(), object);
  ASSERT_THAT(created, FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_EQ(created.error().reason, "Invalid");
  EXPECT_THAT(created.error().message, testing::HasSubstr("metadata.name"));
}

TEST_F(KubeRealTest, TwoAppliersOfOneFieldAreInConflict) {
  ASSERT_THAT(client().Apply(ctx(), kMaps, Key("a"), Map("a", "1"), "first"), IsOk());
  const auto second = client().Apply(ctx(), kMaps, Key("a"), Map("a", "2"), "second");
  ASSERT_THAT(second, FailsWith(ErrorCode::kAborted));
  EXPECT_EQ(second.error().reason, "Conflict");
  EXPECT_THAT(second.error().message, testing::HasSubstr("first"));
}

class KubeTokenTest : public KubeRealTest {
 protected:
  void SetUp() override {
    KubeRealTest::SetUp();
    if (IsSkipped()) return;
    const Resource accounts{
        .group = "", .version = "v1", .plural = "serviceaccounts", .namespaced = true};
    ASSERT_THAT(client().Create(ctx(), accounts, name_space(), {{"metadata", {{"name", "pod"}}}}),
                IsOk());
    const std::string group = "rbac.authorization.k8s.io";
    const Resource roles{.group = group, .version = "v1", .plural = "roles", .namespaced = true};
    const json role{
        {"metadata", {{"name", "reader"}}},
        {"rules",
         {{{"apiGroups", {""}}, {"resources", {"configmaps"}}, {"verbs", {"get", "list"}}}}}};
    ASSERT_THAT(client().Create(ctx(), roles, name_space(), role), IsOk());
    const Resource bindings{
        .group = group, .version = "v1", .plural = "rolebindings", .namespaced = true};
    const json binding{
        {"metadata", {{"name", "reader"}}},
        {"roleRef", {{"apiGroup", group}, {"kind", "Role"}, {"name", "reader"}}},
        {"subjects", {{{"kind", "ServiceAccount"}, {"name", "pod"}, {"namespace", name_space()}}}}};
    ASSERT_THAT(client().Create(ctx(), bindings, name_space(), binding), IsOk());
    // The token subresource of an account hands out tokens.
    http::Request request;
    request.method = "POST";
    request.url =
        api_->server() + "/api/v1/namespaces/" + name_space() + "/serviceaccounts/pod/token";
    request.headers.Add("Content-Type", "application/json");
    request.body = json{{"apiVersion", "authentication.k8s.io/v1"},
                        {"kind", "TokenRequest"},
                        {"spec", {{"expirationSeconds", 600}}}}
                       .dump();
    const auto response = api_->transport().Send(ctx(), request);
    ASSERT_THAT(response, IsOk());
    ASSERT_EQ(response->status, 201) << response->body;
    token_ = json::parse(response->body)["status"]["token"];
    file_ = directory_ / "token";
  }
  void Put(const std::string& token) { ASSERT_THAT(WriteFileDurably(file_, token), IsOk()); }

  const test::TempDir directory_;
  std::string token_;
  std::string file_;
};

TEST_F(KubeTokenTest, ARejectedTokenIsReadAnew) {
  Put("not.a.token");
  const auto pod = api_->ClientWithTokenFile(file_);
  EXPECT_THAT(pod->Get(ctx(), kMaps, Key("a")), FailsWith(ErrorCode::kUnauthenticated));
  Put(token_);
  // The answer to the token in memory is 401; the one in the file is good.
  EXPECT_THAT(pod->Get(ctx(), kMaps, Key("a")), FailsWith(ErrorCode::kNotFound));
}

TEST_F(KubeTokenTest, WhatMayNotBeDoneIsForbidden) {
  Put(token_);
  const auto pod = api_->ClientWithTokenFile(file_);
  const auto created = pod->Create(ctx(), kMaps, name_space(), Map("a", "1"));
  ASSERT_THAT(created, FailsWith(ErrorCode::kPermissionDenied));
  EXPECT_THAT(created.error().message, testing::HasSubstr("configmaps"));
}

TEST_F(KubeRealTest, ALeaseHasOneHolderAndIsReleased) {
  const auto options = [&](const std::string& identity) {
    return LeaderElectionOptions{.lease = Key("leader"),
                                 .identity = identity,
                                 .retry_period = std::chrono::milliseconds(50)};
  };
  std::mutex mutex;
  std::vector<std::string> story;
  const auto leader = [&](const std::string& name) {
    return [&, name](const OpContext& leading) {
      {
        const std::lock_guard lock(mutex);
        story.push_back(name + " leads");
      }
      leading.clock.SleepUntil(SteadyTime::max(), leading.stop);
      const std::lock_guard lock(mutex);
      story.push_back(name + " ends");
    };
  };
  const auto length = [&] {
    const std::lock_guard lock(mutex);
    return story.size();
  };
  std::vector<std::jthread> threads;
  const auto start = [&](const std::string& name) {
    threads.emplace_back([&, name](const std::stop_token& stop) {
      OpContext own = env_.ctx();
      own.stop = stop;
      LeaderElector elector(options(name), client());
      EXPECT_THAT(elector.Run(own, leader(name)), IsOk());
    });
  };
  start("a");
  ASSERT_TRUE(test::Eventually(seconds(20), [&] { return length() == 1; }));
  start("b");
  threads[0].request_stop();  // released, so b need not wait for the lease to run out
  ASSERT_TRUE(test::Eventually(seconds(10), [&] { return length() == 3; }));
  threads.clear();
  EXPECT_EQ(story, (std::vector<std::string>{"a leads", "a ends", "b leads", "b ends"}));
}

TEST_F(KubeRealTest, EventsAreAcceptedAndCounted) {
  const auto map = client().Create(ctx(), kMaps, name_space(), Map("a", "1"));
  ASSERT_THAT(map, IsOk());
  EventRecorder recorder({.controller = "culvert.dev/test", .instance = "test-1"}, client());
  const EventSubject subject{
      .api_version = "v1", .kind = "ConfigMap", .key = Key("a"), .uid = (*map)["metadata"]["uid"]};
  for (int i = 0; i < 4; ++i) {  // each doubling is written
    recorder.Record(ctx(), subject, EventType::kWarning, "Failed", "Test", "a thing went wrong");
  }
  const Resource events{
      .group = "events.k8s.io", .version = "v1", .plural = "events", .namespaced = true};
  std::vector<json> found;
  ASSERT_THAT(client().List(ctx(), events, {.name_space = name_space()},
                            [&](const json& event) -> Status {
                              found.push_back(event);
                              return {};
                            }),
              IsOk());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["regarding"]["name"], "a");
  EXPECT_EQ(found[0]["reason"], "Failed");
  EXPECT_EQ(found[0]["series"]["count"], 4);
}

/// Keeps names and values.
class Mirror final : public Reflector::Receiver {
 public:
  void BeginList() override { listed_.clear(); }
  Status ListItem(const json& object) override {
    listed_[Name(object)] = Value(object);
    return {};
  }
  void EndList() override {
    const std::lock_guard lock(mutex_);
    objects_ = listed_;
  }
  Status Apply(const json& object) override {
    const std::lock_guard lock(mutex_);
    objects_[Name(object)] = Value(object);
    return {};
  }
  void Remove(const ObjectMeta& meta) override {
    const std::lock_guard lock(mutex_);
    objects_.erase(meta.key.name);
  }
  std::map<std::string, std::string> objects() const {
    const std::lock_guard lock(mutex_);
    return objects_;
  }

 private:
  static std::string Name(const json& object) { return object["metadata"]["name"]; }
  static std::string Value(const json& object) { return object["data"]["value"]; }
  mutable std::mutex mutex_;
  std::map<std::string, std::string> listed_;
  std::map<std::string, std::string> objects_;
};

TEST_F(KubeRealTest, AReflectorKeepsUp) {
  using Objects = std::map<std::string, std::string>;
  ASSERT_THAT(client().Create(ctx(), kMaps, name_space(), Map("a", "1")), IsOk());
  Mirror mirror;
  MetricsRegistry metrics;
  Reflector reflector({.resource = kMaps, .name_space = name_space()}, client(), mirror, metrics);
  const std::jthread thread([&](const std::stop_token& stop) {
    OpContext own = env_.ctx();
    own.stop = stop;
    reflector.Run(own);
  });
  ASSERT_TRUE(test::Eventually(seconds(20), [&] { return reflector.synced(); }));
  EXPECT_EQ(mirror.objects(), (Objects{{"a", "1"}}));
  ASSERT_THAT(client().Create(ctx(), kMaps, name_space(), Map("b", "1")), IsOk());
  ASSERT_THAT(client().MergePatch(ctx(), kMaps, Key("a"), {{"data", {{"value", "2"}}}}), IsOk());
  EXPECT_TRUE(test::Eventually(
      seconds(20), [&] { return mirror.objects() == Objects{{"a", "2"}, {"b", "1"}}; }));
  ASSERT_THAT(client().Delete(ctx(), kMaps, Key("a"), {}), IsOk());
  EXPECT_TRUE(
      test::Eventually(seconds(20), [&] { return mirror.objects() == Objects{{"b", "1"}}; }));
}

}  // namespace
}  // namespace culvert::kube
