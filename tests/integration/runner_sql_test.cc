// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/runner_fixture.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>

// Jobs whose rows the service selects, and jobs with statements of their user's.

namespace culvert::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kBudget{60};

class RunnerSqlTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", "id bigint, name string, score double");
    MakeTable("target", "id bigint, name string");
    MakeTable("log", "what string");
    MakeTable("parts", "id bigint, name string", "dt string, hh string");
    MakeTable("copy", "id bigint, name string", "dt string, hh string");
  }

  static std::string Source(const std::string& table, const std::string& column,
                            const std::string& more) {
    return "{maxCompute: {dataSourceRef: {name: here}, table: " + table + ", column: " + column +
           ", " + more + "}}";
  }
  static std::string Target(const std::string& table, const std::string& more) {
    return "{maxCompute: {dataSourceRef: {name: here}, table: " + table + ", " + more + "}}";
  }
  // Of SQL, since CountSubmissions or since a rule was added.
  std::uint64_t Submissions() {
    const std::string rules = server().faults().ListJson();
    const std::size_t at = rules.find("\"hits\":");
    return at == std::string::npos ? 99 : std::stoul(rules.substr(at + 7));
  }
  void CountSubmissions() {
    ASSERT_THAT(server().faults().Add(
                    R"({"match":{"operation":"sql.submit"},"action":{"kind":"delay","ms":1}})"),
                IsOk());
  }
};

// Feature: WHERE filter
TEST_F(RunnerSqlTest, ReadsTheRowsThatTheConditionLeaves) {
  Fill("source", 100);
  MakeTable("expected", "id bigint, name string");
  Fill("expected", 59, "", 41);
  JobText job;
  job.source = Source("source", "[id, name]", "enableWhere: true, where: 'id > 40 or (1 = 0)'");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("pass-through"));
  EXPECT_EQ(Difference("target", "expected"), "");
}

// The service caps a result at 10,000 rows for those who ask for that.
// Feature: WHERE filter
TEST_F(RunnerSqlTest, ReadsALargeResultWholeInParallelRanges) {
  Fill("source", 25'000);
  MakeTable("expected", "id bigint, name string");
  Fill("expected", 24'999, "", 1);
  JobText job;
  job.source = Source("source", "[id, name]", "enableWhere: true, where: id >= 1");
  job.setting = "{speed: {throttle: false, concurrent: 4}}";
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("24,999"));
  EXPECT_EQ(Difference("target", "expected"), "");
}

// Feature: Functions in column
TEST_F(RunnerSqlTest, ComputesFunctionsInTheirPlaces) {
  Fill("source", 3, "", 7);
  JobText job;
  job.source = Source("source", R"x(["id * 2", "concat(upper(name), '!')"])x",
                      "enableWhere: true, where: id <> 8");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(RowCount("target"), 2u);
  for (const std::string& row : Rows("target")) {
    EXPECT_THAT(row, AllOf(HasSubstr("!\""), testing::ContainsRegex("\"id\":1[48]")));
  }
}

TEST_F(RunnerSqlTest, ConvertsWhatAFunctionGives) {
  Fill("source", 4);
  MakeTable("texts", "t string");
  JobText job;
  job.source = Source("source", "['length(name) + 1']", "enableWhere: true, where: 'true'");
  job.target = Target("texts", "column: ['*'], truncate: true, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("typed"));
  EXPECT_EQ(RowCount("texts"), 4u);
}

TEST_F(RunnerSqlTest, KeepsPartitionsApartWhereTheirValuesCount) {
  Fill("parts", 10, "dt=1,hh=00");
  Fill("parts", 10, "dt=1,hh=07", 10);
  Fill("parts", 10, "dt=2,hh=00", 20);
  JobText job;
  job.source = Source("parts", "['*']",
                      "partition: ['dt=1,hh=*', 'dt=*,hh=00'], enableWhere: true, where: id >= 5");
  job.target =
      Target("copy",
             "partitionFromSource: true, column: ['*'], truncate: true, consistencyCommit: "
             "true");
  CountSubmissions();
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(RowCount("copy", "dt=1,hh=00"), 5u);
  EXPECT_EQ(Difference("copy", "parts", "dt=1,hh=07", "dt=1,hh=07"), "");
  EXPECT_EQ(Difference("copy", "parts", "dt=2,hh=00", "dt=2,hh=00"), "");
  EXPECT_EQ(Submissions(), 6u) << "three partitions added, three SELECTs";
}

TEST_F(RunnerSqlTest, ReadsPartitionsByOneSelectWhereNothingTellsThemApart) {
  for (int i = 0; i < 20; ++i) {
    Fill("parts", 3, "dt=" + std::to_string(i) + ",hh=00", static_cast<std::uint64_t>(i) * 3);
  }
  MakeTable("expected", "id bigint, name string");
  Fill("expected", 50, "", 10);
  JobText job;
  job.source =
      Source("parts", "['*']", "partition: ['dt=*,hh=*'], enableWhere: true, where: id >= 10");
  CountSubmissions();
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("target", "expected"), "");
  EXPECT_EQ(Submissions(), 1u);
}

TEST_F(RunnerSqlTest, AConditionThatLeavesNothingIsNoError) {
  Fill("source", 5);
  Fill("target", 5);
  JobText job;
  job.source = Source("source", "[id, name]", "enableWhere: true, where: id < 0");
  job.target = Target("target", "column: ['*'], truncate: true, consistencyCommit: true");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(RowCount("target"), 0u);
}

TEST_F(RunnerSqlTest, AConditionThatTheServiceRefusesEndsTheRunWithItsWords) {
  Fill("source", 5);
  JobText job;
  job.source = Source("source", "[id, name]", "enableWhere: true, where: nmae = 'x'");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 10);
  EXPECT_THAT(run.stderr_text,
              AllOf(HasSubstr("the query of source table source"), HasSubstr("ODPS-0130071"),
                    HasSubstr("nmae"), HasSubstr("[SqlFailed]")));
  EXPECT_EQ(RowCount("target"), 0u);
}

TEST_F(RunnerSqlTest, StartsOverWhenTheResultsSessionIsGone) {
  Fill("source", 5);
  JobText job;
  job.source = Source("source", "[id, name]", "enableWhere: true, where: id >= 0");
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"instance.download.data","nth":1},"action":{"kind":"expire_session"}})"),
      IsOk());
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("attempt 2"));
  EXPECT_EQ(RowCount("target"), 5u);
}

TEST_F(RunnerSqlTest, ExplainShowsTheStatementsAndRunsNone) {
  Fill("parts", 10, "dt=1,hh=00");
  JobText job;
  job.source = Source("parts", "['upper(name)', dt]",
                      "partition: ['dt=1,hh=*'], enableWhere: true, where: id >= 5, preSql: "
                      "[\"insert into log values ('before')\"]");
  job.target = Target("target", "column: [name, id], truncate: false, postSql: [select 2]");
  CountSubmissions();
  const std::string file = WriteJob(job);
  const ProcessOutcome explained = Runner({RunnerProgram(), "explain", "-f", file});
  ASSERT_EQ(explained.exit_code, 0) << explained.stderr_text;
  for (const char* line :
       {"query       1 SELECT, run by the plan",
        "SELECT (upper(name)) AS `expression_1` FROM `parts` WHERE ((`dt` = '1' AND `hh` = '00')) "
        "AND (id >= 5);",
        "upper(name)", "(known once the query ran)", "before the filter",
        "source.preSql[0]: insert into log values ('before')", "target.postSql[0]: select 2"}) {
    EXPECT_THAT(explained.stdout_text, HasSubstr(line));
  }
  EXPECT_EQ(Submissions(), 0u);
}

// Feature: preSql and postSql
TEST_F(RunnerSqlTest, RunsStatementsAroundTheCopyAndReportsThem) {
  Fill("source", 5);
  JobText job;
  job.source = Source("source", "[id, name]",
                      "preSql: [\"insert into log values ('a')\"], postSql: [\"insert into log "
                      "select concat('rows ', cast(count(*) as string)) from target;\"]");
  job.target = Target("target",
                      "column: ['*'], truncate: false, consistencyCommit: true, preSql: [\"insert "
                      "into log select concat('before ', cast(count(*) as string)) from target\"]");
  const std::string file = WriteJob(job);
  const ProcessOutcome run = Runner(RunArgs(file));
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(Rows("log"),
              ElementsAre(R"({"what":"a"})", R"({"what":"before 0"})", R"({"what":"rows 5"})"));
  EXPECT_THAT(run.stdout_text, AllOf(HasSubstr("source.preSql[0] ran as instance 2"),
                                     HasSubstr("target.preSql[0] ran as instance 2"),
                                     HasSubstr("source.postSql[0] ran as instance 2")));
  // Done is done.
  EXPECT_EQ(Runner(RunArgs(file)).exit_code, 0);
  EXPECT_EQ(RowCount("log"), 3u);
}

TEST_F(RunnerSqlTest, AStatementBeforeTheCopyThatFailsLetsNoRowThrough) {
  Fill("source", 5);
  JobText job;
  job.target =
      Target("target",
             "column: [id, name], truncate: false, consistencyCommit: true, preSql: "
             "[\"insert into log values ('a')\", select nothing from log, \"insert into log "
             "values ('b')\"]");
  job.source = Source("source", "[id, name]", "successOnNoPartition: false");
  const std::string file = WriteJob(job);
  const ProcessOutcome run = Runner(RunArgs(file));
  EXPECT_EQ(run.exit_code, 10);
  EXPECT_THAT(run.stderr_text, AllOf(HasSubstr("target.preSql[1]: "), HasSubstr("ODPS-0130071"),
                                     HasSubstr("no row was written"), HasSubstr("[PreSqlFailed]")));
  EXPECT_EQ(RowCount("target"), 0u);
  EXPECT_EQ(RowCount("log"), 1u);
  // The next command is a new run, from the first statement on.
  EXPECT_EQ(Runner(RunArgs(file)).exit_code, 10);
  EXPECT_EQ(RowCount("log"), 2u);
}

TEST_F(RunnerSqlTest, AStatementAfterTheCopyThatFailsLeavesTheRows) {
  Fill("source", 5);
  JobText job;
  job.source = Source("source", "[id, name]",
                      "postSql: [select nothing from log, \"insert into log values ('a')\"]");
  const std::string file = WriteJob(job);
  for (int i = 0; i < 2; ++i) {
    const ProcessOutcome run = Runner(RunArgs(file));
    EXPECT_EQ(run.exit_code, 10);
    EXPECT_THAT(run.stderr_text, AllOf(HasSubstr("source.postSql[0]: "),
                                       HasSubstr("the rows of this run are committed"),
                                       HasSubstr("[PostSqlFailed]")));
    EXPECT_EQ(RowCount("target"), 5u);
  }
  EXPECT_THAT(Rows("log"), IsEmpty());
}

TEST_F(RunnerSqlTest, StatementsDoNotRunWhereNoPartitionMatches) {
  JobText job;
  job.source =
      Source("parts", "['*']",
             "partition: ['dt=9,hh=*'], successOnNoPartition: true, preSql: [\"insert into "
             "log values ('a')\"], postSql: [\"insert into log values ('b')\"]");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(Rows("log"), IsEmpty());
}

// postSql may change what was written, so a run that goes on does not compare it again.
TEST_F(RunnerSqlTest, VerifiesTheContentBeforePostSql) {
  Fill("source", 5);
  JobText job;
  job.target = Target("target",
                      "column: [id, name], truncate: true, consistencyCommit: true, postSql: "
                      "[\"insert into target values (99, 'x')\"]");
  job.source = Source("source", "[id, name]", "successOnNoPartition: false");
  job.setting = "{verify: ContentHash, speed: {throttle: false, concurrent: 2}}";
  const std::string file = WriteJob(job);
  ASSERT_THAT(server().faults().Add(
                  R"({"match":{"operation":"sql.submit"},"action":{"kind":"drop_reply"}})"),
              IsOk());
  auto process = Process::Start({.args = RunArgs(file)});
  ASSERT_THAT(process, IsOk());
  EXPECT_TRUE(Eventually(kBudget, [&] { return Submissions() == 1; }));
  (*process)->Signal(SIGKILL);
  EXPECT_THAT((*process)->Wait(kBudget), IsOk());
  server().faults().Clear();
  const ProcessOutcome again = Runner(RunArgs(file));
  EXPECT_EQ(again.exit_code, 0) << again.stderr_text;
  EXPECT_THAT(again.stdout_text, HasSubstr("content hash"));
  EXPECT_EQ(RowCount("target"), 6u);
}

}  // namespace
}  // namespace culvert::test
