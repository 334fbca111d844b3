// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::control {
namespace {

ParsedCommandLine Parse(std::vector<const char*> args) {
  args.insert(args.begin(), "culvert-operator");
  return ParseCommandLine(static_cast<int>(args.size()), args.data());
}

TEST(CommandLineTest, OneFlagIsEnough) {
  const auto parsed = Parse({"--runner-image", "runner:1"});
  ASSERT_TRUE(parsed.line);
  EXPECT_EQ(parsed.line->runner_image, "runner:1");
  EXPECT_TRUE(parsed.line->watch_namespaces.empty());
  EXPECT_TRUE(parsed.line->leader_elect);
  EXPECT_EQ(parsed.line->metrics_address->port, 8080);
  EXPECT_EQ(parsed.line->health_address->host, "0.0.0.0");
  EXPECT_EQ(parsed.line->ttl_seconds_after_finished, 604'800);
}

TEST(CommandLineTest, AllThatTheChartSets) {
  const auto parsed = Parse({"--runner-image=r",
                             "--runner-image-pull-policy=Always",
                             "--runner-service-account=mover",
                             "--runner-port=9091",
                             "--endpoint-allow=*.aliyuncs.com",
                             "--endpoint-allow=10.8.0.0/16",
                             "--endpoint-refuse=10.0.0.0/24",
                             "--watch-namespaces=a,b",
                             "--namespace=sys",
                             "--identity=pod-1",
                             "--leader-elect=false",
                             "--leader-elect-lease-duration=30",
                             "--leader-elect-renew-deadline=20",
                             "--leader-elect-retry-period=4",
                             "--workers=8",
                             "--requests-per-second=300",
                             "--resync=600",
                             "--progress-interval=0",
                             "--ttl-seconds-after-finished=-1",
                             "--metrics-address=",
                             "--health-address=[::]:81",
                             "--log-level=debug",
                             "--log-level-file=/etc/level"});
  ASSERT_TRUE(parsed.line);
  const CommandLine& line = *parsed.line;
  EXPECT_EQ(line.watch_namespaces, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(line.endpoint_allow, (std::vector<std::string>{"*.aliyuncs.com", "10.8.0.0/16"}));
  EXPECT_EQ(line.endpoint_refuse, std::vector<std::string>{"10.0.0.0/24"});
  EXPECT_FALSE(line.leader_elect);
  EXPECT_EQ(line.lease_duration_seconds, 30);
  EXPECT_EQ(line.workers, 8);
  EXPECT_EQ(line.requests_per_second, 300);
  EXPECT_EQ(line.ttl_seconds_after_finished, -1);
  EXPECT_FALSE(line.metrics_address);
  EXPECT_EQ(line.health_address->host, "::");
  EXPECT_EQ(line.health_address->port, 81);
  EXPECT_EQ(line.log_level, LogLevel::kDebug);
  EXPECT_EQ(line.log_level_file, "/etc/level");
}

TEST(CommandLineTest, WrongFlagsAreExitCodeTwo) {
  for (const std::vector<const char*>& args : std::vector<std::vector<const char*>>{
           {},
           {"--runner-image", "r", "--frobnicate"},
           {"--runner-image", "r", "--workers", "0"},
           {"--runner-image", "r", "--endpoint-allow", "https://a.example"},
           {"--runner-image", "r", "--endpoint-allow="},
           {"--runner-image", "r", "--endpoint-refuse", "a.example"},
           {"--runner-image", "r", "--endpoint-refuse", "10.0.0.1/8"},
           {"--runner-image", "r", "--runner-image-pull-policy", "Sometimes"},
           {"--runner-image", "r", "--metrics-address", "8080"},
           {"--runner-image", "r", "--health-address", ":99999"},
           {"--runner-image", "r", "--leader-elect-renew-deadline", "15"},
           {"--runner-image", "r", "--leader-elect-retry-period", "10"}}) {
    const auto parsed = Parse(args);
    EXPECT_FALSE(parsed.line);
    EXPECT_EQ(parsed.exit_code, 2);
  }
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
  EXPECT_EQ(Parse({"--version"}).exit_code, 0);
}

}  // namespace
}  // namespace culvert::control
