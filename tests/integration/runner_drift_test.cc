// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/catalog.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <algorithm>

// The schema contract: a job whose columns are not those of its last plan, or of its schemaHash.

namespace culvert::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class RunnerDriftTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("source", "a string, b string");
    MakeTable("target", "a string, b string");
    Fill("source", 20);
  }

  // The table anew, with other columns.
  void Remake(const std::string& name, const std::string& columns) {
    ASSERT_THAT(server().services().catalog.DropTable(emulator::MakeTableKey("demo", "", name)),
                IsOk());
    MakeTable(name, columns);
  }

  // What `explain` prints behind `schema`.
  std::string HashOf(const JobText& job) {
    const ProcessOutcome run = Runner({RunnerProgram(), "explain", "-f", WriteJob(job)});
    EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
    const std::size_t at = run.stdout_text.find("schema      ");
    EXPECT_NE(at, std::string::npos) << run.stdout_text;
    return at == std::string::npos ? "" : run.stdout_text.substr(at + 12, 64);
  }

  static std::string Setting(const std::string& more) {
    return "{speed: {throttle: false, concurrent: 2}, " + more + "}";
  }
};

// Feature: The schema contract
TEST_F(RunnerDriftTest, TwoColumnsThatChangePlacesAreRefused) {
  ASSERT_EQ(Run({}).exit_code, 0);
  Remake("source", "b string, a string");
  Fill("source", 30);
  const ProcessOutcome run = Run({}, {"--again"});
  EXPECT_EQ(run.exit_code, 11) << run.stderr_text;
  EXPECT_THAT(run.stderr_text, HasSubstr("in another order, first 'source b string' in the place "
                                         "of 'source a string'"));
  EXPECT_THAT(run.stderr_text, EndsWith("[SchemaDrift]\n"));
  EXPECT_EQ(RowCount("target"), 20u);
  // Nor does the next try forget what the columns were.
  EXPECT_EQ(Run({}, {"--again"}).exit_code, 11);
}

TEST_F(RunnerDriftTest, DriftGoesOnWhereItIsAllowedAndIsThenTheNewContract) {
  ASSERT_EQ(Run({}).exit_code, 0);
  Remake("source", "a string, b string, c string");
  Remake("target", "a string, b string, c string");
  Fill("source", 30);
  JobText job;
  const ProcessOutcome refused = Run(job, {"--again"});
  EXPECT_THAT(refused.stderr_text, HasSubstr("+ source c string, + target c string"));
  job.setting = Setting("allowSchemaDrift: true");
  ASSERT_EQ(Run(job, {"--again"}).exit_code, 0);
  EXPECT_EQ(Difference("target", "source"), "");
  EXPECT_EQ(Run({}, {"--again"}).exit_code, 0);
}

TEST_F(RunnerDriftTest, ColumnsThatAListDoesNotNameMayComeAndGo) {
  JobText job;
  job.source = "{maxCompute: {dataSourceRef: {name: here}, table: source, column: [a]}}";
  job.target =
      "{maxCompute: {dataSourceRef: {name: here}, table: target, column: [a], truncate: false, "
      "consistencyCommit: true}}";
  ASSERT_EQ(Run(job).exit_code, 0);
  Remake("source", "z bigint, a string");
  Fill("source", 3);
  Remake("target", "a string, y bigint");
  EXPECT_EQ(Run(job, {"--again"}).exit_code, 0);
}

// Feature: The schema contract
TEST_F(RunnerDriftTest, AHashHoldsFromJobToJob) {
  JobText job;
  job.setting = Setting("schemaHash: \"" + HashOf(job) + "\"");
  ASSERT_EQ(Run(job).exit_code, 0);
  Remake("source", "a string, b varchar(300)");
  Fill("source", 5);
  job.name = "tomorrow";
  const ProcessOutcome run = Run(job);
  EXPECT_EQ(run.exit_code, 11) << run.stderr_text;
  JobText plain;
  const std::string hash = HashOf(plain);
  EXPECT_THAT(run.stderr_text, HasSubstr("the columns are not those of setting.schemaHash, their "
                                         "hash is now " +
                                         hash));
  EXPECT_EQ(RowCount("target"), 20u);
  job.setting = Setting("schemaHash: \"" + hash + "\"");
  EXPECT_EQ(Run(job).exit_code, 0);
}

}  // namespace
}  // namespace culvert::test
