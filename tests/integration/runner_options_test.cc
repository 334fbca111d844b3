// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/sanitized.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <string>

namespace culvert::test {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kAllTypes =
    "id bigint, t tinyint, s smallint, i int, f float, d double, amount decimal(20,4), name "
    "string, "
    "v varchar(200), b binary, day date, at datetime, ts timestamp, ok boolean, j json";

class RunnerOptionsTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", kAllTypes);
    MakeTable("target", kAllTypes);
    Fill("source", 5000);
  }
  static std::string Table(const std::string& rest) {
    return "{maxCompute: {dataSourceRef: {name: here}, " + rest + "}}";
  }
};

// Feature: Batch read
// Feature: Non-partitioned tables
TEST_F(RunnerOptionsTest, CopiesATableWithEveryScalarType) {
  const ProcessOutcome run = Run({});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("target", "source"), "");
  EXPECT_THAT(run.stdout_text, HasSubstr("pass-through"));
  EXPECT_THAT(run.stdout_text, EndsWith("verified: 5000 rows, 0 dirty, count equal\n"));
}

// Feature: Batch write
TEST_F(RunnerOptionsTest, AppendsWithoutTruncate) {
  Fill("target", 10, "", 90'000);
  EXPECT_EQ(Run({}).exit_code, 0);
  EXPECT_EQ(RowCount("target"), 5010u);
}

// Feature: Truncate makes a second run idempotent
TEST_F(RunnerOptionsTest, ReplacesWithTruncate) {
  Fill("target", 10, "", 90'000);
  JobText job;
  job.target = Table("table: target, column: ['*'], truncate: true, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("target", "source"), "");
}

// Feature: Truncate makes a second run idempotent
TEST_F(RunnerOptionsTest, TruncatesBySqlWithoutConsistencyCommit) {
  MakeTable("parts", "id bigint, name string", "dt string");
  MakeTable("flat", "id bigint, name string");
  Fill("parts", 10, "dt=20260101", 0);
  Fill("parts", 20, "dt=20260102", 100);
  Fill("parts", 40, "dt=20260103", 200);
  Fill("flat", 10, "", 90'000);
  JobText job;
  job.source = Table("table: parts, partition: ['dt=*'], column: [id, name]");
  job.target = Table("table: flat, column: ['*'], truncate: true, consistencyCommit: false");
  // Three shards, each with a commit of its own: none may empty the table of the others' rows.
  job.setting = "{speed: {throttle: false, concurrent: 6}}";
  job.runner = "{threads: 2}";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("3 shards"));
  const auto rows = Rows("flat");
  ASSERT_THAT(rows, SizeIs(70));
  EXPECT_THAT(rows, Not(Contains(HasSubstr("\"id\":9000"))));
}

// Feature: consistencyCommit: false
TEST_F(RunnerOptionsTest, CommitsEachShardWithoutConsistencyCommit) {
  JobText job;
  job.target = Table("table: target, column: ['*'], truncate: false, consistencyCommit: false");
  job.setting = "{speed: {throttle: false, concurrent: 6}}";
  job.runner = "{threads: 2}";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("target", "source"), "");
}

// Feature: Verification after the load
TEST_F(RunnerOptionsTest, VerifiesTheContentHash) {
  JobText job;
  job.target = Table("table: target, column: ['*'], truncate: true, consistencyCommit: true");
  job.setting = "{verify: ContentHash, speed: {throttle: false, concurrent: 2}}";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, EndsWith("verified: 5000 rows, 0 dirty, content hash equal\n"));
}

// Feature: Verification after the load
TEST_F(RunnerOptionsTest, RefusesAContentHashOfAppendedRows) {
  JobText job;
  job.setting = "{verify: ContentHash, speed: {throttle: false, concurrent: 2}}";
  const ProcessOutcome run = Run(job);
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.stderr_text, HasSubstr("truncate: true"));
  EXPECT_EQ(RowCount("target"), 0u);
}

TEST_F(RunnerOptionsTest, RefusesACopyOntoItself) {
  JobText job;
  job.target = Table("table: source, column: ['*'], truncate: true, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 10);
  EXPECT_THAT(run.stderr_text, HasSubstr("[SourceIsTarget]"));
  EXPECT_EQ(RowCount("source"), 5000u);
}

// Feature: Column names, in order
TEST_F(RunnerOptionsTest, TranscodesASubsetInAnotherOrderWithAConstant) {
  MakeTable("narrow", "name string, tag string, id bigint");
  JobText job;
  job.source = Table("table: source, column: [name, \"'nightly'\", id]");
  job.target = Table("table: narrow, column: ['*'], truncate: false, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("transcode"));
  const auto rows = Rows("narrow");
  ASSERT_THAT(rows, SizeIs(5000));
  EXPECT_THAT(rows.front(), HasSubstr("\"tag\":\"nightly\""));
}

// Feature: errorLimit.record
// Feature: Integers never wrap
// Feature: Narrowing that wraps silently
TEST_F(RunnerOptionsTest, ConvertsTypesAndCountsDirtyRowsUpToTheLimit) {
  MakeTable("strict", "id int, t tinyint");
  MakeTable("numbers", "id bigint, t bigint");
  record::RecordBatch batch = MakeRows(Columns("id bigint, t bigint"), 200);
  AddRows("numbers", "", batch);
  JobText job;
  job.source = Table("table: numbers, column: ['*']");
  job.target = Table("table: strict, column: ['*'], truncate: false, consistencyCommit: true");
  job.setting = "{errorLimit: {record: 72}, speed: {throttle: false, concurrent: 2}}";
  const ProcessOutcome kept = Run(job);
  EXPECT_EQ(kept.exit_code, 0) << kept.stderr_text;
  // Of 0..199 the numbers above 127 are no tinyint, but for those that are null.
  const std::uint64_t dirty = 200 - RowCount("strict");
  EXPECT_GT(dirty, 0u);
  EXPECT_LE(dirty, 72u);
  EXPECT_THAT(kept.stdout_text, HasSubstr(std::to_string(dirty) + " dirty"));
}

// Feature: consistencyCommit: true
// Feature: errorLimit.record
TEST_F(RunnerOptionsTest, ShowsNothingBeyondTheDirtyLimit) {
  MakeTable("strict", "id bigint, t tinyint");
  MakeTable("numbers", "id bigint, t bigint");
  AddRows("numbers", "", MakeRows(Columns("id bigint, t bigint"), 200));
  JobText job;
  job.source = Table("table: numbers, column: ['*']");
  job.target = Table("table: strict, column: ['*'], truncate: false, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 14) << run.stderr_text;
  EXPECT_THAT(run.stderr_text, HasSubstr("[DirtyLimitExceeded]"));
  EXPECT_EQ(RowCount("strict"), 0u);
}

// Feature: errorLimit.percentage
TEST_F(RunnerOptionsTest, LeavesOutAShareOfDirtyRows) {
  MakeTable("strict", "id int, t tinyint");
  MakeTable("numbers", "id bigint, t bigint");
  AddRows("numbers", "", MakeRows(Columns("id bigint, t bigint"), 200));
  JobText job;
  job.source = Table("table: numbers, column: ['*']");
  job.target = Table("table: strict, column: ['*'], truncate: false, consistencyCommit: true");
  job.setting = "{errorLimit: {percentage: '0.1'}, speed: {throttle: false, concurrent: 2}}";
  const ProcessOutcome beyond = Run(job);
  EXPECT_EQ(beyond.exit_code, 14) << beyond.stderr_text;
  EXPECT_THAT(beyond.stderr_text, HasSubstr("the limit is 20"));
  EXPECT_EQ(RowCount("strict"), 0u);
  job.name = "within";
  job.setting = "{errorLimit: {percentage: '0.36'}, speed: {throttle: false, concurrent: 2}}";
  const ProcessOutcome within = Run(job);
  EXPECT_EQ(within.exit_code, 0) << within.stderr_text;
}

TEST_F(RunnerOptionsTest, TakesOverTheSessionOfAnAttemptThatWasGivenUp) {
  MakeTable("parts", "id bigint, t bigint", "dt string");
  MakeTable("strict", "id bigint, t tinyint");
  for (const char* partition : {"dt=1", "dt=2", "dt=3"}) Fill("parts", 100, partition);
  Fill("parts", 1, "dt=3", 1001);  // no tinyint
  JobText job;
  job.source = Table("table: parts, partition: ['dt=*'], column: ['*']");
  job.target = Table("table: strict, column: ['*'], truncate: true, consistencyCommit: true");
  job.setting = "{speed: {throttle: false, concurrent: 1}}";
  EXPECT_EQ(Run(job).exit_code, 14);
  EXPECT_EQ(RowCount("strict"), 0u);
  // Blocks of the first attempt are in its session, which cannot be aborted; the second has fewer.
  const auto key = emulator::MakeTableKey("demo", "", "parts");
  for (const char* partition : {"dt=2", "dt=3"}) {
    ASSERT_THAT(server().services().catalog.DropPartition(
                    key, record::PartitionSpec::Parse(partition).value()),
                IsOk());
  }
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("attempt 2"));
  EXPECT_EQ(RowCount("strict"), 100u);
}

TEST_F(RunnerOptionsTest, ARunThatGoesOnTakesTheSpeedOfNow) {
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"block.put"},"action":{"kind":"status","status":403,"code":"NoPermission"}})"),
      IsOk());
  EXPECT_EQ(Run({}).exit_code, 13);
  server().faults().Clear();
  JobText job;
  job.setting = "{speed: {throttle: true, mbps: '0.5', concurrent: 1}}";
  const auto begin = context_.clock().SteadyNow();
  const ProcessOutcome run = Run(job);
  const double seconds =
      std::chrono::duration<double>(context_.clock().SteadyNow() - begin).count();
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("attempt 1"));
  // Some 0.9 MB of records at 0.5 MB/s. What the report calls the bottleneck is another matter: on
  // a busy machine that is the processor.
  EXPECT_GT(seconds, 1.5);
  EXPECT_EQ(Difference("target", "source"), "");
}

// Feature: emptyAsNull
TEST_F(RunnerOptionsTest, MakesEmptyTextNullWhenAsked) {
  MakeTable("words", "id bigint, w string");
  MakeTable("words2", "id bigint, w string");
  record::RecordBatch batch = record::RecordBatch::Make(Columns("id bigint, w string"));
  batch.columns[0].AppendInt64(1);
  batch.columns[1].AppendBytes("");
  batch.rows = 1;
  AddRows("words", "", batch);
  JobText job;
  job.source = Table("table: words, column: ['*']");
  job.target = Table(
      "table: words2, column: ['*'], truncate: false, consistencyCommit: true, emptyAsNull: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(Rows("words2"), ::testing::ElementsAre("{\"id\":1,\"w\":null}"));
}

// Feature: isCompress
TEST_F(RunnerOptionsTest, CopiesWithEveryCodecOnEitherSide) {
  constexpr std::array<const char*, 5> kCodecs{"identity", "deflate", "zstd", "lz4", "snappy"};
  for (std::size_t i = 0; i < kCodecs.size(); ++i) {
    // A decompressor and a compressor know nothing of each other: under a sanitizer each source has
    // two targets, its own codec and the next.
    const std::size_t targets = kSanitized ? 2 : kCodecs.size();
    for (std::size_t j = i; j < i + targets; ++j) {
      const std::string from = kCodecs[i];
      const std::string to = kCodecs[j % kCodecs.size()];
      SCOPED_TRACE(from + " to " + to);
      JobText job;
      job.name = "codec-" + from + "-" + to;
      job.source = Table("table: source, column: ['*'], codec: " + from);
      job.target = Table(
          "table: target, column: ['*'], truncate: true, consistencyCommit: true, codec: " + to);
      const ProcessOutcome run = Run(job);
      EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
      EXPECT_EQ(Difference("target", "source"), "");
    }
  }
}

// Feature: Partitioned tables
// Feature: Partition value via a custom column
TEST_F(RunnerOptionsTest, ReadsWildcardPartitionsWithTheirValues) {
  MakeTable("parts", "id bigint, name string", "dt string, hh string");
  MakeTable("flat", "id bigint, day string");
  Fill("parts", 10, "dt=20260101,hh=00", 0);
  Fill("parts", 20, "dt=20260101,hh=01", 100);
  Fill("parts", 40, "dt=20260202,hh=00", 200);
  JobText job;
  job.source = Table("table: parts, partition: ['dt=202601??,hh=*'], column: [id, dt]");
  job.target = Table("table: flat, column: ['*'], truncate: false, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  const auto rows = Rows("flat");
  ASSERT_THAT(rows, SizeIs(30));
  EXPECT_THAT(rows.front(), HasSubstr("\"day\":\"20260101\""));
}

// Feature: /*query*/ filter
// Feature: Leading zeros lost
TEST_F(RunnerOptionsTest, ReadsPartitionsByFilterAndKeepsTheirTexts) {
  MakeTable("parts", "id bigint, name string", "dt string, hh string");
  MakeTable("flat", "id bigint, hour string");
  Fill("parts", 10, "dt=20260101,hh=00", 0);
  Fill("parts", 20, "dt=20260101,hh=07", 100);
  Fill("parts", 40, "dt=20260202,hh=00", 200);
  JobText job;
  job.source = Table(
      "table: parts, partition: [\"/*query*/ dt < 20260201 and hh >= 0\", 'dt=20260101,hh=0?'], "
      "column: [id, hh]");
  job.target = Table("table: flat, column: ['*'], truncate: false, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  const auto rows = Rows("flat");
  ASSERT_THAT(rows, SizeIs(30));
  EXPECT_THAT(rows.front(), HasSubstr("\"hour\":\"00\""));
}

TEST_F(RunnerOptionsTest, RefusesAFilterBeforeAnythingIsWritten) {
  MakeTable("parts", "id bigint, name string", "dt string");
  Fill("parts", 10, "dt=1");
  JobText job;
  job.source = Table("table: parts, partition: ['/*query*/ day = 1'], column: ['*']");
  job.target = Table("table: target, column: ['*'], truncate: true, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 11);
  EXPECT_THAT(run.stderr_text, HasSubstr("column 11: the table has no partition key 'day'"));
}

// Feature: Missing target partition is created
TEST_F(RunnerOptionsTest, CreatesOnePartitionForEachOfTheSource) {
  MakeTable("parts", "id bigint, name string", "dt string");
  MakeTable("copy", "id bigint, name string", "dt string");
  Fill("parts", 10, "dt=1");
  Fill("parts", 20, "dt=2");
  AddPartition("parts", "dt=3");
  JobText job;
  job.source = Table("table: parts, partition: ['dt=*'], column: ['*']");
  job.target = Table(
      "table: copy, partitionFromSource: true, column: ['*'], truncate: true, consistencyCommit: "
      "true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("copy", "parts", "dt=1", "dt=1"), "");
  EXPECT_EQ(Difference("copy", "parts", "dt=2", "dt=2"), "");
  EXPECT_THAT(Rows("copy", "dt=3"), SizeIs(0));
}

// Feature: successOnNoPartition: true
TEST_F(RunnerOptionsTest, SucceedsOnNoPartitionWhenAsked) {
  MakeTable("parts", "id bigint", "dt string");
  MakeTable("flat", "id bigint");
  Fill("flat", 3);
  JobText job;
  job.source =
      Table("table: parts, partition: ['dt=*'], column: ['*'], successOnNoPartition: true");
  job.target = Table("table: flat, column: ['*'], truncate: true, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(RowCount("flat"), 3u);
}

// Feature: Stream reader and writer
TEST_F(RunnerOptionsTest, MakesRowsFromATemplate) {
  MakeTable("made", "id bigint, label string, share double, day date");
  JobText job;
  job.source =
      "{stream: {count: 3000, column: [{name: id, type: bigint, increasing: {from: 7}}, {name: "
      "label, type: string, random: {min: 3, max: 9}}, {name: share, type: double, random: {min: "
      "0, max: 1}}, {name: day, type: date, value: '2026-01-02'}]}}";
  job.target = Table("table: made, column: ['*'], truncate: true, consistencyCommit: true");
  job.setting = "{verify: ContentHash, speed: {throttle: false, concurrent: 3}}";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(Rows("made"), SizeIs(3000));
  EXPECT_THAT(run.stdout_text, HasSubstr("typed"));
}

// Feature: Stream reader and writer
TEST_F(RunnerOptionsTest, PrintsRowsToStandardOutput) {
  MakeTable("few", "id bigint, name string");
  Fill("few", 3);
  JobText job;
  job.source = Table("table: few, column: ['*']");
  job.target = "{stream: {print: true}}";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("{\"id\":2,"));
}

// Feature: Stream reader and writer
TEST_F(RunnerOptionsTest, CountsRowsWithoutATarget) {
  JobText job;
  job.target = "{stream: {print: false}}";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, EndsWith("verified: 5000 rows, 0 dirty, count equal\n"));
}

// Feature: Append
TEST_F(RunnerOptionsTest, SaysAlreadyDoneAndRunsAgainWhenTold) {
  EXPECT_EQ(Run({}).exit_code, 0);
  const ProcessOutcome second = Run({});
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_THAT(second.stdout_text, HasSubstr("already done"));
  EXPECT_EQ(RowCount("target"), 5000u);
  EXPECT_EQ(Run({}, {"--again"}).exit_code, 0);
  EXPECT_EQ(RowCount("target"), 10'000u);
}

TEST_F(RunnerOptionsTest, ExplainSendsNoWriteRequest) {
  MakeTable("copy", kAllTypes, "dt string");
  JobText job;
  job.target = Table(
      "table: copy, partition: 'dt=1', column: ['*'], truncate: true, "
      "consistencyCommit: false");
  ASSERT_THAT(server().faults().Add(
                  R"({"match":{"method":"POST"},"action":{"kind":"status","status":500}})"),
              IsOk());
  ASSERT_THAT(server().faults().Add(
                  R"({"match":{"method":"PUT"},"action":{"kind":"status","status":500}})"),
              IsOk());
  const ProcessOutcome run = Runner({RunnerProgram(), "explain", "-f", WriteJob(job)});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("route       pass-through"));
  EXPECT_THAT(run.stdout_text, HasSubstr("ADD IF NOT EXISTS PARTITION"));
  EXPECT_THAT(run.stdout_text, HasSubstr("TRUNCATE TABLE"));
  EXPECT_THAT(server().faults().ListJson(), ::testing::Not(HasSubstr("\"matched\":1")));
}

// Feature: Each type of both matrices
TEST_F(RunnerOptionsTest, ExplainShowsTheCategoryAndTheSupportOfEachType) {
  MakeTable("coded", "id bigint, code char(3)");
  JobText job;
  job.source = Table("table: source, column: [id, name]");
  job.target = Table("table: coded, column: ['*'], truncate: false, consistencyCommit: true");
  const ProcessOutcome run = Runner({RunnerProgram(), "explain", "-f", WriteJob(job)});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("id    bigint   LONG    <-  id    bigint\n"));
  EXPECT_THAT(run.stdout_text, HasSubstr("code  char(3)  STRING  <-  name  string\n"));
  EXPECT_THAT(run.stdout_text,
              HasSubstr("char(3)  STRING    not supported  supported    supported\n"));
  EXPECT_THAT(run.stdout_text,
              HasSubstr("bigint   LONG      supported      supported    supported\n"));
}

// dt=20250330 -> load=20250330, by placeholders in each field that may have them.
class RunnerParametersTest : public RunnerOptionsTest {
 protected:
  void SetUp() override {
    RunnerOptionsTest::SetUp();
    if (HasFatalFailure()) return;
    MakeTable("daily_03", "id bigint, name string", "dt string");
    MakeTable("loads", "id bigint, name string, made string", "load string");
    for (const char* day : {"dt=20250329", "dt=20250330"}) AddPartition("daily_03", day);
    Fill("daily_03", 70, "dt=20250329");
    Fill("daily_03", 100, "dt=20250330", 1000);
    job_.source = Table(
        "table: 'daily_${mm}', partition: ['dt=${day}'], column: [id, name, \"'at $[hh24:mi]'\"]");
    job_.target = Table(
        "table: loads, partition: 'load=${day}', column: ['*'], truncate: false, "
        "consistencyCommit: true");
  }
  JobText job_;
  const std::vector<std::string> flags_ = {"--cycle-time", "2025-03-31T00:10:05", "-p",
                                           "day=${yyyymmdd}"};
};

// Feature: Scheduling parameters in partition
TEST_F(RunnerParametersTest, CopiesThePartitionOfTheBusinessDate) {
  const ProcessOutcome run = Run(job_, flags_);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  const std::vector<std::string> rows = Rows("loads", "load=20250330");
  ASSERT_THAT(rows, SizeIs(100));
  EXPECT_THAT(rows.front(), HasSubstr("at 00:10"));
  EXPECT_THAT(run.stdout_text, HasSubstr("load=20250330"));
}

TEST_F(RunnerParametersTest, KeepsAJournalForEachPlannedTime) {
  const std::string file = WriteJob(job_);
  const auto arguments = [&file](const char* cycle) {
    return std::vector<std::string>{
        RunnerProgram(), "run",          "-f",  file, "--progress",
        "none",          "--cycle-time", cycle, "-p", "day=${yyyymmdd}"};
  };
  EXPECT_EQ(Runner(arguments("2025-03-30T00:10:05")).exit_code, 0);
  EXPECT_EQ(Runner(arguments("2025-03-31T00:10:05")).exit_code, 0);
  const ProcessOutcome again = Runner(arguments("2025-03-31T00:10:05"));
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.stdout_text, HasSubstr("already done"));
  EXPECT_EQ(RowCount("loads", "load=20250329"), 70u);
  EXPECT_EQ(RowCount("loads", "load=20250330"), 100u);
}

TEST_F(RunnerParametersTest, ExplainsTheValues) {
  std::vector<std::string> arguments = {RunnerProgram(), "explain", "-f", WriteJob(job_)};
  arguments.insert(arguments.end(), flags_.begin(), flags_.end());
  const ProcessOutcome explained = Runner(arguments);
  EXPECT_EQ(explained.exit_code, 0) << explained.stderr_text;
  EXPECT_THAT(explained.stdout_text, HasSubstr("daily_${mm}      =  daily_03\n"));
  EXPECT_THAT(explained.stdout_text, HasSubstr("load=${day}      =  load=20250330\n"));
  EXPECT_THAT(explained.stdout_text, HasSubstr("'at $[hh24:mi]'  =  'at 00:10'\n"));
}

// Feature: Scheduling parameters in partition
TEST_F(RunnerParametersTest, RefusesARunWithAPlaceholderLeft) {
  const ProcessOutcome unnamed = Run(job_, {"--cycle-time", "2025-03-31T00:10:05"});
  EXPECT_EQ(unnamed.exit_code, 10);
  EXPECT_THAT(unnamed.stderr_text,
              HasSubstr("spec.source.maxCompute.partition[0]: column 4: "
                        "'${day}' has no value; assign it, as in -p day=VALUE"));
  EXPECT_THAT(unnamed.stderr_text, EndsWith("[UnresolvedPlaceholder]\n"));
  const ProcessOutcome timeless = Run(job_, {"-p", "day=20250330"});
  EXPECT_EQ(timeless.exit_code, 10);
  EXPECT_THAT(timeless.stderr_text, HasSubstr("spec.source.maxCompute.table: column 7: '${mm}' "
                                              "needs the planned time of the run"));
}

}  // namespace
}  // namespace culvert::test
