// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/command_line.h"

#include <gtest/gtest.h>

#include <vector>

namespace culvert::plugin {
namespace {

ParsedCommandLine Parse(std::vector<const char*> args) {
  args.insert(args.begin(), "kubectl-culvert");
  return ParseCommandLine(static_cast<int>(args.size()), args.data());
}

TEST(PluginCommandLineTest, ReadsStatus) {
  const auto parsed = Parse({"status", "nightly", "-n", "sales", "-o", "json", "--all-shards",
                             "--context", "prod", "--kubeconfig", "/k"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->command, Command::kStatus);
  EXPECT_EQ(parsed.line->name, "nightly");
  EXPECT_EQ(parsed.line->name_space, "sales");
  EXPECT_EQ(parsed.line->output, Output::kJson);
  EXPECT_TRUE(parsed.line->all_shards);
  EXPECT_EQ(parsed.line->context, "prod");
  EXPECT_EQ(parsed.line->kubeconfig, "/k");
  EXPECT_EQ(Parse({"-n", "sales", "status"}).line->name_space, "sales");
  EXPECT_EQ(Parse({"status"}).line->name, "");
}

TEST(PluginCommandLineTest, ReadsLogs) {
  const auto parsed = Parse({"logs", "nightly", "--shard", "3", "--tail", "5"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->shard, 3);
  EXPECT_EQ(parsed.line->tail, 5U);
  EXPECT_EQ(Parse({"logs", "nightly", "--step", "plan"}).line->step, "plan");
}

TEST(PluginCommandLineTest, ReadsTheRest) {
  EXPECT_TRUE(Parse({"retry", "nightly", "--force"}).line->force);
  EXPECT_EQ(Parse({"suspend", "nightly"}).line->command, Command::kSuspend);
  EXPECT_EQ(Parse({"resume", "nightly"}).line->command, Command::kResume);
  EXPECT_EQ(Parse({"explain-failure", "nightly"}).line->command, Command::kExplainFailure);
  EXPECT_EQ(Parse({"version"}).line->command, Command::kVersion);
}

TEST(PluginCommandLineTest, RefusesTheRest) {
  for (const std::vector<const char*>& args : {std::vector<const char*>{},
                                               {"fly"},
                                               {"logs"},
                                               {"retry"},
                                               {"logs", "a", "--step", "walk"},
                                               {"logs", "a", "--shard", "-1"},
                                               {"status", "-o", "yaml"},
                                               {"suspend", "a", "b"}}) {
    const auto parsed = Parse(args);
    EXPECT_FALSE(parsed.line.has_value());
    EXPECT_EQ(parsed.exit_code, 2);
  }
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace culvert::plugin
