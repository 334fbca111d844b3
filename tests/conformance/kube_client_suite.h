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
};
using MakeKubeServer = std::unique_ptr<KubeServer> (*)();

class KubeClientSuite : public testing::TestWithParam<MakeKubeServer> {
 protected:
  static inline const Resource kMaps{
      .group = "", .version = "v1", .plural = "configmaps", .namespaced = true};

  void SetUp() override {
    server_ = GetParam()();
    ASSERT_NE(server_, nullptr);
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
  const auto list =
      client().List(Context(), kMaps, Mine(), [](const nlohmann::json&) -> Status { return {}; });
  ASSERT_TRUE(list);
  nlohmann::json changed = before;
  changed["data"]["value"] = "2";
  ASSERT_TRUE(client().Replace(Context(), kMaps, Key("a"), changed));
  Created("b", "1");
  ASSERT_TRUE(client().Delete(Context(), kMaps, Key("a"), {}));
  std::vector<std::string> seen;
  std::stop_source stop;
  const Status watched =
      client().Watch(Context(stop.get_token()), kMaps,
                     {.name_space = server_->name_space(),
                      .label_selector = "test=" + label_,
                      .field_selector = "",
                      .resource_version = list->resource_version,
                      .server_timeout = std::chrono::seconds(30)},
                     [&](WatchEventType type, const nlohmann::json& object) -> Status {
                       if (type == WatchEventType::kBookmark) return {};
                       const char* sign = type == WatchEventType::kAdded     ? "+"
                                          : type == WatchEventType::kDeleted ? "-"
                                                                             : "=";
                       seen.push_back(sign + object["metadata"]["name"].get<std::string>());
                       if (seen.size() == 3) stop.request_stop();
                       return {};
                     });
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().code, ErrorCode::kCancelled) << ToString(watched.error());
  EXPECT_EQ(seen, (std::vector<std::string>{"=" + Key("a").name, "+" + Key("b").name,
                                            "-" + Key("a").name}));
}

}  // namespace culvert::kube
