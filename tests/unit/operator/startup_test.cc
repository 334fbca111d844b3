// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/startup.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace culvert::control {
namespace {

TEST(StartupTest, EachEndHasItsExitCode) {
  EXPECT_EQ(ExitCodeOf(NotFound("").Because("KindsMissing")), ExitCode::kKindsMissing);
  EXPECT_EQ(ExitCodeOf(Unavailable("")), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(Unauthenticated("")), ExitCode::kUnreachable);
  EXPECT_EQ(ExitCodeOf(Aborted("")), ExitCode::kLeaseLost);
  EXPECT_EQ(ExitCodeOf(Cancelled("")), ExitCode::kDone);
  EXPECT_EQ(ExitCodeOf(Internal("")), ExitCode::kUnexpected);
}

TEST(StartupTest, FlagsMeanWhatTheySay) {
  CommandLine line;
  line.runner_image = "runner:1";
  line.runner_port = 7;
  line.ttl_seconds_after_finished = -1;
  line.progress_interval_seconds = 0;
  line.watch_namespaces = {"a"};
  OperatorOptions options = OptionsFrom(line, "sys", "pod-1", "00000000000000ff1234", {});
  EXPECT_EQ(options.pods.image, "runner:1");
  EXPECT_EQ(options.pods.port, 7);
  EXPECT_FALSE(options.policy.default_ttl);
  EXPECT_EQ(options.progress_interval.count(), 0);
  EXPECT_EQ(options.seed, 255u);
  ASSERT_TRUE(options.election);
  EXPECT_EQ(options.election->lease.name_space, "sys");
  EXPECT_EQ(options.election->lease.name, "culvert-operator");
  EXPECT_EQ(options.election->identity, "pod-1_00000000");
  EXPECT_EQ(options.pods.endpoint_allow, std::vector<std::string>{"default"});
  EXPECT_TRUE(options.pods.endpoint_refuse.empty());
  line.leader_elect = false;
  line.ttl_seconds_after_finished = 5;
  line.endpoint_allow = {"*.example.com"};
  line.endpoint_refuse = {"10.0.0.0/24"};
  options = OptionsFrom(line, "sys", "pod-1", "ff", {"10.96.0.0/12"});
  EXPECT_FALSE(options.election);
  EXPECT_EQ(options.policy.default_ttl, std::chrono::seconds(5));
  EXPECT_EQ(options.pods.endpoint_allow, std::vector<std::string>{"*.example.com"});
  EXPECT_EQ(options.pods.endpoint_refuse,
            (std::vector<std::string>{"10.0.0.0/24", "10.96.0.0/12"}));
}

}  // namespace
}  // namespace culvert::control
