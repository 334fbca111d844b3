// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

// Tables and partitions that a run makes: createPolicy, lifecycleDays, missing partitions.

namespace culvert::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class RunnerCreateTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    emulator::TableDef def;
    def.project = "demo";
    def.name = "source";
    def.comment = "flights, it's all of them";
    def.columns.columns = Columns(
        "id bigint not null, amount decimal(20,4), name varchar(200), day date, at "
        "timestamp, tags array<string>");
    def.columns.columns[2].comment = "as they say";
    def.columns.partition_keys = Columns("dt string, hh int");
    ASSERT_THAT(server().services().catalog.CreateTable(std::move(def)), IsOk());
    Fill("source", 300, "dt=1,hh=0");
    Fill("source", 200, "dt=1,hh=1", 300);
  }

  static std::string Target(const std::string& rest) {
    return "{maxCompute: {dataSourceRef: {name: here}, table: fresh, truncate: true, "
           "consistencyCommit: true, createPolicy: IfNotExists, " +
           rest + "}}";
  }
  static std::string Source(const std::string& rest) {
    return "{maxCompute: {dataSourceRef: {name: here}, table: source, " + rest + "}}";
  }
  std::shared_ptr<const emulator::TableDef> Made(const std::string& name = "fresh") {
    const auto found =
        server().services().catalog.FindTable(emulator::MakeTableKey("demo", "", name));
    return found ? *found : nullptr;
  }
  std::string TypesOf(const std::vector<record::Column>& columns) {
    std::string text;
    for (const record::Column& column : columns) {
      text +=
          column.name + " " + column.type.ToString() + (column.nullable ? "" : " not null") + ";";
    }
    return text;
  }
};

// Feature: Missing target table
TEST_F(RunnerCreateTest, MakesTheTableOfTheSource) {
  JobText job;
  job.source = Source("partition: ['dt=*,hh=*'], column: ['*']");
  job.target = Target("column: ['*'], partitionFromSource: true");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  const auto made = Made();
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(TypesOf(made->columns.columns),
            "id bigint not null;amount decimal(20,4);name varchar(200);day date;at "
            "timestamp;tags array<string>;");
  EXPECT_EQ(TypesOf(made->columns.partition_keys), "dt string;hh int;");
  EXPECT_EQ(made->lifecycle_days, 30);
  EXPECT_EQ(made->comment, "flights, it's all of them");
  EXPECT_EQ(made->columns.columns[2].comment, "as they say");
  EXPECT_EQ(Difference("fresh", "source", "dt=1,hh=0", "dt=1,hh=0"), "");
  EXPECT_EQ(Difference("fresh", "source", "dt=1,hh=1", "dt=1,hh=1"), "");
}

// Feature: Missing target table
TEST_F(RunnerCreateTest, TakesNamesKeysAndDaysFromTheJob) {
  JobText job;
  job.source = Source("partition: ['dt=1,hh=0'], column: [id, hh, \"'nightly'\"]");
  job.target =
      Target("column: [number, hour, tag], partition: 'load=20260101,hh=7', lifecycleDays: 400");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  const auto made = Made();
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(TypesOf(made->columns.columns), "number bigint not null;hour string;tag string;");
  EXPECT_EQ(TypesOf(made->columns.partition_keys), "load string;hh int;");
  EXPECT_EQ(made->lifecycle_days, 400);
  EXPECT_THAT(Rows("fresh", "load=20260101,hh=7"), SizeIs(300));
}

TEST_F(RunnerCreateTest, MakesATableForRowsOfATemplate) {
  JobText job;
  job.source = "{stream: {count: 5, column: [{name: id, type: int, increasing: {}}]}}";
  job.target = Target("column: ['*']");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(TypesOf(Made()->columns.columns), "id int;");
  EXPECT_THAT(Rows("fresh"), SizeIs(5));
}

TEST_F(RunnerCreateTest, ATableThatIsThereStaysAsItIs) {
  MakeTable("fresh", "id bigint, name string");
  const std::uint64_t version = Made()->schema_version;
  JobText job;
  job.source = Source("partition: ['dt=1,hh=0'], column: [id, name]");
  job.target = Target("column: ['*'], lifecycleDays: 9");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Made()->lifecycle_days, -1);
  EXPECT_EQ(Made()->schema_version, version);
}

TEST_F(RunnerCreateTest, ALostAnswerMakesItOnce) {
  ASSERT_THAT(server().faults().Add(
                  R"({"match":{"operation":"sql.submit","nth":1},"action":{"kind":"drop_reply"}})"),
              IsOk());
  JobText job;
  job.source = Source("partition: ['dt=1,hh=0'], column: ['*']");
  job.target = Target("column: ['*'], partition: 'load=1'");
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("fresh", "source", "load=1", "dt=1,hh=0"), "");
}

TEST_F(RunnerCreateTest, WhereNothingIsReadNothingIsMade) {
  JobText job;
  job.source = Source("partition: ['dt=9,hh=*'], successOnNoPartition: true, column: ['*']");
  job.target = Target("column: ['*'], partitionFromSource: true");
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Made(), nullptr);
}

TEST_F(RunnerCreateTest, ExplainShowsTheStatementAndMakesNothing) {
  JobText job;
  job.source = Source("partition: ['dt=1,hh=0'], column: [id]");
  job.target = Target("column: ['*'], partition: 'load=1'");
  const ProcessOutcome run = Runner({RunnerProgram(), "explain", "-f", WriteJob(job)});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text,
              HasSubstr("CREATE TABLE IF NOT EXISTS `fresh` (`id` bigint NOT NULL) COMMENT "
                        "'flights, it\\'s all of them' PARTITIONED BY (`load` string) LIFECYCLE "
                        "30;\n  ALTER TABLE `fresh` ADD IF NOT EXISTS PARTITION (`load`='1');"));
  EXPECT_THAT(run.stdout_text, HasSubstr("target table demo.fresh does not exist and is created"));
  EXPECT_EQ(Made(), nullptr);
}

// Feature: Missing target partition is created
TEST_F(RunnerCreateTest, APartitionIsThereAfterARunWithoutRows) {
  AddPartition("source", "dt=2,hh=0");
  MakeTable("plain", "id bigint", "load string");
  JobText job;
  job.source = Source("partition: ['dt=2,hh=0'], column: [id]");
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: plain, partition: 'load=1', column: "
      "['*'], truncate: true, consistencyCommit: true}}";
  const ProcessOutcome run = Run(job);
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  const auto partitions =
      server().services().catalog.ListPartitions(emulator::MakeTableKey("demo", "", "plain"));
  ASSERT_THAT(partitions, IsOk());
  ASSERT_THAT(*partitions, SizeIs(1));
  EXPECT_EQ(partitions->front()->spec.ToString(), "load=1");
}

}  // namespace
}  // namespace culvert::test
