// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"
#include "emulator/offset_clock.h"
#include "libs/base/file.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <sstream>
#include <string>
#include <vector>

// Rows of docs/features.md whose proof is a whole run, and what other tools get wrong.

namespace culvert::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RunnerFeaturesTest : public RunnerFixture {
 protected:
  void SetUp() override {
    options_.request_log_file = dir() / "requests.jsonl";
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", "id bigint, name string, big string");
    MakeTable("flat", "id bigint, name string");
  }
  static std::string Table(const std::string& rest) {
    return "{maxCompute: {dataSourceRef: {name: here}, " + rest + "}}";
  }
  void ExpectDone(const JobText& job) {
    const ProcessOutcome run = Run(job);
    EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  }
  // Bytes of each answer to `operation`, in order.
  std::vector<std::uint64_t> AnswerBytes(const std::string& operation) {
    std::vector<std::uint64_t> bytes;
    std::istringstream lines(ReadWholeFile(options_.request_log_file, 64 << 20).value());
    for (std::string line; std::getline(lines, line);) {
      const auto request = nlohmann::json::parse(line);
      if (request.at("operation") == operation) bytes.push_back(request.at("response_bytes"));
    }
    return bytes;
  }
};

// Feature: values of table
TEST_F(RunnerFeaturesTest, NamesOfTablesHaveNoCase) {
  Fill("flat", 30);
  MakeTable("Copy_Of_Flat", "id bigint, name string");
  JobText job;
  job.source = Table("table: FLAT, column: ['*']");
  job.target = Table("table: copy_of_FLAT, column: ['*'], truncate: true, consistencyCommit: true");
  ExpectDone(job);
  EXPECT_EQ(Difference("copy_of_flat", "flat"), "");
}

// Feature: Constant in single quotes
// Feature: Only constants or partition columns selected
// Feature: No column selected fails
TEST_F(RunnerFeaturesTest, ConstantsAloneGiveARowForEachOfTheSource) {
  Fill("source", 20);
  MakeTable("marks", "tag string, nothing string");
  JobText job;
  job.source = Table("table: source, column: [\"'1988-08-08 08:08:08'\", \"''\"]");
  job.target = Table("table: marks, column: ['*'], truncate: true, consistencyCommit: true");
  ExpectDone(job);
  const auto rows = Rows("marks");
  EXPECT_THAT(rows, SizeIs(20));
  EXPECT_THAT(rows, Each(R"({"tag":"1988-08-08 08:08:08","nothing":""})"));
}

// Feature: Column subset and reorder
TEST_F(RunnerFeaturesTest, AListOfTargetColumnsIsFilledInItsOrder) {
  MakeTable("wide", "a string, b string, c string");
  Fill("flat", 1);
  JobText job;
  job.source = Table("table: flat, column: [\"'first'\", \"'second'\"]");
  job.target = Table("table: wide, column: [c, b], truncate: true, consistencyCommit: true");
  ExpectDone(job);
  EXPECT_THAT(Rows("wide"), ElementsAre(R"({"a":null,"b":"second","c":"first"})"));
}

// Feature: Partition values with spaces
TEST_F(RunnerFeaturesTest, AValueKeepsItsInnerSpaces) {
  MakeTable("spaced", "id bigint, name string", "city string, day string");
  Fill("flat", 5);
  JobText job;
  job.source = Table("table: flat, column: ['*']");
  job.target = Table(
      "table: spaced, partition: 'city=New York/day=1', column: ['*'], truncate: true, "
      "consistencyCommit: true");
  ExpectDone(job);
  EXPECT_EQ(RowCount("spaced", "city=New York,day=1"), 5u);
}

// Feature: Overlapping patterns read twice
TEST_F(RunnerFeaturesTest, OverlappingSpecsAndFiltersReadEachPartitionOnce) {
  MakeTable("parts", "id bigint, name string", "hh string");
  Fill("parts", 10, "hh=00", 0);
  Fill("parts", 10, "hh=01", 100);
  JobText job;
  job.source = Table(
      "table: parts, partition: ['hh=0*', '/*query*/ hh >= 0', '/*query*/ hh < 10', 'hh=00'], "
      "column: ['*']");
  job.target = Table("table: flat, column: ['*'], truncate: true, consistencyCommit: true");
  ExpectDone(job);
  EXPECT_EQ(RowCount("flat"), 20u);
}

// Feature: A commit after a failure
TEST_F(RunnerFeaturesTest, NothingIsCommittedAfterAFailure) {
  Fill("flat", 2000);
  MakeTable("target", "id bigint, name string");
  // One block is refused for good; the others may be taken.
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"block.put","nth":1},"action":{"kind":"status","status":403,"code":"NoPermission"}})"),
      IsOk());
  JobText job;
  job.source = Table("table: flat, column: ['*']");
  job.setting = "{speed: {throttle: false, concurrent: 4}}";
  EXPECT_EQ(Run(job).exit_code, 13);
  EXPECT_EQ(RowCount("target"), 0u);
  EXPECT_THAT(AnswerBytes("upload.commit"), SizeIs(0));
}

// Feature: Partition properties lost by truncate
TEST_F(RunnerFeaturesTest, AReplacedPartitionKeepsItsProperties) {
  MakeTable("daily", "id bigint, name string", "day string");
  Fill("flat", 5);
  Fill("daily", 3, "day=1");
  const auto key = emulator::MakeTableKey("demo", "", "daily");
  const auto spec = record::PartitionSpec::Parse("day=1").value();
  const auto created = server().services().catalog.Snapshot(key, spec).value()->created_seconds;
  server().clock().Advance(std::chrono::minutes(5));
  for (const char* consistent : {"true", "false"}) {
    JobText job;
    job.name = std::string("consistent-") + consistent;
    job.source = Table("table: flat, column: ['*']");
    job.target =
        Table("table: daily, partition: day=1, column: ['*'], truncate: true, consistencyCommit: " +
              std::string(consistent));
    ExpectDone(job);
    const auto after = server().services().catalog.Snapshot(key, spec).value();
    EXPECT_EQ(after->rows(), 5u);
    EXPECT_EQ(after->created_seconds, created) << "dropped and added: " << consistent;
  }
}

// Feature: A retry that reads all columns
TEST_F(RunnerFeaturesTest, ADownloadThatGoesOnAsksForItsColumnsAlone) {
  Fill("source", 1);
  record::RecordBatch batch =
      record::RecordBatch::Make(Columns("id bigint, name string, big string"));
  for (int i = 0; i < 200; ++i) {
    batch.columns[0].AppendInt64(i);
    batch.columns[1].AppendBytes(std::string(1000, 'n'));
    batch.columns[2].AppendBytes(std::string(20'000, 'b'));
  }
  batch.rows = 200;
  AddRows("source", "", batch);
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"download.data","nth":1},"action":{"kind":"reset","after_bytes":100000}})"),
      IsOk());
  JobText job;
  job.source = Table("table: source, column: [id, name]");
  job.target = Table("table: flat, column: ['*'], truncate: true, consistencyCommit: true");
  job.setting = "{speed: {throttle: false, concurrent: 1}}";
  ExpectDone(job);
  EXPECT_EQ(RowCount("flat"), 201u);
  const auto bytes = AnswerBytes("download.data");
  ASSERT_GE(bytes.size(), 2u) << "the download was not cut";
  for (const std::uint64_t answer : bytes) EXPECT_LT(answer, 300'000u);  // `big` has 4 MB
}

}  // namespace
}  // namespace culvert::test
