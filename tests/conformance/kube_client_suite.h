// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/kube/api_error.h"
#include "libs/kube/client.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

// What libs/kube and the operator rest on, asked of whatever answers: the fake and a real API
// server. ConfigMaps stand for all kinds, as every server has them. Each test uses names of its own
// in one namespace.

namespace culvert::kube {

/// One server under test.
class KubeServer {
 public:
  virtual ~KubeServer() = default;
  virtual Client& client() = 0;
  virtual Clock& clock() = 0;
  virtual std::string name_space() const = 0;
  /// A version that was, and after which the server has forgotten what happened to `resource`.
  struct Forgotten {
    Resource resource;
    std::string version;
  };
  virtual Forgotten forgotten() = 0;
};
using MakeKubeServer = std::unique_ptr<KubeServer> (*)();

class KubeClientSuite : public testing::TestWithParam<MakeKubeServer> {
 protected:
  static inline const Resource kMaps{
      .group = "", .version = "v1", .plural = "configmaps", .namespaced = true};

  void SetUp() override {
    server_ = GetParam()();
    if (server_ == nullptr) GTEST_SKIP() << "no API server is named by CULVERT_TEST_KUBECONFIG";
    const auto* const info = testing::UnitTest::GetInstance()->current_test_info();
    std::string test = info->name();
    test = test.substr(0, test.find('/'));
    for (char& c : test) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    label_ = test.substr(0, 60);
  }
  Client& client() { return server_->client(); }
  OpContext Context(std::stop_token stop = {}) {
    return {.stop = std::move(stop),
            .deadline = server_->clock().SteadyNow() + std::chrono::minutes(1),
            .clock = server_->clock(),
            .log = log()};
  }
  Logger& log() {
    if (!log_) {
      log_ = std::make_unique<Logger>(LogLevel::kError, server_->clock(), StderrSink());
    }
    return *log_;
  }
  ObjectKey Key(const std::string& suffix) const {
    return {.name_space = server_->name_space(), .name = label_.substr(0, 40) + "-" + suffix};
  }
  nlohmann::json Map(const std::string& suffix, const std::string& value) const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", Key(suffix).name}, {"labels", {{"test", label_}}}}},
            {"data", {{"value", value}}}};
  }
  nlohmann::json Created(const std::string& suffix, const std::string& value) {
    auto created = client().Create(Context(), kMaps, server_->name_space(), Map(suffix, value));
    EXPECT_TRUE(created) << ToString(created.error());
    return created.value_or(nlohmann::json());
  }
  static std::string Version(const nlohmann::json& object) {
    return object["metadata"]["resourceVersion"];
  }
  ListOptions Mine(std::size_t page_size = 500, std::string token = "") const {
    return {.name_space = server_->name_space(),
            .label_selector = "test=" + label_,
            .field_selector = "",
            .page_size = page_size,
            .continue_token = std::move(token)};
  }

  /// Watches this test's ConfigMaps after `version` until `count` events came, and tells them as
  /// "+name" (added), "=name" (modified), "-name" (deleted). `selector` adds to the test's own.
  std::vector<std::string> Seen(const std::string& version, std::size_t count,
                                const std::string& selector = "") {
    std::vector<std::string> seen;
    std::stop_source stop;
    const Status watched = client().Watch(
        Context(stop.get_token()), kMaps,
        {.name_space = server_->name_space(),
         .label_selector = "test=" + label_ + (selector.empty() ? "" : "," + selector),
         .field_selector = "",
         .resource_version = version,
         .server_timeout = std::chrono::seconds(30)},
        [&](WatchEventType type, const nlohmann::json& object) -> Status {
          if (type == WatchEventType::kBookmark) return {};
          const char* sign = type == WatchEventType::kAdded     ? "+"
                             : type == WatchEventType::kDeleted ? "-"
                                                                : "=";
          seen.push_back(sign + object["metadata"]["name"].get<std::string>());
          if (seen.size() == count) stop.request_stop();
          return {};
        });
    EXPECT_FALSE(watched);
    if (!watched) {
      EXPECT_EQ(watched.error().code, ErrorCode::kCancelled) << ToString(watched.error());
    }
    return seen;
  }
  std::string ListedVersion() {
    const auto list =
        client().List(Context(), kMaps, Mine(), [](const nlohmann::json&) -> Status { return {}; });
    EXPECT_TRUE(list);
    return list ? list->resource_version : "";
  }

  std::unique_ptr<KubeServer> server_;
  std::unique_ptr<Logger> log_;
  std::string label_;
};

TEST_P(KubeClientSuite, CreateGivesUidAndVersionAndGetReadsItBack) {
  const nlohmann::json created = Created("a", "1");
  EXPECT_FALSE(created["metadata"]["uid"].get<std::string>().empty());
  const auto read = client().Get(Context(), kMaps, Key("a"));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)["data"]["value"], "1");
  EXPECT_EQ(Version(*read), Version(created));
}

TEST_P(KubeClientSuite, ASecondCreateIsAlreadyExists) {
  Created("a", "1");
  const auto again = client().Create(Context(), kMaps, server_->name_space(), Map("a", "2"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
}

TEST_P(KubeClientSuite, WhatIsMissingIsNotFound) {
  const auto read = client().Get(Context(), kMaps, Key("missing"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound);
  const auto deleted = client().Delete(Context(), kMaps, Key("missing"), {});
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().code, ErrorCode::kNotFound);
}

TEST_P(KubeClientSuite, AWriteOnAnOldVersionIsAConflict) {
  nlohmann::json object = Created("a", "1");
  const nlohmann::json old = object;
  object["data"]["value"] = "2";
  ASSERT_TRUE(client().Replace(Context(), kMaps, Key("a"), object));
  const auto late = client().Replace(Context(), kMaps, Key("a"), old);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kAborted);
  EXPECT_EQ(late.error().reason, "Conflict");
}

TEST_P(KubeClientSuite, AWriteThatChangesNothingKeepsTheVersion) {
  const nlohmann::json object = Created("a", "1");
  const auto same = client().Replace(Context(), kMaps, Key("a"), object);
  ASSERT_TRUE(same);
  EXPECT_EQ(Version(*same), Version(object));
}

TEST_P(KubeClientSuite, DeletePreconditionsAreKept) {
  const nlohmann::json object = Created("a", "1");
  const auto wrong =
      client().Delete(Context(), kMaps, Key("a"),
                      {.uid = "00000000-0000-0000-0000-000000000000", .resource_version = ""});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::kAborted);
  EXPECT_TRUE(
      client().Delete(Context(), kMaps, Key("a"),
                      {.uid = object["metadata"]["uid"], .resource_version = Version(object)}));
  EXPECT_FALSE(client().Get(Context(), kMaps, Key("a")));
}

TEST_P(KubeClientSuite, DryRunCreatesNothing) {
  ASSERT_TRUE(
      client().Create(Context(), kMaps, server_->name_space(), Map("a", "1"), DryRun::kAll));
  EXPECT_FALSE(client().Get(Context(), kMaps, Key("a")));
}

TEST_P(KubeClientSuite, MergePatchTouchesOnlyWhatItNames) {
  Created("a", "1");
  const auto patched = client().MergePatch(Context(), kMaps, Key("a"), {{"data", {{"more", "2"}}}});
  ASSERT_TRUE(patched) << ToString(patched.error());
  EXPECT_EQ((*patched)["data"], (nlohmann::json{{"value", "1"}, {"more", "2"}}));
}

TEST_P(KubeClientSuite, ApplyCreatesThenUpdates) {
  nlohmann::json object = Map("a", "1");
  ASSERT_TRUE(client().Apply(Context(), kMaps, Key("a"), object, "culvert-test"));
  object["data"]["value"] = "2";
  const auto applied = client().Apply(Context(), kMaps, Key("a"), object, "culvert-test");
  ASSERT_TRUE(applied) << ToString(applied.error());
  EXPECT_EQ((*applied)["data"]["value"], "2");
}

TEST_P(KubeClientSuite, PagesOfAListAreOfOneVersion) {
  for (const char* suffix : {"a", "b", "c"}) Created(suffix, "1");
  std::vector<std::string> names;
  const auto collect = [&names](const nlohmann::json& object) -> Status {
    names.push_back(object["metadata"]["name"]);
    return {};
  };
  const auto first = client().List(Context(), kMaps, Mine(2), collect);
  ASSERT_TRUE(first) << ToString(first.error());
  EXPECT_EQ(names.size(), 2u);
  ASSERT_FALSE(first->continue_token.empty());
  Created("bb", "1");  // after the list began: not in it
  const auto second = client().List(Context(), kMaps, Mine(2, first->continue_token), collect);
  ASSERT_TRUE(second) << ToString(second.error());
  EXPECT_TRUE(second->continue_token.empty());
  EXPECT_EQ(names, (std::vector<std::string>{Key("a").name, Key("b").name, Key("c").name}));
}

TEST_P(KubeClientSuite, AWatchTellsWhatHappensAfterItsVersion) {
  const nlohmann::json before = Created("a", "1");
  const std::string version = ListedVersion();
  nlohmann::json changed = before;
  changed["data"]["value"] = "2";
  ASSERT_TRUE(client().Replace(Context(), kMaps, Key("a"), changed));
  Created("b", "1");
  ASSERT_TRUE(client().Delete(Context(), kMaps, Key("a"), {}));
  EXPECT_EQ(Seen(version, 3), (std::vector<std::string>{"=" + Key("a").name, "+" + Key("b").name,
                                                        "-" + Key("a").name}));
}

TEST_P(KubeClientSuite, AWatchSeesObjectsEnterAndLeaveItsSelector) {
  Created("a", "1");
  const std::string version = ListedVersion();
  const auto relabel = [&](const nlohmann::json& colour) {
    ASSERT_TRUE(client().MergePatch(Context(), kMaps, Key("a"),
                                    {{"metadata", {{"labels", {{"colour", colour}}}}}}));
  };
  relabel("red");   // enters
  relabel("blue");  // leaves
  relabel("red");   // enters
  ASSERT_TRUE(client().MergePatch(Context(), kMaps, Key("a"), {{"data", {{"value", "2"}}}}));
  relabel(nullptr);  // leaves
  const std::string name = Key("a").name;
  EXPECT_EQ(Seen(version, 5, "colour=red"),
            (std::vector<std::string>{"+" + name, "-" + name, "+" + name, "=" + name, "-" + name}));
}

TEST_P(KubeClientSuite, AWatchFromAForgottenVersionIsExpired) {
  const KubeServer::Forgotten forgotten = server_->forgotten();
  const Status watched =
      client().Watch(Context(), forgotten.resource,
                     {.name_space = server_->name_space(),
                      .resource_version = forgotten.version,
                      .server_timeout = std::chrono::seconds(5)},
                     [](WatchEventType, const nlohmann::json&) -> Status { return {}; });
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().code, ErrorCode::kAborted);
  EXPECT_EQ(watched.error().reason, kReasonExpired);
}

// A kind whose status is a subresource, and that no admission plugin looks at.
TEST_P(KubeClientSuite, SpecAndStatusAreWrittenApart) {
  const Resource budgets{
      .group = "policy", .version = "v1", .plural = "poddisruptionbudgets", .namespaced = true};
  const auto status = [](int allowed) {
    return nlohmann::json{{"disruptionsAllowed", allowed},
                          {"currentHealthy", 0},
                          {"desiredHealthy", 0},
                          {"expectedPods", 0}};
  };
  nlohmann::json object{{"apiVersion", "policy/v1"},
                        {"kind", "PodDisruptionBudget"},
                        {"metadata", {{"name", Key("a").name}}},
                        {"spec", {{"maxUnavailable", 1}}},
                        {"status", status(7)}};
  const auto created = client().Create(Context(), budgets, server_->name_space(), object);
  ASSERT_TRUE(created) << ToString(created.error());
  const auto allowed = [](const nlohmann::json& budget) {
    return budget.value("status", nlohmann::json::object()).value("disruptionsAllowed", 0);
  };
  EXPECT_EQ(allowed(*created), 0);  // of a create the status is dropped
  EXPECT_EQ((*created)["metadata"]["generation"], 1);

  object = *created;
  object["spec"]["maxUnavailable"] = 2;  // not by this door
  object["status"] = status(3);
  const auto reported = client().ReplaceStatus(Context(), budgets, Key("a"), object);
  ASSERT_TRUE(reported) << ToString(reported.error());
  EXPECT_EQ(allowed(*reported), 3);
  EXPECT_EQ((*reported)["spec"]["maxUnavailable"], 1);
  EXPECT_EQ((*reported)["metadata"]["generation"], 1);

  const auto late = client().ReplaceStatus(Context(), budgets, Key("a"), object);
  ASSERT_FALSE(late);  // its version is gone
  EXPECT_EQ(late.error().reason, "Conflict");

  object = *reported;
  object["spec"]["maxUnavailable"] = 2;
  object["status"] = status(9);
  const auto specified = client().Replace(Context(), budgets, Key("a"), object);
  ASSERT_TRUE(specified) << ToString(specified.error());
  EXPECT_EQ(allowed(*specified), 3);
  EXPECT_EQ((*specified)["spec"]["maxUnavailable"], 2);
  EXPECT_EQ((*specified)["metadata"]["generation"], 2);
}

TEST_P(KubeClientSuite, AFinalizerHoldsADelete) {
  nlohmann::json object = Map("a", "1");
  object["metadata"]["finalizers"] = {"culvert.dev/test"};
  ASSERT_TRUE(client().Create(Context(), kMaps, server_->name_space(), object));
  ASSERT_TRUE(client().Delete(Context(), kMaps, Key("a"), {}));
  auto held = client().Get(Context(), kMaps, Key("a"));
  ASSERT_TRUE(held);
  EXPECT_TRUE((*held)["metadata"].contains("deletionTimestamp"));
  (*held)["metadata"].erase("finalizers");
  ASSERT_TRUE(client().Replace(Context(), kMaps, Key("a"), *held));
  const auto gone = client().Get(Context(), kMaps, Key("a"));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

}  // namespace culvert::kube
