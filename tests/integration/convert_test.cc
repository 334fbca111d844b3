// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

// Scripts of tests/golden/convert, converted by the program, and run on the emulator.

namespace culvert::test {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

class ConvertTest : public RunnerFixture {
 protected:
  void SetUp() override { Start(); }

  static std::string Script(const std::string& name) {
    return ReadWholeFile(std::string(CULVERT_SOURCE_DIR "/tests/golden/convert/") + name + ".json",
                         std::size_t{1024} * 1024)
        .value_or("");
  }

  /// A script of DataX with this emulator's endpoints and key in place of its own.
  std::string Here(std::string script) {
    script = Replaced(std::move(script), "http://127.0.0.1:8081", server().TunnelEndpoint());
    script = Replaced(std::move(script), "http://127.0.0.1:8080/api", server().Endpoint());
    script = Replaced(std::move(script), "\"lab\"", "\"demo\"");
    script = Replaced(std::move(script), "AKEXAMPLE", "AKTESTID");
    return Replaced(std::move(script), "example-secret", "test-secret-word");
  }

  ProcessOutcome ConvertScript(const std::string& script, std::vector<std::string> flags = {}) {
    std::vector<std::string> args = {RunnerProgram(), "convert", WriteFile("script.json", script),
                                     "-o", dir() / "job.yaml"};
    args.insert(args.end(), flags.begin(), flags.end());
    return Runner(args);
  }

  /// Runs what ConvertScript wrote, with the DataSources that the script only names.
  ProcessOutcome RunConverted(const std::vector<std::string>& data_sources) {
    std::string text =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: "
        "{accessKeyId: AKTESTID, accessKeySecret: test-secret-word}\n";
    for (const std::string& name : data_sources) text += "---\n" + DataSourceText(name);
    std::vector<std::string> more;
    if (!data_sources.empty()) more = {"-f", WriteFile("sources.yaml", text)};
    return Runner(RunArgs(dir() / "job.yaml", more));
  }
};

// Feature: Default source odps_first
TEST_F(ConvertTest, RunsThePagesReaderExample) {
  MakeTable("people", "id bigint, name string");
  Fill("people", 500);
  const ProcessOutcome converted = ConvertScript(Script("dataworks_reader_example"));
  ASSERT_EQ(converted.exit_code, 0) << converted.stderr_text;
  const ProcessOutcome run = RunConverted({"odps-first"});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, EndsWith("verified: 500 rows, 0 dirty, count equal\n"));
}

TEST_F(ConvertTest, RunsThePagesWriterExample) {
  MakeTable("people_copy", "id bigint, name string");
  Fill("people_copy", 7, "", 90'000);
  const ProcessOutcome converted = ConvertScript(Script("dataworks_writer_example"));
  ASSERT_EQ(converted.exit_code, 0) << converted.stderr_text;
  const ProcessOutcome run = RunConverted({"odps-first"});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  const std::vector<std::string> rows = Rows("people_copy");
  EXPECT_EQ(rows.size(), 100u);  // 50 for each of two channels
  for (const std::string& row : rows) EXPECT_THAT(row, HasSubstr("\"name\":\"generated\""));
}

TEST_F(ConvertTest, RunsADataWorksScriptAndMovesTheRowsItMeans) {
  MakeTable("ods_order_event", "order_no bigint, amount decimal(20,4), channel string",
            "dt string, region string");
  MakeTable("dwd_order", "order_no bigint, amount decimal(20,4), region string, load_tag string",
            "dt string");
  std::vector<std::string> expected;
  std::uint64_t first = 0;
  for (const char* region : {"north", "south", "west"}) {
    for (const char* day : {"20250329", "20250330"}) {
      const std::string partition = std::string("dt=") + day + ",region=" + region;
      Fill("ods_order_event", 300, partition, first += 1000);
      if (std::string(day) != "20250330" || std::string(region) == "west") continue;
      for (const std::string& row : Rows("ods_order_event", partition)) {
        expected.push_back(row.substr(0, row.find(",\"channel\"")) + ",\"region\":\"" + region +
                           "\",\"load_tag\":\"nightly-copy\"}");
      }
    }
  }
  std::ranges::sort(expected);
  Fill("dwd_order", 20, "dt=20250330", 90'000);
  const ProcessOutcome converted =
      ConvertScript(Script("dataworks_orders"), {"-p", "day=20250330"});
  ASSERT_EQ(converted.exit_code, 0) << converted.stderr_text;
  const ProcessOutcome run = RunConverted({"sales-prod", "finance-prod"});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Rows("dwd_order", "dt=20250330"), expected);
}

// Feature: Inline connection instead of a data source
TEST_F(ConvertTest, RunsADataXJobWithTheKeyThatItHolds) {
  MakeTable("device_log", "device_id string, reading double", "dt string, site string");
  MakeTable("device_clean", "device_id string, reading double, day string, ver string",
            "batch string");
  Fill("device_log", 250, "dt=20261101,site=a");
  Fill("device_log", 250, "dt=20261109,site=b", 1000);
  Fill("device_log", 250, "dt=20261110,site=a", 2000);  // not of the pattern
  const ProcessOutcome converted = ConvertScript(Here(Script("datax_device_log")));
  ASSERT_EQ(converted.exit_code, 0) << converted.stderr_text;
  EXPECT_THAT(converted.stderr_text, Not(HasSubstr("test-secret-word")));
  EXPECT_THAT(converted.stderr_text, Not(HasSubstr("AKTESTID")));
  const ProcessOutcome run = RunConverted({});
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(RowCount("device_clean", "batch=20261122"), 500u);
  for (const std::string& row : Rows("device_clean", "batch=20261122")) {
    EXPECT_THAT(row, HasSubstr("\"day\":\"2026110"));
    EXPECT_THAT(row, EndsWith("\"ver\":\"v1\"}"));
  }
}

TEST_F(ConvertTest, RunsAFilterAFunctionAndStatements) {
  MakeTable("ods_order_event", "order_no bigint, amount bigint, channel string",
            "dt string, region string");
  Fill("ods_order_event", 4, "dt=20250330,region=north");
  Fill("ods_order_event", 3, "dt=20250330,region=south", 100);
  Fill("ods_order_event", 5, "dt=20250330,region=west", 200);
  MakeTable("dwd_order",
            "order_no bigint, amount bigint, region string, load_tag string, channel string",
            "dt string");
  MakeTable("load_log", "day string");
  const ProcessOutcome converted =
      ConvertScript(Script("dataworks_filter"), {"-p", "day=20250330"});
  ASSERT_EQ(converted.exit_code, 0) << converted.stderr_text;
  EXPECT_THAT(converted.stderr_text, HasSubstr(" 0 not done yet"));
  const ProcessOutcome run = RunConverted({"sales-prod", "finance-prod"});
  ASSERT_EQ(run.exit_code, 0) << run.stderr_text;
  // Of row 0 the amount is 0.
  const std::vector<std::string> rows = Rows("dwd_order", "dt=20250330");
  EXPECT_EQ(rows.size(), 6u);
  for (const std::string& row : rows) {
    EXPECT_THAT(row, HasSubstr("\"load_tag\":\"nightly-copy\""));
    EXPECT_THAT(row, AnyOf(HasSubstr("\"region\":\"north\""), HasSubstr("\"region\":\"south\"")));
  }
  EXPECT_THAT(Rows("load_log"), ElementsAre("{\"day\":\"20250330\"}"));
}

TEST_F(ConvertTest, LetsNobodyElseReadAFileWithKeys) {
  struct ::stat found{};
  ASSERT_EQ(ConvertScript(Script("datax_device_log")).exit_code, 0);
  ASSERT_EQ(::stat((dir() / "job.yaml").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 077U, 0u);
}

TEST_F(ConvertTest, RefusesWithEveryReasonAndWritesNothing) {
  const ProcessOutcome converted = ConvertScript(Script("bad_many"));
  EXPECT_EQ(converted.exit_code, 10);
  EXPECT_THAT(converted.stdout_text, IsEmpty());
  EXPECT_THAT(converted.stderr_text,
              HasSubstr("script.json:27:21: steps[1].parameter.truncate: must be true or false\n"));
  EXPECT_THAT(converted.stderr_text,
              EndsWith("script.json is not converted, for the reasons above that name it "
                       "[invalid_argument]\n"));
  EXPECT_FALSE(ReadWholeFile(dir() / "job.yaml", 1).has_value());
}

// Feature: Comments in scripts
TEST_F(ConvertTest, RefusesACommentWithItsPlaceOrStripsIt) {
  const ProcessOutcome refused = ConvertScript(Script("dataworks_comments"));
  EXPECT_EQ(refused.exit_code, 10);
  EXPECT_THAT(refused.stderr_text, HasSubstr("script.json:2:3: a comment"));
  EXPECT_EQ(ConvertScript(Script("dataworks_comments"), {"--strip-comments"}).exit_code, 0);
}

TEST_F(ConvertTest, ReadsStandardInputAndWritesStandardOutput) {
  auto outcome = RunProcess({.args = {RunnerProgram(), "convert", "-", "--format", "dataworks",
                                      "--name", "people", "--namespace", "team-a"},
                             .stdin_text = Script("dataworks_reader_example"),
                             .working_directory = dir().path()},
                            std::chrono::seconds(60));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->exit_code, 0) << outcome->stderr_text;
  EXPECT_THAT(outcome->stdout_text, HasSubstr("  name: people\n  namespace: team-a\n"));
  outcome = RunProcess({.args = {RunnerProgram(), "convert", "-"}, .stdin_text = "{"},
                       std::chrono::seconds(60));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->exit_code, 10);
  EXPECT_THAT(outcome->stderr_text, StartsWith("error: standard input:1:2: "));
}

TEST_F(ConvertTest, SaysWhichScriptItCannotRead) {
  const ProcessOutcome outcome = Runner({RunnerProgram(), "convert", "-f", "missing.json"});
  EXPECT_EQ(outcome.exit_code, 10);
  EXPECT_THAT(outcome.stderr_text, StartsWith("error: cannot read missing.json: "));
}

}  // namespace
}  // namespace culvert::test
