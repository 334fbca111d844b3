// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/command_line.h"

#include <gtest/gtest.h>

#include <vector>

namespace culvert::runner {
namespace {

ParsedCommandLine Parse(std::vector<const char*> args) {
  args.insert(args.begin(), "culvert-runner");
  return ParseCommandLine(static_cast<int>(args.size()), args.data());
}

TEST(CommandLineTest, ReadsARun) {
  const auto parsed = Parse({"run", "-f", "a.yaml", "-f", "-", "--state", "s", "--job", "j",
                             "--again", "--progress", "json", "--log-level", "debug"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->command, Command::kRun);
  EXPECT_EQ(parsed.line->files, (std::vector<std::string>{"a.yaml", "-"}));
  EXPECT_EQ(parsed.line->state_directory, "s");
  EXPECT_EQ(parsed.line->job, "j");
  EXPECT_TRUE(parsed.line->again);
  EXPECT_EQ(parsed.line->progress, ProgressStyle::kJson);
  EXPECT_EQ(parsed.line->log_level, LogLevel::kDebug);
}

TEST(CommandLineTest, ReadsAShard) {
  const auto parsed = Parse({"transfer", "--plan", "p", "--shard", "7", "-o", "r"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->command, Command::kTransfer);
  EXPECT_EQ(parsed.line->shard, 7u);
  EXPECT_EQ(parsed.line->output, "r");
}

TEST(CommandLineTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Parse({"run"}).exit_code, 10);
  EXPECT_EQ(Parse({"fly"}).exit_code, 10);
  EXPECT_EQ(Parse({"run", "-f", "a", "--stat", "x"}).exit_code, 10);
  EXPECT_EQ(Parse({"transfer", "--plan", "p", "--shard", "-1"}).exit_code, 10);
  EXPECT_EQ(Parse({}).exit_code, 10);
}

}  // namespace
}  // namespace culvert::runner
