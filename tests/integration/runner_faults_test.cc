// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/syncjob/plan.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

// Faults of the network and the service while rows move: they end in the same rows, or in a refusal
// that shows nothing.

namespace culvert::test {
namespace {

using ::testing::HasSubstr;

class RunnerFaultsTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", "id bigint, name string, v varchar(100)");
    MakeTable("target", "id bigint, name string, v varchar(100)");
    Fill("source", 30'000);
  }
  void Fault(const std::string& match, const std::string& action) {
    ASSERT_THAT(server().faults().Add("{\"match\":" + match + ",\"action\":" + action + "}"),
                IsOk());
  }
  void ExpectCopied(const JobText& job) {
    const ProcessOutcome run = Run(job);
    EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
    EXPECT_EQ(Difference("target", "source"), "");
  }
  static JobText WithCodec(const std::string& codec) {
    JobText job;
    job.source =
        "{maxCompute: {dataSourceRef: {name: here}, table: source, column: ['*'], codec: " + codec +
        "}}";
    job.target =
        "{maxCompute: {dataSourceRef: {name: here}, table: target, column: ['*'], truncate: false, "
        "consistencyCommit: true, codec: " +
        codec + "}}";
    return job;
  }
};

TEST_F(RunnerFaultsTest, GoesOnInsideABlockWhenTheDownloadIsReset) {
  for (const std::uint64_t at : {0u, 1u, 1000u, 65'536u, 300'001u}) {
    SCOPED_TRACE(at);
    server().faults().Clear();
    Fault(R"({"operation":"download.data","nth":1})",
          R"({"kind":"reset","after_bytes":)" + std::to_string(at) + "}");
    JobText job;
    job.name = "reset-" + std::to_string(at);
    job.target =
        "{maxCompute: {dataSourceRef: {name: here}, table: target, column: ['*'], truncate: true, "
        "consistencyCommit: true}}";
    ExpectCopied(job);
    EXPECT_THAT(server().faults().ListJson(), HasSubstr("\"hits\":1"));
  }
}

TEST_F(RunnerFaultsTest, RefusesADownloadThatEndsCleanlyTooSoon) {
  Fault(R"({"operation":"download.data","nth":1})", R"({"kind":"truncate","after_bytes":100000})");
  ExpectCopied({});
}

TEST_F(RunnerFaultsTest, ReadsAgainWhereABitWasFlipped) {
  Fault(R"({"operation":"download.data","nth":1})",
        R"({"kind":"flip_bit","after_bytes":123456,"bit":3})");
  ExpectCopied({});
}

TEST_F(RunnerFaultsTest, SendsABlockAgainThatWasCorruptedOnItsWay) {
  Fault(R"({"operation":"block.put","nth":1})",
        R"({"kind":"flip_bit","after_bytes":54321,"bit":5})");
  ExpectCopied({});
}

TEST_F(RunnerFaultsTest, SendsABlockAgainAfterAResetUpload) {
  Fault(R"({"operation":"block.put","nth":1})", R"({"kind":"reset","after_bytes":50000})");
  ExpectCopied({});
}

TEST_F(RunnerFaultsTest, SendsABlockAgainWhoseAnswerWasLost) {
  Fault(R"({"operation":"block.put","nth":1})", R"({"kind":"drop_reply"})");
  ExpectCopied({});
}

TEST_F(RunnerFaultsTest, ForwardsCompressedBodiesAndWritesThemAnewAfterAFault) {
  for (const char* codec : {"deflate", "zstd", "lz4", "snappy"}) {
    SCOPED_TRACE(codec);
    server().faults().Clear();
    Fault(R"({"operation":"download.data","nth":1})", R"({"kind":"reset","after_bytes":20000})");
    JobText job = WithCodec(codec);
    job.name = codec;
    job.target.replace(job.target.find("truncate: false"), 15, "truncate: true");
    ExpectCopied(job);
  }
}

TEST_F(RunnerFaultsTest, NeverWritesACompressedBodyThatWasCorrupted) {
  Fault(R"({"operation":"download.data","nth":1})",
        R"({"kind":"flip_bit","after_bytes":30000,"bit":2})");
  ExpectCopied(WithCodec("lz4"));
}

TEST_F(RunnerFaultsTest, SurvivesAThirdOfAllAnswersBeing500) {
  Fault(R"({"probability":0.33,"seed":7,"count":40})", R"({"kind":"status","status":500})");
  ExpectCopied({});
}

TEST_F(RunnerFaultsTest, WaitsOutThrottling) {
  Fault(R"({"operation":"block.put","count":3})",
        R"({"kind":"status","status":429,"code":"FlowExceeded","retry_after":1})");
  ExpectCopied({});
}

// Feature: speed.throttle and mbps
// Feature: A second limit hidden elsewhere
TEST_F(RunnerFaultsTest, KeepsToTheRate) {
  JobText job;
  job.setting = "{speed: {throttle: true, mbps: 1, concurrent: 4}}";
  const auto begin = context_.clock().SteadyNow();
  ExpectCopied(job);
  const double seconds =
      std::chrono::duration<double>(context_.clock().SteadyNow() - begin).count();
  // Some 2.3 MB of records at 1 MB/s, but for the bucket of a tenth of a second.
  EXPECT_GT(seconds, 2.0);
}

// Feature: speed.recordsPerSecond
TEST_F(RunnerFaultsTest, KeepsToTheRateOfRows) {
  JobText job;
  job.setting = "{speed: {throttle: true, recordsPerSecond: 4000, concurrent: 4}}";
  const auto begin = context_.clock().SteadyNow();
  ExpectCopied(job);
  const double seconds =
      std::chrono::duration<double>(context_.clock().SteadyNow() - begin).count();
  const double rows = static_cast<double>(RowCount("target"));
  EXPECT_GT(seconds, rows / 4000 - 0.2);  // but for the bucket of a tenth of a second
}

TEST_F(RunnerFaultsTest, RunsTheStepsOfACluster) {
  JobText job;
  job.setting = "{verify: ContentHash, speed: {throttle: false, concurrent: 3}}";
  job.runner = "{threads: 1}";
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: target, column: ['*'], truncate: true, "
      "consistencyCommit: true}}";
  const std::string file = WriteJob(job);
  std::filesystem::create_directories(dir() / "keys/key");
  WriteFile("keys/key/accessKeyId", "AKTESTID\n");
  WriteFile("keys/key/accessKeySecret", "test-secret-word\n");
  const std::string keys = dir() / "keys";
  const std::string plan_file = dir() / "plan.json";
  const auto step = [&](std::vector<std::string> args) {
    args.insert(args.begin(), RunnerProgram());
    args.insert(args.end(), {"--credentials", keys, "--log-level", "error", "--progress", "none"});
    const ProcessOutcome run = Runner(args);
    EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
    return run;
  };
  step({"plan", "-f", file, "-o", plan_file});
  const auto text = ReadWholeFile(plan_file, syncjob::kPlanBytesMax);
  ASSERT_THAT(text, IsOk());
  const auto plan = syncjob::ParsePlan(*text);
  ASSERT_THAT(plan, IsOk());
  step({"prepare", "--plan", plan_file});
  std::filesystem::create_directory(dir() / "reports");
  for (int round = 0; round < 2; ++round) {  // a pod may run twice
    for (std::size_t shard = 0; shard < plan->shards.size(); ++shard) {
      step({"transfer", "--plan", plan_file, "--shard", std::to_string(shard), "-o",
            dir() / ("reports/" + std::to_string(shard) + ".json")});
    }
  }
  EXPECT_EQ(RowCount("target"), 0u);
  for (int round = 0; round < 2; ++round) {
    const ProcessOutcome commit =
        step({"commit", "--plan", plan_file, "--reports", dir() / "reports"});
    EXPECT_THAT(commit.stdout_text, HasSubstr("content hash"));
  }
  EXPECT_EQ(Difference("target", "source"), "");
}

}  // namespace
}  // namespace culvert::test
