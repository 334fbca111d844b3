// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/json.h"
#include "libs/http/curl_transport.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/metrics_page.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace culvert::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::seconds kPatience{60};

/// A shard that is copied slowly, so that it can be watched.
class RunnerServingTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", "id bigint, name string, note string");
    MakeTable("target", "id bigint, name string, note string");
    Fill("source", kRows);
    std::filesystem::create_directories(dir() / "keys/key");
    WriteFile("keys/key/accessKeyId", "AKTESTID\n");
    WriteFile("keys/key/accessKeySecret", "test-secret-word\n");
    WriteFile("keys/key/expiration", "2030-01-01T00:00:00Z\n");
    const ProcessOutcome plan =
        Runner({RunnerProgram(), "plan", "-f", WriteJob({}), "-o", plan_file_, "--attempt", "3"});
    ASSERT_EQ(plan.exit_code, 0) << plan.stderr_text;
  }

  /// Begins the transfer of shard 0 and learns its port.
  void Begin(const std::vector<std::string>& more) {
    std::vector<std::string> args = {
        RunnerProgram(), "transfer",   "--plan", plan_file_, "--shard",     "0",  "--credentials",
        dir() / "keys",  "--progress", "none",   "--listen", "127.0.0.1:0", "-o", dir() / "report"};
    args.insert(args.end(), more.begin(), more.end());
    auto started =
        Process::Start({.args = args, .env = {}, .stdin_text = {}, .working_directory = {}});
    ASSERT_THAT(started, IsOk());
    process_ = *std::move(started);
    const std::string mark = "\"msg\":\"serving progress and metrics\",\"port\":";
    ASSERT_TRUE(Eventually(kPatience, [&] {
      const std::string text = process_->stderr_text();
      const std::size_t at = text.find(mark);
      if (at == std::string::npos) return false;
      port_ = std::atoi(text.c_str() + at + mark.size());
      return true;
    })) << process_->stderr_text();
  }

  http::Response Get(const std::string& path) {
    const auto response = transport_->Send(
        context_.ctx(kPatience), {.method = "GET",
                                  .url = "http://127.0.0.1:" + std::to_string(port_) + path,
                                  .headers = {},
                                  .body = {}});
    return response.value_or(http::Response{});
  }
  nlohmann::json Progress() { return ParseJson(Get("/progress").body).value_or(nlohmann::json()); }

  static constexpr std::uint64_t kRows = 40'000;
  const std::string plan_file_ = dir() / "plan.json";
  std::unique_ptr<Process> process_;
  int port_ = 0;
  std::unique_ptr<http::Transport> transport_ = [] {
    http::CurlTransportOptions options;
    options.allow_plain_http = true;
    return http::MakeCurlTransport(options);
  }();
};

// Feature: No progress until the end
TEST_F(RunnerServingTest, CanBeWatchedAndSpedUp) {
  const std::string knobs = WriteFile("knobs.json", R"({"throttle":true,"mbps":0.2,"streams":1})");
  Begin({"--knobs", knobs});
  ASSERT_TRUE(Eventually(kPatience, [&] { return Get("/readyz").status == 200; }));
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const nlohmann::json now = Progress();
    return now.is_object() && now.value("rows", 0) > 0;
  }));
  const nlohmann::json progress = Progress();
  EXPECT_EQ(progress["step"], "transfer");
  EXPECT_EQ(progress["shard"], 0);
  EXPECT_EQ(progress["attempt"], 3);
  EXPECT_EQ(progress["rowsTotal"], kRows);
  EXPECT_LT(progress["rows"], kRows);
  EXPECT_EQ(progress["blocks"], 0);
  EXPECT_GE(progress["blocksTotal"], 1);
  EXPECT_GT(progress["bytesRead"], 0);
  EXPECT_GT(progress["ratePerSecond"], 0);
  EXPECT_EQ(Get("/livez").body, "ok\n");

  const std::string metrics = Get("/metrics").body;
  EXPECT_EQ(ExposedRows(metrics), MetricsPageRows("culvert_runner_"));
  EXPECT_THAT(metrics, HasSubstr("\nculvert_runner_inflight_blocks 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nculvert_runner_credential_generation{side=\"source\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nculvert_runner_credential_expiry_timestamp_seconds{"
                                 "side=\"target\"} 1893456000\n"));
  EXPECT_THAT(metrics, HasSubstr("culvert_runner_http_requests_total{code=\"2xx\",endpoint="
                                 "\"download\"} 1\n"));
  EXPECT_THAT(metrics, Not(HasSubstr("\nculvert_runner_buffer_bytes 0\n")));

  WriteFile("knobs.json", R"({"throttle":false})");
  const auto ended = process_->Wait(kPatience);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(*ended, 0) << process_->stderr_text();
  EXPECT_THAT(process_->stderr_text(), HasSubstr("\"msg\":\"knobs changed\""));
}

TEST_F(RunnerServingTest, KnobsChangeWhatIsLogged) {
  const std::string knobs = WriteFile("knobs.json", R"({"throttle":true,"mbps":0.2})");
  Begin({"--knobs", knobs});
  ASSERT_TRUE(Eventually(kPatience, [&] {
    const nlohmann::json now = Progress();
    return now.is_object() && now.value("rows", 0) > 0;
  }));
  WriteFile("knobs.json", R"({"throttle":false,"logLevel":"debug"})");
  const auto ended = process_->Wait(kPatience);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(*ended, 0) << process_->stderr_text();
  const std::string log = process_->stderr_text();
  const std::size_t change = log.find(R"("msg":"log level changed","from":"info","to":"debug"})");
  ASSERT_NE(change, std::string::npos) << log;
  EXPECT_EQ(log.substr(0, change).find(R"("level":"debug")"), std::string::npos);
  EXPECT_NE(log.find(R"("level":"debug","msg":"request")", change), std::string::npos) << log;
}

TEST_F(RunnerServingTest, IsNotReadyOnceItWasStopped) {
  const std::string knobs = WriteFile("knobs.json", R"({"throttle":true,"mbps":0.05})");
  Begin({"--knobs", knobs});
  ASSERT_TRUE(Eventually(kPatience, [&] { return Get("/readyz").status == 200; }));
  process_->Signal(SIGTERM);
  const auto ended = process_->Wait(kPatience);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(*ended, 143);
}

TEST_F(RunnerServingTest, AStopWhileAKeyIsWaitedForIsACleanStop) {
  WriteFile("keys/key/accessKeySecret", "another-word\n");
  Begin({});
  ASSERT_TRUE(Eventually(kPatience, [&] {
    return Get("/metrics").body.find("{code=\"401\",endpoint=\"rest\"} 1\n") != std::string::npos;
  })) << Get("/metrics").body;
  process_->Signal(SIGTERM);
  auto ended = process_->Wait(kPatience);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(*ended, 143) << process_->stderr_text();

  std::filesystem::remove(dir() / "keys/key/accessKeySecret");
  Begin({});
  process_->Signal(SIGTERM);
  ended = process_->Wait(kPatience);
  ASSERT_THAT(ended, IsOk());
  EXPECT_EQ(*ended, 143) << process_->stderr_text();
}

TEST_F(RunnerServingTest, RetriesShowInTheMetricsAndRequestsInTheLogWithoutTheirKeys) {
  ASSERT_THAT(server().faults().Add(R"({"match":{"operation":"download.data","nth":1},)"
                                    R"("action":{"kind":"reset","after_bytes":1000}})"),
              IsOk());
  const std::string knobs = WriteFile("knobs.json", R"({"throttle":true,"mbps":0.2})");
  Begin({"--knobs", knobs, "--log-level", "debug"});
  ASSERT_TRUE(Eventually(kPatience, [&] {
    return Get("/metrics").body.find("\nculvert_runner_retries_total{reason=\"network\"} 1\n") !=
           std::string::npos;
  })) << Get("/metrics").body;
  process_->Signal(SIGTERM);
  ASSERT_THAT(process_->Wait(kPatience), IsOk());
  const std::string log = process_->stderr_text();
  EXPECT_THAT(log, HasSubstr("\"msg\":\"request\",\"method\":\"GET\""));
  EXPECT_THAT(log, HasSubstr("downloadid=…"));
  EXPECT_THAT(log, Not(HasSubstr("test-secret-word")));
  EXPECT_THAT(log, Not(HasSubstr("AKTESTID")));
}

}  // namespace
}  // namespace culvert::test
