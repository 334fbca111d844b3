// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

// Wrong things get one readable line and the right exit code, and write nothing.

namespace culvert::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class RunnerErrorsTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", "id bigint, name string");
    MakeTable("target", "id bigint, name string");
    MakeTable("parts", "id bigint, name string", "dt string, hh string");
    MakeTable("view", "id bigint, name string", "", emulator::TableKind::kView);
    MakeTable("outside", "id bigint, name string", "", emulator::TableKind::kExternal);
    Fill("source", 20);
    Fill("parts", 20, "dt=20260101,hh=00");
  }

  static std::string Source(const std::string& rest) {
    return "{maxCompute: {dataSourceRef: {name: here}, column: ['*'], " + rest + "}}";
  }

  // One line on standard error that begins with "error: ", and untouched targets.
  void ExpectRefusal(const ProcessOutcome& run, int exit_code, const std::string& text) {
    EXPECT_EQ(run.exit_code, exit_code) << run.stderr_text;
    EXPECT_THAT(run.stderr_text, StartsWith("error: "));
    EXPECT_THAT(run.stderr_text, HasSubstr(text));
    EXPECT_EQ(std::ranges::count(run.stderr_text, '\n'), 1) << run.stderr_text;
    EXPECT_THAT(run.stderr_text, Not(HasSubstr("test-secret-word")));
    EXPECT_EQ(RowCount("target"), 0u);
  }
};

TEST_F(RunnerErrorsTest, UnknownField) {
  JobText job;
  job.source = "{maxCompute: {dataSourceRef: {name: here}, tabel: source, column: ['*']}}";
  ExpectRefusal(Run(job), 10, "did you mean 'table'");
}

TEST_F(RunnerErrorsTest, NoSuchTable) {
  JobText job;
  job.source = Source("table: nothing");
  ExpectRefusal(Run(job), 12, "table 'demo.nothing' does not exist [NoSuchTable]");
}

// Feature: Missing target table
TEST_F(RunnerErrorsTest, NoSuchTargetTable) {
  JobText job;
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: nothing, column: ['*'], truncate: true, "
      "consistencyCommit: true}}";
  ExpectRefusal(Run(job), 12, "table 'demo.nothing' does not exist [NoSuchTable]");
}

TEST_F(RunnerErrorsTest, NoSuchProject) {
  JobText job;
  const std::string file = WriteJob(job);
  std::string text = ReadWholeFile(file, 1 << 20).value();
  text.replace(text.find("project: demo"), 13, "project: nada");
  WriteFile("job.yaml", text);
  ExpectRefusal(Runner(RunArgs(file)), 12, "nada");
}

// Feature: Missing partition is an error
TEST_F(RunnerErrorsTest, PartitionMissing) {
  JobText job;
  job.source = Source("table: parts, partition: ['dt=2030*,hh=*']");
  ExpectRefusal(Run(job), 12, "[PartitionNotFound]");
}

// Feature: Partition only where the table has keys
TEST_F(RunnerErrorsTest, PartitionRequired) {
  JobText job;
  job.source = Source("table: parts");
  ExpectRefusal(Run(job), 10, "[PartitionRequired]");
}

// Feature: All specs have the depth of the table
TEST_F(RunnerErrorsTest, WrongDepth) {
  JobText job;
  job.source = Source("table: parts, partition: ['dt=20260101']");
  ExpectRefusal(Run(job), 11, "hh");
}

// Feature: Virtual views refused
TEST_F(RunnerErrorsTest, View) {
  JobText job;
  job.source = Source("table: view");
  ExpectRefusal(Run(job), 17, "[ViewNotSupported]");
}

// Feature: External tables refused
TEST_F(RunnerErrorsTest, ExternalTable) {
  JobText job;
  job.source = Source("table: outside");
  ExpectRefusal(Run(job), 17, "[ExternalTableNotSupported]");
}

TEST_F(RunnerErrorsTest, UnknownColumn) {
  JobText job;
  job.source = "{maxCompute: {dataSourceRef: {name: here}, table: source, column: [id, naem]}}";
  ExpectRefusal(Run(job), 11, "did you mean 'name'");
}

TEST_F(RunnerErrorsTest, BadKey) {
  const std::string file = WriteJob({});
  std::string text = ReadWholeFile(file, 1 << 20).value();
  text.replace(text.find("test-secret-word"), 16, "another-secret-x");
  WriteFile("job.yaml", text);
  const ProcessOutcome run = Runner(RunArgs(file));
  ExpectRefusal(run, 21, "[CredentialsRejected]");
  EXPECT_THAT(run.stderr_text, Not(HasSubstr("another-secret-x")));
}

TEST_F(RunnerErrorsTest, NoSecret) {
  const std::string file = WriteJob({});
  std::string text = ReadWholeFile(file, 1 << 20).value();
  text.resize(text.rfind("---"));
  WriteFile("job.yaml", text);
  ExpectRefusal(Runner(RunArgs(file)), 20,
                "unknown Secret 'key' of DataSource 'here', known: none; add its document to -f");
}

TEST_F(RunnerErrorsTest, PlainHttpWithoutPermission) {
  const std::string file = WriteJob({});
  std::string text = ReadWholeFile(file, 1 << 20).value();
  text.replace(text.find("allowInsecureHttp: true"), 23, "allowInsecureHttp: false");
  WriteFile("job.yaml", text);
  ExpectRefusal(Runner(RunArgs(file)), 10, "allowInsecureHttp");
}

TEST_F(RunnerErrorsTest, FullDisk) {
  // A file may have one block of 512 bytes, as on a disk with no more room than that.
  const std::string file = WriteJob({});
  std::string command = "ulimit -f 1; exec \"$0\" \"$@\"";
  std::vector<std::string> args = {"/bin/sh", "-c", command};
  for (const std::string& arg : RunArgs(file)) args.push_back(arg);
  ExpectRefusal(Runner(args), 32, "[LocalPressure]");
}

TEST_F(RunnerErrorsTest, StateInUse) {
  const std::string file = WriteJob({});
  const auto held = DurableLog::Open(dir() / "held.log");
  ASSERT_THAT(held, IsOk());
  std::filesystem::create_directory(file + ".state");
  std::filesystem::rename(dir() / "held.log", file + ".state/journal.log");
  ExpectRefusal(Runner(RunArgs(file)), 10, "journal.log");
}

TEST_F(RunnerErrorsTest, ConnectionRefused) {
  const std::string file = WriteJob({});
  std::string text = ReadWholeFile(file, 1 << 20).value();
  const std::string address = server().Endpoint();
  text.replace(text.find(address), address.size(), "http://127.0.0.1:1/api");
  WriteFile("job.yaml", text);
  auto process = Process::Start({.args = RunArgs(file)});
  ASSERT_THAT(process, IsOk());
  const auto code = (*process)->Wait(std::chrono::seconds(55));
  ASSERT_THAT(code, IsOk());
  ExpectRefusal({.exit_code = *code,
                 .stdout_text = (*process)->stdout_text(),
                 .stderr_text = (*process)->stderr_text()},
                30, "127.0.0.1");
}

TEST_F(RunnerErrorsTest, ChangedSpecOfAnUnfinishedRun) {
  JobText job;
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"block.put"},"action":{"kind":"status","status":403,"code":"NoPermission"}})"),
      IsOk());
  EXPECT_EQ(Run(job).exit_code, 13);
  server().faults().Clear();
  job.setting = "{errorLimit: {record: 5}, speed: {throttle: false, concurrent: 2}}";
  ExpectRefusal(Run(job), 10, "--again");
}

TEST_F(RunnerErrorsTest, WrongFlags) {
  ExpectRefusal(Runner({RunnerProgram(), "run", "--fiel", "x"}), 10, "--help");
  ExpectRefusal(Runner({RunnerProgram(), "run", "-f", dir() / "missing.yaml"}), 10, "missing.yaml");
}

TEST_F(RunnerErrorsTest, HelpTeaches) {
  const ProcessOutcome help = Runner({RunnerProgram(), "--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.stdout_text, HasSubstr("Examples:"));
  EXPECT_EQ(Runner({RunnerProgram(), "version"}).exit_code, 0);
}

}  // namespace
}  // namespace culvert::test
