// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/object.h"

#include "libs/base/json.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace culvert::kube {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): matchers and fakes

const Resource kJobs{.group = "batch", .version = "v1", .plural = "jobs", .namespaced = true};
const Resource kPods{.group = "", .version = "v1", .plural = "pods", .namespaced = true};

nlohmann::json Parse(std::string_view text) { return ParseJson(text).value(); }

TEST(ResourceTest, PathsOfTheCoreGroupBeginWithApi) {
  EXPECT_EQ(kPods.CollectionPath("sales"), "/api/v1/namespaces/sales/pods");
  EXPECT_EQ(kPods.ApiVersion(), "v1");
  EXPECT_EQ(kPods.ToString(), "pods");
}

TEST(ResourceTest, PathsOfOtherGroupsBeginWithApis) {
  EXPECT_EQ(kJobs.ObjectPath("sales", "copy-1"), "/apis/batch/v1/namespaces/sales/jobs/copy-1");
  EXPECT_EQ(kJobs.CollectionPath(""), "/apis/batch/v1/jobs");
  EXPECT_EQ(kJobs.ApiVersion(), "batch/v1");
  EXPECT_EQ(kJobs.ToString(), "jobs.batch");
}

TEST(ResourceTest, NamesAreEscapedInPaths) {
  EXPECT_EQ(kPods.ObjectPath("a", "x/../y"), "/api/v1/namespaces/a/pods/x%2F..%2Fy");
}

TEST(ObjectMetaTest, ReadsWhatAControllerDecidesBy) {
  const auto meta = ParseMeta(Parse(R"({"metadata": {
      "name": "copy", "namespace": "sales", "uid": "u1", "resourceVersion": "42", "generation": 3,
      "creationTimestamp": "2026-01-02T03:04:05Z", "deletionTimestamp": "2026-01-02T03:05:05Z",
      "labels": {"a": "1"}, "annotations": {"b": "2"}, "finalizers": ["x/y"], "managedFields": [{}],
      "ownerReferences": [
        {"apiVersion": "v1", "kind": "Other", "name": "o", "uid": "u8"},
        {"apiVersion": "culvert.dev/v1alpha1", "kind": "SyncJob", "name": "j", "uid": "u9",
         "controller": true}]}})"));
  ASSERT_THAT(meta, IsOk());
  EXPECT_EQ(meta->key.ToString(), "sales/copy");
  EXPECT_EQ(meta->resource_version, "42");
  EXPECT_EQ(meta->generation, 3);
  EXPECT_TRUE(meta->IsBeingDeleted());
  EXPECT_EQ(meta->labels.at("a"), "1");
  EXPECT_EQ(meta->annotations.at("b"), "2");
  EXPECT_EQ(meta->finalizers, std::vector<std::string>{"x/y"});
  ASSERT_NE(meta->Controller(), nullptr);
  EXPECT_EQ(meta->Controller()->uid, "u9");
}

TEST(ObjectMetaTest, AnObjectWithoutUidIsRefused) {
  EXPECT_THAT(ParseMeta(Parse(R"({"metadata": {"name": "x", "resourceVersion": "1"}})")),
              FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseMeta(Parse(R"({"kind": "Pod"})")), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseMeta(Parse("[]")), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ObjectMetaTest, LabelsThatAreNoTextAreRefused) {
  EXPECT_THAT(ParseMeta(Parse(R"({"metadata": {"name": "x", "uid": "u", "resourceVersion": "1",
                                  "labels": {"a": 1}}})")),
              FailsWith(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace culvert::kube
