// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/cluster.h"

#include "libs/base/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::plugin {
namespace {

using test::FailsWith;
using test::IsOk;
using testing::HasSubstr;

class ClusterTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& context) {
    const std::string path = dir_ / name;
    EXPECT_THAT(WriteFileDurably(
                    path, "apiVersion: v1\nkind: Config\ncurrent-context: " + context +
                              "\ncontexts: [{name: " + context +
                              ", context: {cluster: c, user: u, namespace: " + context +
                              "-space}}]\nclusters: [{name: c, cluster: {server: "
                              "'http://127.0.0.1:1'}}]\nusers: [{name: u, user: {token: t}}]\n"),
                IsOk());
    return path;
  }
  test::FakeClock clock_;
  test::TempDir dir_;
};

TEST_F(ClusterTest, TheFlagWinsThenTheEnvironmentThenHome) {
  const std::string flag = Write("flag", "a");
  const std::string environment = Write("environment", "b");
  ASSERT_THAT(EnsureDirectory(dir_ / ".kube"), IsOk());
  Write(".kube/config", "c");
  KubeconfigPlace place{
      .flag = flag, .environment = environment, .home = dir_.path(), .context = ""};
  EXPECT_EQ(ReadKubeconfig(place, clock_)->name_space, "a-space");
  place.flag.clear();
  EXPECT_EQ(ReadKubeconfig(place, clock_)->name_space, "b-space");
  place.environment.clear();
  EXPECT_EQ(ReadKubeconfig(place, clock_)->name_space, "c-space");
}

TEST_F(ClusterTest, TheFirstFileWithTheContextIsTaken) {
  const std::string first = Write("first", "a");
  const std::string second = Write("second", "b");
  const KubeconfigPlace place{.flag = "",
                              .environment = (dir_ / "missing") + ":" + first + "::" + second,
                              .home = "",
                              .context = "b"};
  EXPECT_EQ(ReadKubeconfig(place, clock_)->name_space, "b-space");
}

TEST_F(ClusterTest, WhatIsMissingIsNamed) {
  auto config = ReadKubeconfig({.flag = "", .environment = "", .home = "", .context = ""}, clock_);
  ASSERT_THAT(config, FailsWith(ErrorCode::kNotFound));
  config = ReadKubeconfig({.flag = dir_ / "nothing", .environment = "", .home = "", .context = ""},
                          clock_);
  ASSERT_THAT(config, FailsWith(ErrorCode::kNotFound));
  EXPECT_THAT(config.error().message, HasSubstr("/nothing"));
  config = ReadKubeconfig(
      {.flag = Write("one", "a"), .environment = "", .home = "", .context = "z"}, clock_);
  ASSERT_FALSE(config);
  EXPECT_THAT(config.error().message, HasSubstr("'z'"));
}

TEST_F(ClusterTest, OpensAClient) {
  const auto cluster = OpenCluster(
      {.flag = Write("one", "a"), .environment = "", .home = "", .context = ""}, clock_);
  ASSERT_THAT(cluster, IsOk());
  EXPECT_EQ(cluster->name_space, "a-space");
  EXPECT_NE(cluster->client, nullptr);
}

}  // namespace
}  // namespace culvert::plugin
