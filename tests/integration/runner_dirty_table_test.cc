// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"
#include "emulator/handlers.h"
#include "libs/base/file.h"
#include "libs/syncjob/plan.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/poll.h"
#include "tests/support/process.h"
#include "tests/support/sanitized.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

// Dirty rows that are kept in a table of the service: each of them once, whatever dies.

namespace culvert::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kFittingRows = 100;
constexpr std::uint64_t kUnfitRows = 60;
constexpr std::chrono::seconds kPatience{60};
constexpr const char* kTableSink = "dirtySink: {maxCompute: {table: dirty_rows}}";

class RunnerDirtyTableTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("numbers", "id bigint, t bigint", "dt string");
    AddNumbers("dt=1", 0);
    AddNumbers("dt=2", 1);
    fs::create_directories(dir() / "keys/key");
    WriteFile("keys/key/accessKeyId", "AKTESTID\n");
    WriteFile("keys/key/accessKeySecret", "test-secret-word\n");
  }

  void AddNumbers(const std::string& partition, std::uint64_t odd) {
    record::RecordBatch batch = record::RecordBatch::Make(Columns("id bigint, t bigint"));
    for (std::uint64_t i = odd; i < kFittingRows + kUnfitRows; i += 2) {
      batch.columns[0].AppendInt64(static_cast<std::int64_t>(i));
      batch.columns[1].AppendInt64(static_cast<std::int64_t>(i < kFittingRows ? i : 1000 + i));
      ++batch.rows;
    }
    AddRows("numbers", partition, batch);
  }

  /// `t` into `column` of a target that has both, with room for `limit` dirty rows. One shard for
  /// each partition.
  static JobText Into(const std::string& table, const std::string& column,
                      const std::string& limit = "{record: 60}") {
    JobText job;
    job.source =
        "{maxCompute: {dataSourceRef: {name: here}, table: numbers, partition: ['dt=*'], "
        "column: [id, t, dt]}}";
    job.target = "{maxCompute: {dataSourceRef: {name: here}, table: " + table + ", column: [id, " +
                 column + ", day], truncate: false, consistencyCommit: true}}";
    job.setting = "{errorLimit: " + limit + ", speed: {throttle: false, concurrent: 2}, " +
                  std::string(kTableSink) + "}";
    job.runner = "{threads: 1}";
    return job;
  }

  void MakeTarget(const std::string& table) {
    MakeTable(table, "id bigint, small tinyint, big bigint, day string");
  }

  /// The runs that the sink has a partition of.
  std::vector<std::string> Runs() {
    std::vector<std::string> runs;
    const auto partitions = server().services().catalog.ListPartitions(
        emulator::MakeTableKey("demo", "", "dirty_rows"));
    EXPECT_THAT(partitions, IsOk());
    if (!partitions) return runs;
    for (const auto& partition : *partitions) {
      runs.push_back(partition->spec.entries.front().second);
    }
    return runs;
  }

  std::vector<json> Records(const std::string& run) {
    std::vector<json> records;
    for (const std::string& row : Rows("dirty_rows", "run=" + run)) {
      records.push_back(json::parse(row));
    }
    return records;
  }

  /// The ids of the dirty rows of a run; each is there once. `summaries`: how many there are.
  std::set<std::string> KeptIds(const std::string& run, std::size_t summaries) {
    std::set<std::string> ids;
    std::size_t found = 0;
    for (const json& record : Records(run)) {
      if (record["reason"] == "RunFinished") {
        ++found;
        continue;
      }
      const json line = json::parse(record["line"].get<std::string>());
      EXPECT_TRUE(ids.insert(line["values"][0]["value"]).second) << record;
    }
    EXPECT_EQ(found, summaries) << run;
    return ids;
  }

  /// Starts a program, kills it at the n-th request that it sends, and says whether it had so many.
  bool KillAtRequest(int n, const std::vector<std::string>& args) {
    EXPECT_THAT(server().faults().Add(R"({"match":{"nth":)" + std::to_string(n) +
                                      R"(},"action":{"kind":"delay","ms":150}})"),
                IsOk());
    auto process = Process::Start({.args = args});
    EXPECT_THAT(process, IsOk());
    bool hit = false;
    EXPECT_TRUE(Eventually(kPatience, [&] {
      hit = server().faults().ListJson().find("\"hits\":1") != std::string::npos;
      return hit || (*process)->ExitCode().has_value();
    }));
    (*process)->Signal(SIGKILL);
    EXPECT_THAT((*process)->Wait(kPatience), IsOk());
    server().faults().Clear();
    return hit;
  }

  std::vector<std::string> StepArgs(std::vector<std::string> args) const {
    args.insert(args.begin(), RunnerProgram());
    args.insert(args.end(), {"--credentials", dir() / "keys", "--log-level", "error"});
    return args;
  }
  /// Plans the job into `file`.
  syncjob::Plan PlanOf(const JobText& job, const std::string& file) {
    const ProcessOutcome run = Runner(StepArgs({"plan", "-f", WriteJob(job), "-o", file}));
    EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
    return syncjob::ParsePlan(ReadWholeFile(file, syncjob::kPlanBytesMax).value_or("")).value();
  }
  std::vector<std::string> TransferArgs(const std::string& plan, std::size_t shard) {
    return StepArgs({"transfer", "--plan", plan, "--shard", std::to_string(shard), "--progress",
                     "none", "-o", plan + ".reports/" + std::to_string(shard) + ".json"});
  }
  ProcessOutcome Fetch(const std::string& file, const std::string& run,
                       const std::string& directory) {
    return Runner({RunnerProgram(), "fetch-dirty", "-f", file, "--run", run, "--to", directory,
                   "--log-level", "error"});
  }
};

// Feature: Dirty rows are kept
TEST_F(RunnerDirtyTableTest, KeepsThemInATableAndReplaysThem) {
  MakeTarget("out");
  const std::string broken = WriteJob(Into("out", "small"));
  const ProcessOutcome explain = Runner({RunnerProgram(), "explain", "-f", broken});
  EXPECT_THAT(explain.stdout_text, HasSubstr("dirty rows  kept in table dirty_rows (created)"));
  EXPECT_THAT(explain.stdout_text, HasSubstr("CREATE TABLE IF NOT EXISTS `dirty_rows` (`job`"));
  const ProcessOutcome run = Runner(RunArgs(broken));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("100 rows, 60 dirty"));
  ASSERT_EQ(Runs().size(), 1u);
  const std::string name = Runs().front();
  EXPECT_THAT(name, ::testing::StartsWith("job-1-"));
  EXPECT_THAT(run.stdout_text, HasSubstr("dirty_rows/run=" + name));
  EXPECT_THAT(run.stderr_text, Not(HasSubstr("1150")));  // the values are in no log
  EXPECT_EQ(KeptIds(name, 1).size(), kUnfitRows);
  for (const json& record : Records(name)) {
    if (record["reason"] == "RunFinished") continue;
    EXPECT_EQ(record["job"], "default/job");
    EXPECT_EQ(record["attempt"], 1);
    EXPECT_EQ(record["reason"], "ValueRefused");
    EXPECT_EQ(record["column_name"], "small");
    const json line = json::parse(record["line"].get<std::string>());
    EXPECT_EQ(line["partition"], record["source_partition"]);
    EXPECT_EQ(line["row"], record["row_number"]);
  }

  const std::string mended = WriteJob(Into("out", "big"));
  const std::string fetched = dir() / "fetched";
  const ProcessOutcome fetch = Fetch(mended, name, fetched);
  EXPECT_EQ(fetch.exit_code, 0) << fetch.stderr_text;
  EXPECT_THAT(fetch.stdout_text, HasSubstr("60 dirty rows in " + fetched));
  const ProcessOutcome again = Fetch(mended, name, fetched);
  EXPECT_EQ(again.exit_code, 10);
  EXPECT_THAT(again.stderr_text, HasSubstr("is there already"));
  const ProcessOutcome replay = Runner({RunnerProgram(), "replay-dirty", "-f", mended, "--from",
                                        fetched, "--progress", "none", "--log-level", "error"});
  EXPECT_EQ(replay.exit_code, 0) << replay.stderr_text;
  EXPECT_THAT(replay.stdout_text, HasSubstr("60 rows, 0 dirty"));
  const auto rows = Rows("out");
  EXPECT_EQ(rows.size(), kFittingRows + kUnfitRows);
  EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), rows.size());
  EXPECT_THAT(rows, ::testing::Contains(R"({"id":159,"small":null,"big":1159,"day":"2"})"));

  // Runs share the table: the next one has a partition of its own.
  EXPECT_EQ(Runner(RunArgs(mended, {"--again"})).exit_code, 0);
  JobText other = Into("out", "small");
  other.name = "other";
  EXPECT_EQ(Run(other).exit_code, 0);
  const auto two = Runs();
  EXPECT_THAT(two, ::testing::Contains(::testing::StartsWith("other-1-")));
  EXPECT_EQ(KeptIds(name, 1).size(), kUnfitRows);
}

TEST_F(RunnerDirtyTableTest, RefusesToFetchWhatIsNotWhole) {
  MakeTarget("out");
  const std::string file = WriteJob(Into("out", "small", "{record: 3}"));
  EXPECT_EQ(Runner(RunArgs(file)).exit_code, 14);
  const ProcessOutcome failed = Fetch(file, Runs().front(), dir() / "failed");
  EXPECT_EQ(failed.exit_code, 12) << failed.stderr_text;
  EXPECT_THAT(failed.stderr_text, HasSubstr("the run did not finish"));
  const ProcessOutcome unknown = Fetch(file, "job-9-0123456789abcdef", dir() / "unknown");
  EXPECT_EQ(unknown.exit_code, 12) << unknown.stderr_text;
  EXPECT_FALSE(fs::exists(dir() / "failed"));
  JobText without = Into("out", "small");
  without.name = "without";
  without.setting = "{errorLimit: {record: 60}}";
  const ProcessOutcome none = Fetch(WriteJob(without), "a-1-b", dir() / "none");
  EXPECT_EQ(none.exit_code, 10);
  EXPECT_THAT(none.stderr_text, HasSubstr("setting.dirtySink.maxCompute"));
}

TEST_F(RunnerDirtyTableTest, RefusesATableThatIsNoSinkBeforeAnythingIsWritten) {
  MakeTarget("out");
  MakeTable("dirty_rows", "line string, reason string", "run string");
  const ProcessOutcome run = Run(Into("out", "small"));
  EXPECT_EQ(run.exit_code, 11) << run.stderr_text;
  EXPECT_THAT(run.stderr_text, HasSubstr("table 'demo.dirty_rows' cannot hold dirty rows: column 1 "
                                         "must be job, a string"));
  EXPECT_THAT(run.stderr_text, HasSubstr("[SchemaMismatch]"));
  EXPECT_EQ(RowCount("out"), 0u);
  EXPECT_THAT(Runs(), IsEmpty());
}

// A job whose bytes are copied has no dirty rows, and asks for no sessions for them.
TEST_F(RunnerDirtyTableTest, MakesNoSinkWhereNoRowCanBeDirty) {
  MakeTarget("out");
  const ProcessOutcome run = Run(Into("out", "big"));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(RowCount("out"), kFittingRows + kUnfitRows);
  EXPECT_FALSE(server()
                   .services()
                   .catalog.FindTable(emulator::MakeTableKey("demo", "", "dirty_rows"))
                   .has_value());
}

// Lines beyond what a value of the service may have.
TEST_F(RunnerDirtyTableTest, KeepsARowThatIsLongerThanAValueMayBe) {
  constexpr std::size_t kHuge = std::size_t{5} * 1024 * 1024;
  MakeTable("texts", "a string, b string, n bigint");
  record::RecordBatch batch = record::RecordBatch::Make(Columns("a string, b string, n bigint"));
  for (int i = 0; i < 2; ++i) {
    batch.columns[0].AppendBytes("x" + std::string(kHuge, static_cast<char>('a' + i)));
    batch.columns[1].AppendBytes(std::string(kHuge, '\n'));
    batch.columns[2].AppendInt64(1000 + i);
    ++batch.rows;
  }
  AddRows("texts", "", batch);
  MakeTable("out", "a string, b string, n tinyint");
  JobText job;
  job.source = "{maxCompute: {dataSourceRef: {name: here}, table: texts, column: ['*']}}";
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: out, column: ['*'], truncate: false, "
      "consistencyCommit: true}}";
  job.setting = "{errorLimit: {record: 2}, " + std::string(kTableSink) + "}";
  const std::string file = WriteJob(job);
  const ProcessOutcome run = Runner(RunArgs(file));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  ASSERT_EQ(Runs().size(), 1u);
  EXPECT_EQ(Records(Runs().front()).size(), 2u * 4u + 1u);
  EXPECT_EQ(Fetch(file, Runs().front(), dir() / "fetched").exit_code, 0);
  MakeTable("wide", "a string, b string, n bigint");
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: wide, column: ['*'], truncate: false, "
      "consistencyCommit: true}}";
  const ProcessOutcome replay =
      Runner({RunnerProgram(), "replay-dirty", "-f", WriteJob(job), "--from", dir() / "fetched",
              "--progress", "none", "--log-level", "error"});
  EXPECT_EQ(replay.exit_code, 0) << replay.stderr_text;
  EXPECT_EQ(Difference("wide", "texts"), "");
}

// Feature: Dirty rows are kept
TEST_F(RunnerDirtyTableTest, AKilledRunKeepsEachDirtyRowOnceInATable) {
  constexpr int kStep = kSanitized ? 7 : 1;
  for (int n = 1;; n += kStep) {
    SCOPED_TRACE("request " + std::to_string(n));
    ASSERT_LT(n, 200);
    const std::string table = "out" + std::to_string(n);
    MakeTarget(table);
    JobText job = Into(table, "small");
    job.name = table;
    const std::string file = WriteJob(job);
    const bool hit = KillAtRequest(n, RunArgs(file));
    const ProcessOutcome run = Runner(RunArgs(file));
    ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
    EXPECT_EQ(RowCount(table), kFittingRows);
    std::size_t with_rows = 0;
    for (const std::string& name : Runs()) {
      if (!name.starts_with(table + "-") || Records(name).empty()) continue;
      ++with_rows;
      EXPECT_EQ(KeptIds(name, 1).size(), kUnfitRows) << name;
    }
    EXPECT_EQ(with_rows, 1u);
    if (!hit || HasFailure()) break;
  }
}

// What made a run fail is there, once, wherever it is killed: also between the commit of the rows
// and the record of the failure.
// Feature: Dirty rows are kept
TEST_F(RunnerDirtyTableTest, AKilledRunKeepsWhatMadeItFailOnItsLimitOnce) {
  constexpr int kStep = kSanitized ? 7 : 1;
  for (int n = 1;; n += kStep) {
    SCOPED_TRACE("request " + std::to_string(n));
    ASSERT_LT(n, 200);
    const std::string table = "out" + std::to_string(n);
    MakeTarget(table);
    JobText job = Into(table, "small", "{record: 3}");
    job.name = table;
    const std::string file = WriteJob(job);
    const bool hit = KillAtRequest(n, RunArgs(file));
    const ProcessOutcome run = Runner(RunArgs(file));
    ASSERT_EQ(run.exit_code, 14) << run.stderr_text;
    EXPECT_EQ(RowCount(table), 0u);
    std::size_t kept = 0;
    for (const std::string& name : Runs()) {
      if (name.starts_with(table + "-")) kept = std::max(kept, KeptIds(name, 0).size());
    }
    EXPECT_GT(kept, 3u);
    if (!hit || HasFailure()) break;
  }
}

// Feature: Dirty rows are kept
TEST_F(RunnerDirtyTableTest, KilledPodsKeepEachDirtyRowOnceInATable) {
  constexpr int kStep = kSanitized ? 7 : 1;
  for (int n = 1;; n += kStep) {
    SCOPED_TRACE("request " + std::to_string(n));
    ASSERT_LT(n, 100);
    const std::string table = "out" + std::to_string(n);
    MakeTarget(table);
    JobText job = Into(table, "small");
    job.name = table;
    const std::string file = dir() / (table + ".json");
    const syncjob::Plan plan = PlanOf(job, file);
    ASSERT_EQ(plan.shards.size(), 2u);
    fs::create_directories(file + ".reports");
    bool hit = false;
    for (std::size_t shard = 0; shard < plan.shards.size(); ++shard) {
      hit = KillAtRequest(n, TransferArgs(file, shard)) || hit;
      const ProcessOutcome transfer = Runner(TransferArgs(file, shard));
      ASSERT_EQ(transfer.exit_code, 0) << transfer.stderr_text;
    }
    // One more pod of a shard that is done: it was thought lost.
    EXPECT_EQ(Runner(TransferArgs(file, 0)).exit_code, 0);
    const auto commit = StepArgs({"commit", "--plan", file, "--reports", file + ".reports"});
    hit = KillAtRequest(n, commit) || hit;
    const ProcessOutcome committed = Runner(commit);
    ASSERT_EQ(committed.exit_code, 0) << committed.stderr_text;
    EXPECT_EQ(RowCount(table), kFittingRows);
    EXPECT_EQ(KeptIds(plan.dirty_run, 1).size(), kUnfitRows);
    if (!hit || HasFailure()) break;
  }
}

// A pod that gave up on a limit of time has committed the rows that it found. Another pod of the
// shard, which would be in time, must not go on as if they were all.
TEST_F(RunnerDirtyTableTest, AShardThatGaveUpGivesUpAgain) {
  constexpr std::int64_t kRows = 5'000;  // a few batches
  MakeTable("many", "id bigint, t bigint");
  record::RecordBatch batch = record::RecordBatch::Make(Columns("id bigint, t bigint"));
  for (std::int64_t i = 0; i < kRows; ++i) {
    batch.columns[0].AppendInt64(i);
    batch.columns[1].AppendInt64(1'000);
    ++batch.rows;
  }
  AddRows("many", "", batch);
  MakeTarget("out");
  JobText job = Into("out", "small", "{record: 5000, window: {seconds: 600, record: 0}}");
  job.source = "{maxCompute: {dataSourceRef: {name: here}, table: many, column: [id, t, \"'1'\"]}}";
  const std::string file = dir() / "plan.json";
  const syncjob::Plan plan = PlanOf(job, file);
  fs::create_directories(file + ".reports");
  EXPECT_EQ(Runner(TransferArgs(file, 0)).exit_code, 14);
  const std::size_t kept = KeptIds(plan.dirty_run, 0).size();
  EXPECT_GT(kept, 0u);
  EXPECT_LT(kept, static_cast<std::size_t>(kRows));
  syncjob::Plan in_time = plan;
  in_time.spec.error_window_record = kRows;
  const std::string later = WriteFile("later.json", syncjob::PlanToJson(in_time));
  fs::create_directories(later + ".reports");
  const ProcessOutcome again = Runner(TransferArgs(later, 0));
  EXPECT_EQ(again.exit_code, 14) << again.stderr_text;
  EXPECT_THAT(again.stderr_text, HasSubstr("were too many for an earlier process"));
  EXPECT_EQ(KeptIds(plan.dirty_run, 0).size(), kept);
}

}  // namespace
}  // namespace culvert::test
