// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/command_line.h"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
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

TEST(CommandLineTest, ReadsSchedulingParameters) {
  const auto parsed = Parse({"explain", "-f", "a.yaml", "-p", "day=${yyyymmdd-1}", "--cycle-time",
                             "2025-03-31T00:10:05", "-p", "r=north", "--time-zone", "UTC"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->files, std::vector<std::string>{"a.yaml"});
  EXPECT_EQ(parsed.line->parameters.assignments,
            (std::vector<std::string>{"day=${yyyymmdd-1}", "r=north"}));
  EXPECT_EQ(parsed.line->parameters.cycle_time, "2025-03-31T00:10:05");
  EXPECT_EQ(parsed.line->parameters.time_zone, "UTC");
  EXPECT_EQ(Parse({"run", "-f", "a", "--time-zone", "UTC"}).exit_code, 10);  // without effect
  EXPECT_EQ(Parse({"transfer", "--plan", "p", "--shard", "0", "-p", "a=b"}).exit_code, 10);
}

TEST(CommandLineTest, ReadsAShard) {
  const auto parsed = Parse({"transfer", "--plan", "p", "--shard", "7", "-o", "r"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->command, Command::kTransfer);
  EXPECT_EQ(parsed.line->shard, 7u);
  EXPECT_EQ(parsed.line->output, "r");
}

TEST(CommandLineTest, StepsAreToldWhereEndpointsMayBe) {
  const auto parsed = Parse({"commit", "--plan", "p", "--endpoint-allow", "default",
                             "--endpoint-allow", "a.svc", "--endpoint-refuse", "10.96.0.0/12"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->endpoint_allow, (std::vector<std::string>{"default", "a.svc"}));
  EXPECT_EQ(parsed.line->endpoint_refuse, std::vector<std::string>{"10.96.0.0/12"});
  EXPECT_TRUE(Parse({"plan", "-f", "a"}).line->endpoint_allow.empty());
  for (const std::vector<const char*>& wrong : std::vector<std::vector<const char*>>{
           {"plan", "-f", "a", "--endpoint-allow", "http://a.svc"},
           {"plan", "-f", "a", "--endpoint-allow", "default", "--endpoint-refuse", "a.svc"},
           {"plan", "-f", "a", "--endpoint-refuse", "10.96.0.0/12"},  // without effect
           {"run", "-f", "a", "--endpoint-allow", "default"}}) {
    EXPECT_EQ(Parse(wrong).exit_code, 10) << wrong.back();
  }
}

TEST(CommandLineTest, ReadsWhereToListenAndWhatToFollow) {
  const auto parsed = Parse({"transfer", "--plan", "p", "--shard", "0", "--listen", ":9090",
                             "--knobs", "/etc/knobs.json"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->listen, (http::ListenAddress{.host = "", .port = 9090}));
  EXPECT_EQ(parsed.line->knobs_file, "/etc/knobs.json");
  EXPECT_FALSE(Parse({"run", "-f", "a"}).line->listen.has_value());
  EXPECT_EQ(Parse({"plan", "-f", "a", "--listen", "here"}).exit_code, 10);
}

TEST(CommandLineTest, ReadsHowLongAKeyIsWaitedFor) {
  EXPECT_EQ(Parse({"prepare", "--plan", "p"}).line->credentials_wait, std::chrono::seconds(180));
  const auto parsed = Parse({"work", "--plan", "p", "--decision", "d", "--credentials-wait", "30"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->credentials_wait, std::chrono::seconds(30));
  for (const char* wrong : {"0", "181", "soon"}) {
    const auto refused =
        Parse({"work", "--plan", "p", "--decision", "d", "--credentials-wait", wrong});
    EXPECT_EQ(refused.exit_code, 10) << wrong;
  }
}

TEST(CommandLineTest, ReadsAConversion) {
  for (const char* script : {"s.json", "-"}) {
    const auto parsed =
        Parse({"convert", script, "-p", "day=20250330", "-p", "where=a=b", "--format", "datax",
               "--strip-comments", "--name", "n", "--namespace", "m", "-o", "o.yaml"});
    ASSERT_TRUE(parsed.line.has_value());
    EXPECT_EQ(parsed.line->files, std::vector<std::string>{script});
    EXPECT_EQ(parsed.line->script_parameters,
              (std::vector<convert::Parameter>{{"day", "20250330"}, {"where", "a=b"}}));
    EXPECT_EQ(parsed.line->script_format, convert::Format::kDataX);
    EXPECT_EQ(parsed.line->script_comments, convert::Comments::kStrip);
    EXPECT_EQ(parsed.line->name, "n");
    EXPECT_EQ(parsed.line->name_space, "m");
    EXPECT_EQ(parsed.line->output, "o.yaml");
  }
  const auto parsed = Parse({"convert", "-p", "a=", "-f", "-"});
  ASSERT_TRUE(parsed.line.has_value());
  EXPECT_EQ(parsed.line->files, std::vector<std::string>{"-"});
  EXPECT_EQ(parsed.line->script_format, convert::Format::kAuto);
  EXPECT_EQ(parsed.line->script_comments, convert::Comments::kRefuse);
}

TEST(CommandLineTest, RefusesAConversionThatSaysTooLittleOrTooMuch) {
  EXPECT_EQ(Parse({"convert"}).exit_code, 10);
  EXPECT_EQ(Parse({"convert", "a.json", "b.json"}).exit_code, 10);
  EXPECT_EQ(Parse({"convert", "a.json", "-p", "day"}).exit_code, 10);
  EXPECT_EQ(Parse({"convert", "a.json", "-p", "=20250330"}).exit_code, 10);
  EXPECT_EQ(Parse({"convert", "a.json", "--format", "xml"}).exit_code, 10);
}

TEST(CommandLineTest, NamesItsCommandsAsTheyAreWritten) {
  const std::vector<std::vector<const char*>> commands = {
      {"run", "-f", "x"},
      {"explain", "-f", "x"},
      {"convert", "x"},
      {"plan", "-f", "x"},
      {"prepare", "--plan", "x"},
      {"transfer", "--plan", "x", "--shard", "0"},
      {"commit", "--plan", "x", "--reports", "x"},
      {"version"}};
  for (const auto& args : commands) {
    const auto parsed = Parse(args);
    ASSERT_TRUE(parsed.line.has_value()) << args[0];
    EXPECT_EQ(CommandName(parsed.line->command), args[0]);
  }
}

TEST(CommandLineTest, OutputFlagsStandBeforeOrBehindTheCommand) {
  for (const auto& args : {std::vector<const char*>{"--log-level", "WARN", "run", "-f", "a"},
                           std::vector<const char*>{"run", "-f", "a", "--log-level", "warn"},
                           std::vector<const char*>{"explain", "-f", "a", "--log-level", "warn"}}) {
    const auto parsed = Parse(args);
    ASSERT_TRUE(parsed.line.has_value());
    EXPECT_EQ(parsed.line->log_level, LogLevel::kWarn);
  }
}

TEST(CommandLineTest, AWrongWordIsToldWithThoseThereAre) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(Parse({"run", "-f", "a", "--progress", "loud"}).exit_code, 10);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "error: --progress: loud not in {auto,bar,json,none} (see culvert-runner --help)\n");
}

TEST(CommandLineTest, HelpTeachesEveryCommand) {
  for (const char* command :
       {"run", "explain", "convert", "plan", "prepare", "transfer", "commit"}) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(Parse({command, "--help"}).exit_code, 0);
    const std::string help = testing::internal::GetCapturedStdout();
    EXPECT_NE(help.find("Example"), std::string::npos) << help;
    EXPECT_NE(help.find(std::string("  culvert-runner ") + command), std::string::npos) << help;
    EXPECT_EQ(help.find("ENUM"), std::string::npos) << help;
    EXPECT_EQ(help.find(":{"), std::string::npos) << help;
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 110u) << line;
  }
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
