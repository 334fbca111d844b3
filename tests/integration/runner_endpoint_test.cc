// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/http/beast_server.h"
#include "libs/http/curl_transport.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

// The steps as the operator starts them, with its list of where endpoints may be.

namespace culvert::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class RunnerEndpointTest : public RunnerFixture {
 protected:
  void SetUp() override {
    options_.request_log_file = dir() / "requests";
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", "id bigint, name string");
    MakeTable("target", "id bigint, name string");
    Fill("source", 20);
    std::filesystem::create_directories(dir() / "keys/key");
    WriteFile("keys/key/accessKeyId", "AKTESTID");
    WriteFile("keys/key/accessKeySecret", "test-secret-word");
  }

  ProcessOutcome Plan(const std::string& file, const std::vector<std::string>& flags) {
    std::vector<std::string> args = {
        RunnerProgram(),     "plan",        "-f", file, "-o", dir() / "plan.json",
        "--termination-log", dir() / "word"};
    args.insert(args.end(), flags.begin(), flags.end());
    return Runner(args);
  }
  // A job whose DataSource is at `endpoint` in place of the emulator's own.
  std::string JobAt(const std::string& endpoint) {
    const std::string file = WriteJob({});
    std::string text = ReadWholeFile(file, 1 << 20).value();
    const std::string own = server().Endpoint();
    text.replace(text.find(own), own.size(), endpoint);
    return WriteFile("job.yaml", text);
  }
};

// Feature: Endpoints of a DataSource
TEST_F(RunnerEndpointTest, APodDoesNotConnectToItsOwnMachine) {
  const ProcessOutcome plan = Plan(WriteJob({}), {"--endpoint-allow", "default"});
  EXPECT_EQ(plan.exit_code, 10);
  EXPECT_THAT(plan.stderr_text,
              HasSubstr("the address 127.0.0.1, which is loopback (127.0.0.0/8); "
                        "correct endpoint or tunnelEndpoint of DataSource 'here'"));
  EXPECT_THAT(plan.stderr_text, HasSubstr("have 127.0.0.1 added to --endpoint-allow"));
  EXPECT_THAT(plan.stderr_text, EndsWith("[EndpointNotAllowed]\n"));
  EXPECT_EQ(std::ranges::count(plan.stderr_text, '\n'), 1) << plan.stderr_text;
  EXPECT_EQ(ReadWholeFile(dir() / "requests", 1 << 20).value(), "");
  const std::string word = ReadWholeFile(dir() / "word", 1 << 20).value();
  EXPECT_THAT(word, HasSubstr(R"("reason":"EndpointNotAllowed")"));
  EXPECT_THAT(word, HasSubstr(R"("exitCode":10)"));
}

TEST_F(RunnerEndpointTest, WhatIsListedIsReachedByEveryStep) {
  const std::vector<std::string> flags = {"--endpoint-allow", "127.0.0.0/8", "--endpoint-refuse",
                                          "127.0.0.1"};
  const ProcessOutcome plan = Plan(WriteJob({}), flags);
  ASSERT_EQ(plan.exit_code, 0) << plan.stderr_text;
  for (const auto& [list, code] : {std::pair{"127.0.0.1", 0}, std::pair{"*.example.com", 10}}) {
    const ProcessOutcome transfer =
        Runner({RunnerProgram(), "transfer", "--plan", dir() / "plan.json", "--shard", "0",
                "--credentials", dir() / "keys", "-o", dir() / "report.json", "--progress", "none",
                "--endpoint-allow", list});
    EXPECT_EQ(transfer.exit_code, code) << transfer.stderr_text;
  }
}

TEST_F(RunnerEndpointTest, ATunnelThatTheServiceNamesIsJudgedToo) {
  // In front of the emulator: its tunnel is somewhere else, where nobody may connect.
  std::atomic<int> trapped = 0;
  auto trap = http::StartBeastServer({.address = "127.0.0.2"},
                                     [&trapped](http::ServerExchange&) { ++trapped; });
  ASSERT_THAT(trap, IsOk());
  const std::string tunnel = "127.0.0.2:" + std::to_string((*trap)->port());
  http::CurlTransportOptions wire;
  wire.allow_plain_http = true;
  const auto transport = http::MakeCurlTransport(wire);
  std::string origin = server().Endpoint();
  origin.resize(origin.rfind("/api"));
  std::atomic<int> asked = 0;
  auto front = http::StartBeastServer({}, [&](http::ServerExchange& exchange) {
    http::Response response;
    if (exchange.path().ends_with("/tunnel")) {
      ++asked;
      response.status = 200;
      response.body = tunnel;
      exchange.Respond(response);
      return;
    }
    http::Request request;
    request.method = exchange.method();
    request.url = origin + exchange.raw_target();
    for (const auto& [name, value] : exchange.headers().all()) {
      if (name == "Authorization" || name == "Date" || name.starts_with("x-odps-")) {
        request.headers.Add(name, value);
      }
    }
    const auto answer = transport->Send(context_.ctx(), request);
    if (!answer) return;  // a 500
    response.status = answer->status;
    response.body = answer->body;
    exchange.Respond(response);
  });
  ASSERT_THAT(front, IsOk());
  const std::string file = JobAt("http://127.0.0.1:" + std::to_string((*front)->port()) + "/api");
  const ProcessOutcome plan = Plan(file, {"--endpoint-allow", "127.0.0.1"});
  EXPECT_EQ(plan.exit_code, 10);
  EXPECT_THAT(plan.stderr_text, HasSubstr("the address 127.0.0.2, which is loopback"));
  EXPECT_THAT(plan.stderr_text, HasSubstr("[EndpointNotAllowed]"));
  EXPECT_GE(asked, 1);
  EXPECT_EQ(trapped, 0);
}

TEST_F(RunnerEndpointTest, ARunOfOnesOwnGoesWhereItsFileSays) {
  EXPECT_EQ(Run({}).exit_code, 0);
  EXPECT_EQ(Difference("source", "target"), "");
}

}  // namespace
}  // namespace culvert::test
