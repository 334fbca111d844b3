// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
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
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// Rows on their way: those that transformers change and leave out, those that do not fit and are
// kept, and how the kept ones are sent again.

namespace culvert::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kCleanRows = 500;
constexpr std::uint64_t kDirtyRows = 1'000;
constexpr std::chrono::seconds kBudget{60};
constexpr const char* kSink = "dirtySink: {file: {persistentVolumeClaim: {claimName: dirty}}}";

class RunnerDirtyTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    // Both partitions hold rows whose `t` is a tinyint and rows whose is none.
    MakeTable("numbers", "id bigint, t bigint", "dt string");
    AddNumbers("dt=1", 0);
    AddNumbers("dt=2", 1);
  }

  void AddNumbers(const std::string& partition, std::uint64_t odd) {
    record::RecordBatch batch = record::RecordBatch::Make(Columns("id bigint, t bigint"));
    for (std::uint64_t i = odd; i < kCleanRows + kDirtyRows; i += 2) {
      batch.columns[0].AppendInt64(static_cast<std::int64_t>(i));
      batch.columns[1].AppendInt64(static_cast<std::int64_t>(i < kCleanRows ? i % 100 : 1000 + i));
      ++batch.rows;
    }
    AddRows("numbers", partition, batch);
  }

  /// `t` into `column` of a target that has both, with room for all dirty rows.
  static JobText Into(const std::string& table, const std::string& column) {
    JobText job;
    job.source =
        "{maxCompute: {dataSourceRef: {name: here}, table: numbers, partition: ['dt=*'], "
        "column: [id, t, dt]}}";
    job.target = "{maxCompute: {dataSourceRef: {name: here}, table: " + table + ", column: [id, " +
                 column + ", day], truncate: false, consistencyCommit: true}}";
    job.setting = "{errorLimit: {record: 1000}, speed: {throttle: false, concurrent: 2}, " +
                  std::string(kSink) + "}";
    return job;
  }

  void MakeTarget(const std::string& table) {
    MakeTable(table, "id bigint, small tinyint, big bigint, day string");
  }

  /// The one directory of a run below `root`.
  static std::string RunDirectory(const std::string& root) {
    std::vector<std::string> found;
    if (!fs::exists(root)) return {};
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().filename() == "run.json") found.push_back(entry.path().parent_path());
    }
    EXPECT_EQ(found.size(), 1u) << root;
    return found.empty() ? std::string() : found.front();
  }

  static std::vector<json> Lines(const std::string& directory) {
    std::vector<json> lines;
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.path().extension() != ".jsonl") continue;
      std::istringstream text(ReadWholeFile(entry.path().string(), 100'000'000).value_or(""));
      for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    }
    return lines;
  }

  ProcessOutcome Replay(const std::string& file, const std::string& directory) {
    return Runner(ReplayArgs(file, directory));
  }
  static std::vector<std::string> ReplayArgs(const std::string& file,
                                             const std::string& directory) {
    return {RunnerProgram(), "replay-dirty", "-f",   file,          "--from",
            directory,       "--progress",   "none", "--log-level", "error"};
  }

  /// Starts a program, kills it at the n-th request that it sends, and says whether it had so many.
  bool KillAtRequest(int n, const std::vector<std::string>& args) {
    EXPECT_THAT(server().faults().Add(R"({"match":{"nth":)" + std::to_string(n) +
                                      R"(},"action":{"kind":"delay","ms":150}})"),
                IsOk());
    auto process = Process::Start({.args = args});
    EXPECT_THAT(process, IsOk());
    bool hit = false;
    EXPECT_TRUE(Eventually(kBudget, [&] {
      hit = server().faults().ListJson().find("\"hits\":1") != std::string::npos;
      return hit || (*process)->ExitCode().has_value();
    }));
    (*process)->Signal(SIGKILL);
    EXPECT_THAT((*process)->Wait(kBudget), IsOk());
    server().faults().Clear();
    return hit;
  }
};

// Feature: Transformers
TEST_F(RunnerDirtyTest, TransformersChangeAndLeaveOutRows) {
  MakeTable("out", "name string, t bigint");
  JobText job;
  job.source =
      "{maxCompute: {dataSourceRef: {name: here}, table: numbers, partition: ['dt=1'], "
      "column: [id, t]}}";
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: out, column: ['*'], truncate: true, "
      "consistencyCommit: true}}";
  job.setting = "{verify: ContentHash, speed: {throttle: false, concurrent: 2}}";
  job.runner =
      "{threads: 4}\n  transformers:\n"
      "    - {name: dx_filter, columnIndex: 1, paras: ['>=', '10']}\n"
      "    - {name: dx_pad, columnIndex: 0, paras: [l, '4', '0']}\n";
  const std::string file = WriteJob(job);
  const ProcessOutcome explain = Runner({RunnerProgram(), "explain", "-f", file});
  EXPECT_THAT(explain.stdout_text, HasSubstr("route       typed"));
  EXPECT_THAT(explain.stdout_text, HasSubstr("dx_pad"));
  const ProcessOutcome run = Runner(RunArgs(file));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  // Of 0, 2, 4 ... 498 those whose last two digits are below 10.
  EXPECT_THAT(run.stdout_text, HasSubstr("verified: 25 rows, 0 dirty, 725 filtered, content hash"));
  EXPECT_THAT(run.stdout_text, HasSubstr("rows filtered  725"));
  const auto rows = Rows("out");
  ASSERT_EQ(rows.size(), 25u);
  EXPECT_EQ(rows.front(), R"({"name":"0000","t":0})");
  EXPECT_EQ(rows.back(), R"({"name":"0408","t":8})");
}

TEST_F(RunnerDirtyTest, ATransformerForNoColumnIsRefusedBeforeAnythingIsWritten) {
  MakeTarget("out");
  JobText job = Into("out", "small");
  job.runner =
      "{threads: 4}\n  transformers: [{name: dx_substr, columnIndex: 3, paras: ['0', '1']}]";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 11) << run.stderr_text;
  EXPECT_THAT(run.stderr_text, HasSubstr("transformers[0]: columnIndex 3 is beyond"));
  EXPECT_THAT(run.stderr_text, HasSubstr("[SchemaMismatch]"));
  EXPECT_EQ(RowCount("out"), 0u);
}

// Feature: replay-dirty
TEST_F(RunnerDirtyTest, ReplaysAThousandDirtyRowsOnceTheMappingIsMended) {
  MakeTarget("out");
  const std::string broken = WriteJob(Into("out", "small"));
  const ProcessOutcome run = Runner(RunArgs(broken));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("500 rows, 1000 dirty"));
  EXPECT_EQ(RowCount("out"), kCleanRows);
  const std::string directory = RunDirectory(broken + ".state/dirty");
  const auto lines = Lines(directory);
  ASSERT_EQ(lines.size(), kDirtyRows);
  const json& first = lines.front();
  EXPECT_EQ(first["job"], "default/job");
  EXPECT_EQ(first["attempt"], 1);
  EXPECT_EQ(first["column"], "small");
  EXPECT_EQ(first["reason"], "ValueRefused");
  EXPECT_THAT(first["message"].get<std::string>(), HasSubstr("tinyint"));
  EXPECT_EQ(first["values"][0]["column"], "id");
  EXPECT_EQ(first["values"][0]["type"], "bigint");
  EXPECT_TRUE(first["values"][0]["value"].is_string());
  for (const auto& entry : fs::directory_iterator(directory)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
        << entry.path();
  }
  // The values are in no log.
  EXPECT_THAT(run.stderr_text, Not(HasSubstr("1500")));

  // Replayed with the mapping that made them dirty, they are dirty again, and kept again.
  const std::string copy = dir() / "copy";
  fs::copy(directory, copy, fs::copy_options::recursive);
  const ProcessOutcome in_vain = Replay(broken, copy);
  EXPECT_EQ(in_vain.exit_code, 0) << in_vain.stderr_text;
  EXPECT_THAT(in_vain.stdout_text, HasSubstr("0 rows, 1000 dirty"));
  const std::string left = RunDirectory(copy + "/replay/dirty");
  EXPECT_EQ(Lines(left).size(), kDirtyRows);
  EXPECT_EQ(RowCount("out"), kCleanRows);

  const std::string mended = WriteJob(Into("out", "big"));
  const ProcessOutcome replay = Replay(mended, left);
  EXPECT_EQ(replay.exit_code, 0) << replay.stderr_text;
  EXPECT_THAT(replay.stdout_text, HasSubstr("1000 rows, 0 dirty"));
  const ProcessOutcome again = Replay(mended, left);
  EXPECT_EQ(again.exit_code, 0) << again.stderr_text;
  EXPECT_THAT(again.stdout_text, HasSubstr("already replayed"));
  const auto rows = Rows("out");
  EXPECT_EQ(rows.size(), kCleanRows + kDirtyRows);
  EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), rows.size());
  // The partition value came back with its row.
  EXPECT_THAT(rows, ::testing::Contains(R"({"id":1499,"small":null,"big":2499,"day":"2"})"));
}

TEST_F(RunnerDirtyTest, RefusesToReplayWhatIsNotWhole) {
  MakeTarget("out");
  const std::string file = WriteJob(Into("out", "small"));
  EXPECT_EQ(Runner(RunArgs(file)).exit_code, 0);
  const std::string directory = RunDirectory(file + ".state/dirty");
  JobText other = Into("out", "big");
  other.name = "other";
  const ProcessOutcome wrong_job = Replay(WriteJob(other), directory);
  EXPECT_EQ(wrong_job.exit_code, 10);
  EXPECT_THAT(wrong_job.stderr_text, HasSubstr("the rows are of job default/job"));
  std::string lost;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".jsonl") lost = entry.path().string();
  }
  fs::rename(lost, lost + ".gone");
  const ProcessOutcome part = Replay(file, directory);
  EXPECT_EQ(part.exit_code, 10);
  EXPECT_THAT(part.stderr_text, HasSubstr("[DirtyRowsDamaged]"));
  const ProcessOutcome none = Replay(file, dir().path());
  EXPECT_EQ(none.exit_code, 12);
  EXPECT_THAT(none.stderr_text, HasSubstr("run.json"));
  EXPECT_EQ(RowCount("out"), kCleanRows);
}

// Feature: Dirty rows are kept
TEST_F(RunnerDirtyTest, KeepsWhatMadeARunFailOnItsLimit) {
  MakeTarget("out");
  JobText job = Into("out", "small");
  job.setting = "{errorLimit: {record: 3}, speed: {throttle: false, concurrent: 1}, " +
                std::string(kSink) + "}";
  const std::string file = WriteJob(job);
  const ProcessOutcome run = Runner(RunArgs(file, {"--dirty-directory", dir() / "elsewhere"}));
  EXPECT_EQ(run.exit_code, 14) << run.stderr_text;
  EXPECT_EQ(RowCount("out"), 0u);
  std::size_t kept = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir() / "elsewhere/default/job")) {
    if (entry.path().extension() == ".jsonl") kept += Lines(entry.path().parent_path()).size();
    EXPECT_NE(entry.path().filename(), "run.json");
  }
  EXPECT_GT(kept, 3u);
}

// Feature: Dirty rows in a window of time
TEST_F(RunnerDirtyTest, AWindowOfDirtyRowsStopsARunWithinItsLimit) {
  MakeTarget("out");
  JobText job = Into("out", "small");
  job.setting =
      "{errorLimit: {record: 1000, window: {seconds: 600, record: 400}}, "
      "speed: {throttle: false, concurrent: 2}}";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 14) << run.stderr_text;
  EXPECT_THAT(run.stderr_text, HasSubstr("dirty rows within 600 s, the limit is 400"));
  EXPECT_EQ(RowCount("out"), 0u);
}

// Feature: Value longer than VARCHAR(n)
TEST_F(RunnerDirtyTest, CutsOrEmptiesWhatIsTooLongWhenAsked) {
  MakeTable("texts", "id bigint, s string");
  record::RecordBatch batch = record::RecordBatch::Make(Columns("id bigint, s string"));
  batch.columns[0].AppendInt64(1);
  batch.columns[1].AppendBytes("éééé");
  batch.rows = 1;
  AddRows("texts", "", batch);
  int number = 0;
  const auto run = [this, &number](const std::string& rule) {
    MakeTable("short_" + rule, "id bigint, v varchar(3)");
    JobText job;
    job.name = "short-" + std::to_string(++number);
    job.source = "{maxCompute: {dataSourceRef: {name: here}, table: texts, column: ['*']}}";
    job.target =
        "{maxCompute: {dataSourceRef: {name: here}, table: short_" + rule +
        ", column: ['*'], truncate: true, consistencyCommit: true, overLengthRule: " + rule + "}}";
    job.setting = "{errorLimit: {record: 1}}";
    const ProcessOutcome outcome = Run(job);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.stderr_text;
    return Rows("short_" + rule);
  };
  EXPECT_THAT(run("truncate"), ElementsAre(R"({"id":1,"v":"ééé"})"));
  EXPECT_THAT(run("setNull"), ElementsAre(R"({"id":1,"v":null})"));
  EXPECT_THAT(run("dirty"), ElementsAre());
}

// Feature: VARCHAR with null
TEST_F(RunnerDirtyTest, ANullForAVarcharIsDirtyWhenAsked) {
  MakeTable("texts", "id bigint, s varchar(5)");
  record::RecordBatch batch = record::RecordBatch::Make(Columns("id bigint, s varchar(5)"));
  batch.columns[0].AppendInt64(1);
  batch.columns[1].AppendNull();
  batch.rows = 1;
  AddRows("texts", "", batch);
  MakeTable("out", "id bigint, v varchar(5)");
  JobText job;
  job.source = "{maxCompute: {dataSourceRef: {name: here}, table: texts, column: ['*']}}";
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: out, column: ['*'], truncate: true, "
      "consistencyCommit: true, nullVarcharAsDirty: true}}";
  EXPECT_EQ(Run(job).exit_code, 14);
  MakeTable("kept", "id bigint, v varchar(5)");
  job.name = "kept";
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: kept, column: ['*'], truncate: true, "
      "consistencyCommit: true}}";
  EXPECT_EQ(Run(job).exit_code, 0);
  EXPECT_THAT(Rows("kept"), ElementsAre(R"({"id":1,"v":null})"));
}

// Wherever a run is killed: after the next one every row was written, filtered or kept, and none of
// them twice.
// Feature: Dirty rows are kept
TEST_F(RunnerDirtyTest, AKilledRunKeepsEachDirtyRowOnce) {
  constexpr int kStep = kSanitized ? 5 : 1;
  for (int n = 1;; n += kStep) {
    SCOPED_TRACE("request " + std::to_string(n));
    ASSERT_LT(n, 200);
    const std::string table = "out" + std::to_string(n);
    MakeTarget(table);
    JobText job = Into(table, "small");
    job.name = table;
    job.runner =
        "{threads: 4}\n  transformers: [{name: dx_filter, columnIndex: 1, paras: ['<', '10']}]";
    const std::string file = WriteJob(job);
    const bool hit = KillAtRequest(n, RunArgs(file));
    const ProcessOutcome run = Runner(RunArgs(file));
    ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
    // Ten in a hundred of the clean ones are below 10.
    EXPECT_THAT(run.stdout_text, HasSubstr("450 rows, 1000 dirty, 50 filtered"));
    EXPECT_EQ(RowCount(table), 450u);
    std::set<std::string> kept;
    for (const json& line : Lines(RunDirectory(file + ".state/dirty"))) {
      EXPECT_TRUE(kept.insert(line["values"][0]["value"]).second) << line["row"];
    }
    EXPECT_EQ(kept.size(), kDirtyRows);
    if (!hit || HasFailure()) break;
  }
}

// Feature: replay-dirty
TEST_F(RunnerDirtyTest, AKilledReplayNeitherDoublesNorLoses) {
  MakeTarget("out");
  const std::string broken = WriteJob(Into("out", "small"));
  ASSERT_EQ(Runner(RunArgs(broken)).exit_code, 0);
  const std::string directory = RunDirectory(broken + ".state/dirty");
  constexpr int kStep = kSanitized ? 5 : 1;
  for (int n = 1;; n += kStep) {
    SCOPED_TRACE("request " + std::to_string(n));
    ASSERT_LT(n, 100);
    const std::string table = "again" + std::to_string(n);
    MakeTarget(table);
    const std::string copy = dir() / table;
    fs::copy(directory, copy, fs::copy_options::recursive);
    const std::string mended = WriteJob(Into(table, "big"));
    const bool hit = KillAtRequest(n, ReplayArgs(mended, copy));
    const ProcessOutcome replay = Replay(mended, copy);
    ASSERT_EQ(replay.exit_code, 0) << replay.stderr_text;
    const auto rows = Rows(table);
    EXPECT_EQ(rows.size(), kDirtyRows);
    EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), rows.size());
    if (!hit || HasFailure()) break;
  }
}

}  // namespace
}  // namespace culvert::test
