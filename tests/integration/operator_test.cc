// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/time_format.h"
#include "operator/status_server.h"
#include "tests/integration/operator_fixture.h"
#include "tests/support/metrics_page.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

// SyncJobs from `kubectl apply` to their end, without a cluster: the operator in this process, the
// runner in pods that are processes, tables in the emulator.

namespace culvert::test {
namespace {

using ::testing::HasSubstr;

class OperatorTest : public OperatorFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    StartCluster();
    MakeTable("source", "id bigint, name string");
    MakeTable("target", "id bigint, name string");
    MakeTable("parts", "id bigint, name string", "dt string");
    MakeTable("all", "id bigint, name string");
    MakeTable("loads", "id bigint, name string", "load string");
    MakeTable("mirror", "id bigint, name string", "dt string");
    Fill("source", 1'000);
    for (int i = 0; i < 4; ++i) {
      Fill("parts", 200, "dt=" + std::to_string(i), static_cast<std::uint64_t>(i) * 200);
    }
    Fill("all", 800);
  }
};

TEST_F(OperatorTest, ASmallRunIsOnePlanAndOnePod) {
  StartOperator();
  Apply("small", CopySpecText{}.Json());
  ASSERT_EQ(WaitForEnd("small"), "True") << Explain("small");
  EXPECT_EQ(Difference("source", "target"), "");
  EXPECT_EQ(cluster_->started(), 2);
  const nlohmann::json status = Get("small")["status"];
  EXPECT_EQ(status["attempt"], 1);
  EXPECT_EQ(status["report"]["rowsWritten"], 1'000);
  EXPECT_EQ(status["progress"]["percent"], 100);
  EXPECT_EQ(status["plan"]["small"], true);
  EXPECT_EQ(Condition("small", "Committed")["status"], "True");
  EXPECT_TRUE(WaitFor([&] { return Claims().empty(); })) << Explain("small");
}

// Feature: consistencyCommit: true
TEST_F(OperatorTest, ShardsMoveInPodsAndAreCommittedOnce) {
  StartOperator();
  Fill("loads", 7, "load=1", 1'000'000);  // replaced
  Apply("copy", CopySpecText{.source = "parts",
                             .source_partition = "dt=*",
                             .target = "loads",
                             .target_partition = "load=1",
                             .truncate = true,
                             .concurrent = 4,
                             .threads = 2}
                    .Json());
  ASSERT_EQ(WaitForEnd("copy"), "True") << Explain("copy");
  EXPECT_EQ(Difference("loads", "all", "load=1"), "");
  const nlohmann::json status = Get("copy")["status"];
  EXPECT_EQ(status["plan"]["small"], false);
  EXPECT_EQ(status["plan"]["partitions"], 4);
  EXPECT_EQ(status["report"]["committedPartitions"], nlohmann::json({"load=1"}));
  EXPECT_EQ(status["progress"]["shards"], status["plan"]["shards"]);
  EXPECT_FALSE(status.contains("streams"));
  EXPECT_TRUE(WaitFor([&] { return Claims().empty(); })) << Explain("copy");
}

// Feature: consistencyCommit: false
TEST_F(OperatorTest, ShardsThatCommitThemselvesAreListed) {
  StartOperator();
  Apply("own", CopySpecText{.source = "parts",
                            .source_partition = "dt=*",
                            .target = "loads",
                            .target_partition = "load=2",
                            .consistency_commit = false,
                            .concurrent = 4,
                            .threads = 2}
                   .Json());
  ASSERT_EQ(WaitForEnd("own"), "True") << Explain("own");
  EXPECT_EQ(Difference("loads", "all", "load=2"), "");
}

TEST_F(OperatorTest, SqlEmptiesTheTargetBeforeAnyBlock) {
  StartOperator();
  Fill("loads", 7, "load=3", 1'000'000);
  Apply("sql", CopySpecText{.source = "parts",
                            .source_partition = "dt=*",
                            .target = "loads",
                            .target_partition = "load=3",
                            .truncate = true,
                            .consistency_commit = false,
                            .concurrent = 4,
                            .threads = 2}
                   .Json());
  ASSERT_EQ(WaitForEnd("sql"), "True") << Explain("sql");
  EXPECT_EQ(Difference("loads", "all", "load=3"), "");
  EXPECT_THAT(Children(), ::testing::Contains(HasSubstr("-1-prepare")));
}

// Feature: preSql and postSql
TEST_F(OperatorTest, StatementsOfTheUserRunOnceAroundTheCopy) {
  StartOperator();
  MakeTable("log", "what string");
  for (const int threads : {2, 4}) {
    const std::string name = "sql" + std::to_string(threads);
    const auto insert = [&name](const std::string& what) {
      return R"(["insert into log values (')" + name + what + R"x(')"])x";
    };
    Apply(name, CopySpecText{.source = "parts",
                             .source_partition = "dt=*",
                             .target = "loads",
                             .target_partition = "load=" + std::to_string(threads),
                             .concurrent = 4,
                             .threads = threads,
                             .more = R"({"target":{"maxCompute":{"preSql":)" + insert(" before") +
                                     R"(,"postSql":)" + insert(" after") + "}}}"}
                    .Json());
    ASSERT_EQ(WaitForEnd(name), "True") << Explain(name);
    EXPECT_EQ(Difference("loads", "all", "load=" + std::to_string(threads)), "");
    // Whichever pod ran them.
    const nlohmann::json ran = Get(name)["status"]["report"]["statements"];
    ASSERT_EQ(ran.size(), 2u) << ran;
    EXPECT_EQ(ran[0]["name"], "target.preSql[0]");
    EXPECT_EQ(ran[1]["name"], "target.postSql[0]");
    EXPECT_NE(ran[0]["instance"], ran[1]["instance"]);
  }
  EXPECT_THAT(Rows("log"),
              ::testing::ElementsAre(R"({"what":"sql2 after"})", R"({"what":"sql2 before"})",
                                     R"({"what":"sql4 after"})", R"({"what":"sql4 before"})"));
  // Small work needs no pod of its own for them.
  EXPECT_THAT(Children(), ::testing::Contains(HasSubstr("sql2-")));
  EXPECT_THAT(Children(), ::testing::Contains(::testing::ContainsRegex("sql2-.*-1-prepare")));
  EXPECT_THAT(Children(),
              ::testing::Not(::testing::Contains(::testing::ContainsRegex("sql4-.*-1-prepare"))));
}

// Feature: Dirty rows are kept
// Feature: A dirty record says why
TEST_F(OperatorTest, PodsKeepDirtyRowsInATableAndTheStatusSaysWhy) {
  StartOperator();
  MakeTable("odd", "id bigint, t bigint", "dt string");
  for (int i = 0; i < 4; ++i) {
    record::RecordBatch batch = record::RecordBatch::Make(Columns("id bigint, t bigint"));
    for (int row = 0; row < 20; ++row) {
      batch.columns[0].AppendInt64(i * 20 + row);
      batch.columns[1].AppendInt64(row < 5 ? 1'000 + row : row);
      ++batch.rows;
    }
    AddRows("odd", "dt=" + std::to_string(i), batch);
  }
  MakeTable("narrow", "id bigint, t tinyint", "load string");
  const auto spec = [](int threads, int limit) {
    return CopySpecText{.source = "odd",
                        .source_partition = "dt=*",
                        .target = "narrow",
                        .target_partition = "load=" + std::to_string(threads),
                        .concurrent = 4,
                        .threads = threads,
                        .more = R"({"setting":{"errorLimit":{"record":)" + std::to_string(limit) +
                                R"(},"dirtySink":{"maxCompute":{"table":"dirty_rows"}}}})"}
        .Json();
  };
  for (const int threads : {2, 4}) {  // four pods, and one
    const std::string name = "odd" + std::to_string(threads);
    Apply(name, spec(threads, 20));
    ASSERT_EQ(WaitForEnd(name), "True") << Explain(name);
    EXPECT_EQ(RowCount("narrow", "load=" + std::to_string(threads)), 60u);
    const nlohmann::json report = Get(name)["status"]["report"];
    EXPECT_EQ(report["rowsDirty"], 20);
    ASSERT_EQ(report["dirtySamples"].size(), 10u) << report;
    EXPECT_EQ(report["dirtySamples"][0]["column"], "t");
    EXPECT_EQ(report["dirtySamples"][0]["reason"], "ValueRefused");
    const std::string place = report["dirtyPlace"];
    ASSERT_EQ(place.rfind("dirty_rows/run=" + name + "-1-", 0), 0u) << place;
    const auto kept = Rows("dirty_rows", place.substr(place.find('/') + 1));
    EXPECT_EQ(kept.size(), 21u);  // and how many they are
    EXPECT_EQ(std::set<std::string>(kept.begin(), kept.end()).size(), kept.size());
  }
  Apply("failed", spec(3, 0));
  ASSERT_EQ(WaitForEnd("failed"), "False") << Explain("failed");
  const std::string message = Condition("failed", "Succeeded")["message"];
  EXPECT_THAT(message, HasSubstr("the limit is 0; the first: row "));
  EXPECT_THAT(message, HasSubstr("column t: ValueRefused"));
  EXPECT_EQ(RowCount("narrow", "load=3"), 0u);
}

TEST_F(OperatorTest, AStatementThatFailsEndsTheRunAndSaysWhatIsCommitted) {
  StartOperator();
  const auto spec = [](const std::string& list, int concurrent) {
    return CopySpecText{.source = "parts",
                        .source_partition = "dt=*",
                        .target = "loads",
                        .target_partition = "load=5",
                        .concurrent = concurrent,
                        .threads = 2,
                        .more = R"({"target":{"maxCompute":{")" + list +
                                R"(":["select nothing from parts where dt = '1'"]}}})"}
        .Json();
  };
  Apply("before", spec("preSql", 4));
  ASSERT_EQ(WaitForEnd("before"), "False") << Explain("before");
  EXPECT_EQ(Reason("before"), "PreSqlFailed");
  EXPECT_EQ(Condition("before", "Committed")["status"], "False");
  EXPECT_EQ(RowCount("loads", "load=5"), 0u);
  for (const int concurrent : {1, 4}) {
    const std::string name = "after" + std::to_string(concurrent);
    Apply(name, spec("postSql", concurrent));
    ASSERT_EQ(WaitForEnd(name), "False") << Explain(name);
    EXPECT_EQ(Reason(name), "PostSqlFailed") << Explain(name);
    EXPECT_EQ(Condition(name, "Committed")["status"], "True");
    EXPECT_EQ(Get(name)["status"]["report"]["committedPartitions"], nlohmann::json({"load=5"}));
  }
  EXPECT_EQ(RowCount("loads", "load=5"), 2 * RowCount("all"));
}

// Feature: WHERE filter
TEST_F(OperatorTest, AFilterIsReadFromTheResultOfItsQuery) {
  StartOperator();
  Apply("filter", CopySpecText{.source = "parts",
                               .source_partition = "dt=*",
                               .target = "loads",
                               .target_partition = "load=6",
                               .concurrent = 4,
                               .threads = 2,
                               .more = R"({"source":{"maxCompute":{"enableWhere":true,)"
                                       R"("where":"id >= 0"}}})"}
                      .Json());
  ASSERT_EQ(WaitForEnd("filter"), "True") << Explain("filter");
  EXPECT_EQ(Difference("loads", "all", "load=6"), "");
  EXPECT_EQ(Get("filter")["status"]["plan"]["partitions"], 4);
}

// Feature: Partitioned tables
TEST_F(OperatorTest, OnePartitionForEachOfTheSource) {
  StartOperator();
  Apply("mirror", CopySpecText{.source = "parts",
                               .source_partition = "dt=*",
                               .target = "mirror",
                               .concurrent = 4,
                               .threads = 2,
                               .more = R"({"target":{"maxCompute":{"partitionFromSource":true}}})"}
                      .Json());
  ASSERT_EQ(WaitForEnd("mirror"), "True") << Explain("mirror");
  for (int i = 0; i < 4; ++i) {
    const std::string dt = "dt=" + std::to_string(i);
    EXPECT_EQ(Difference("parts", "mirror", dt, dt), "");
  }
  EXPECT_EQ(Get("mirror")["status"]["report"]["committedPartitionsTotal"], 4);
}

TEST_F(OperatorTest, AStreamNeedsNoTarget) {
  StartOperator();
  Apply("rows", R"({"source":{"stream":{"count":500,"column":[
      {"name":"id","type":"bigint","increasing":{"from":0}},
      {"name":"name","type":"string","value":"x"}]}},
      "target":{"maxCompute":{"dataSourceRef":{"name":"here"},"table":"target","column":["*"],
      "truncate":false,"consistencyCommit":true}}})");
  ASSERT_EQ(WaitForEnd("rows"), "True") << Explain("rows");
  EXPECT_EQ(RowCount("target"), 500u);
  Apply("count", R"({"source":{"maxCompute":{"dataSourceRef":{"name":"here"},"table":"source",
      "column":["*"]}},"target":{"stream":{}}})");
  ASSERT_EQ(WaitForEnd("count"), "True") << Explain("count");
  EXPECT_EQ(Condition("count", "Committed")["reason"], "NothingToCommit");
}

TEST_F(OperatorTest, JobsOfAFinishedRunStayUntilTheirTtl) {
  StartOperator();
  cluster_->HoldJobs(true);  // the run ends before its Jobs do
  Apply("one", CopySpecText{}.Json());
  Apply("many", CopySpecText{.source = "parts",
                             .source_partition = "dt=*",
                             .target = "loads",
                             .target_partition = "load=1",
                             .concurrent = 4,
                             .threads = 2}
                    .Json());
  for (const char* name : {"one", "many"}) {
    ASSERT_EQ(WaitForEnd(name), "True") << Explain(name);
  }
  // Whoever waits for the targets need not wait for the Jobs.
  ASSERT_TRUE(WaitFor([&] { return Claims().empty(); })) << Explain("many");
  cluster_->HoldJobs(false);
  const auto complete = [&] {
    std::size_t count = 0;
    for (const auto& [path, job] : api_->Objects("/apis/batch/v1/")) {
      count += job.contains(nlohmann::json::json_pointer("/status/conditions/0")) ? 1 : 0;
    }
    return count;
  };
  EXPECT_TRUE(WaitFor([&] { return complete() == 5; })) << Explain("many");
  EXPECT_GE(api_->Objects("/api/v1/namespaces/default/pods/").size(), 6U) << Explain("many");
}

TEST_F(OperatorTest, FailuresSayWhyAndWhatToDo) {
  StartOperator();
  Apply("column",
        CopySpecText{.more = R"({"source":{"maxCompute":{"column":["id","wings"]}}})"}.Json());
  Apply("partition", CopySpecText{.source = "parts", .source_partition = "dt=nine"}.Json());
  Apply("field", R"({"sauce":1})");
  ASSERT_EQ(WaitForEnd("column"), "False") << Explain("column");
  EXPECT_EQ(Reason("column"), "SchemaMismatch") << Explain("column");
  EXPECT_THAT(std::string(Condition("column", "Succeeded")["message"]), HasSubstr("wings"));
  EXPECT_EQ(Condition("column", "Planned")["status"], "False");
  EXPECT_EQ(Condition("column", "Stalled")["status"], "True");
  ASSERT_EQ(WaitForEnd("partition"), "False") << Explain("partition");
  EXPECT_EQ(Reason("partition"), "PartitionNotFound");
  ASSERT_EQ(WaitForEnd("field"), "False") << Explain("field");
  EXPECT_EQ(Reason("field"), "InvalidSpec");
  EXPECT_EQ(RowCount("target"), 0u);
  EXPECT_TRUE(WaitFor([&] { return Claims().empty(); })) << Explain("column");
}

// Feature: Data source must exist and its name must match
TEST_F(OperatorTest, AMissingDataSourceIsWaitedFor) {
  StartOperator();
  Apply("later",
        CopySpecText{.more = R"({"source":{"maxCompute":{"dataSourceRef":{"name":"other"}}}})"}
            .Json());
  ASSERT_TRUE(WaitFor([&] { return Reason("later") == "WaitingForDataSource"; }))
      << Explain("later");
  nlohmann::json other =
      api_->Object("/apis/culvert.dev/v1alpha1/namespaces/default/datasources/here");
  other["metadata"] = {{"name", "other"}, {"namespace", "default"}};
  api_->Put("/apis/culvert.dev/v1alpha1/namespaces/default/datasources/other", other);
  ASSERT_EQ(WaitForEnd("later"), "True") << Explain("later");
  EXPECT_EQ(Difference("source", "target"), "");
}

TEST_F(OperatorTest, SuspendStopsAndResumeGoesOn) {
  StartOperator();
  cluster_->HoldPods(true);
  Apply("pause", CopySpecText{.source = "parts",
                              .source_partition = "dt=*",
                              .target = "loads",
                              .target_partition = "load=4",
                              .concurrent = 4,
                              .threads = 1}
                     .Json());
  ASSERT_TRUE(WaitFor([&] { return !Children().empty(); }));
  Change("pause", R"({"spec":{"suspend":true}})");
  ASSERT_TRUE(WaitFor([&] {
    return Condition("pause", "Suspended")["status"] == "True" &&
           api_->Objects("/apis/batch/v1/").empty();
  })) << Explain("pause");
  EXPECT_EQ(Reason("pause"), "Suspended");
  EXPECT_FALSE(Get("pause")["status"].contains("streams"));
  cluster_->HoldPods(false);
  Change("pause", R"({"spec":{"suspend":false}})");
  ASSERT_EQ(WaitForEnd("pause"), "True") << Explain("pause");
  EXPECT_EQ(Difference("loads", "all", "load=4"), "");
  EXPECT_EQ(Get("pause")["status"]["attempt"], 1);
}

TEST_F(OperatorTest, AnotherNonceRunsItAgainAndNothingElseDoes) {
  StartOperator();
  Apply("again", CopySpecText{}.Json());
  ASSERT_EQ(WaitForEnd("again"), "True") << Explain("again");
  Change("again", R"({"spec":{"setting":{"speed":{"concurrent":2}}}})");
  ASSERT_TRUE(WaitFor([&] {
    return Get("again")["status"]["observedGeneration"] == Get("again")["metadata"]["generation"];
  })) << Explain("again");
  EXPECT_EQ(RowCount("target"), 1'000u);
  Change("again", R"({"spec":{"runNonce":"two"}})");
  ASSERT_TRUE(WaitFor([&] {
    return Get("again")["status"]["attempt"] == 2 &&
           Condition("again", "Succeeded")["status"] == "True";
  })) << Explain("again");
  EXPECT_EQ(RowCount("target"), 2'000u);  // it appends
}

TEST_F(OperatorTest, TheTtlRemovesWhatTheRunLeftAndNothingRunsAgain) {
  StartOperator();
  Apply("brief", CopySpecText{.more = R"({"ttlSecondsAfterFinished":0})"}.Json());
  ASSERT_EQ(WaitForEnd("brief"), "True") << Explain("brief");
  EXPECT_TRUE(WaitFor([&] { return Children().empty() && Claims().empty(); })) << Explain("brief");
  StopOperator();
  const std::uint64_t before = api_->requests();
  StartOperator("two");
  ASSERT_TRUE(WaitFor([&] { return api_->requests() > before + 5; }));
  EXPECT_FALSE(WaitFor([&] { return !Children().empty(); }, std::chrono::seconds(1)));
  EXPECT_EQ(RowCount("target"), 1'000u);
}

// Feature: Truncate is not atomic
TEST_F(OperatorTest, TheSecondWriterOfAPartitionWaits) {
  StartOperator();
  cluster_->HoldPods(true);
  const auto spec = [](const std::string& load) {
    return CopySpecText{
        .source = "parts", .source_partition = "dt=*", .target = "loads", .target_partition = load}
        .Json();
  };
  Apply("first", spec("load=5"));
  ASSERT_TRUE(WaitFor([&] { return Get("first")["status"]["attempt"] == 1; })) << Explain("first");
  Apply("second", spec("load=5"));
  Apply("other", spec("load=6"));
  ASSERT_TRUE(WaitFor([&] { return Reason("second") == "WaitingForTarget"; })) << Explain("second");
  EXPECT_THAT(std::string(Condition("second", "Succeeded")["message"]), HasSubstr("first"));
  ASSERT_TRUE(WaitFor([&] { return Get("other")["status"]["attempt"] == 1; })) << Explain("other");
  EXPECT_FALSE(Get("second")["status"].contains("attempt"));
  cluster_->HoldPods(false);
  EXPECT_EQ(WaitForEnd("first"), "True") << Explain("first");
  EXPECT_EQ(WaitForEnd("second"), "True") << Explain("second");
  EXPECT_EQ(WaitForEnd("other"), "True") << Explain("other");
  EXPECT_EQ(RowCount("loads", "load=5"), 1'600u);
  EXPECT_EQ(RowCount("loads", "load=6"), 800u);
}

TEST_F(OperatorTest, StreamsOfADataSourceAreSharedOut) {
  nlohmann::json here =
      api_->Object("/apis/culvert.dev/v1alpha1/namespaces/default/datasources/here");
  here["spec"]["maxCompute"]["limits"] = {{"maxConcurrentStreams", 2}};
  api_->Put("/apis/culvert.dev/v1alpha1/namespaces/default/datasources/here", here);
  StartOperator();
  cluster_->HoldPods(true);
  const auto spec = [](const std::string& load) {
    return CopySpecText{.source = "parts",
                        .source_partition = "dt=*",
                        .target = "loads",
                        .target_partition = load,
                        .concurrent = 2}
        .Json();
  };
  Apply("a", spec("load=7"));
  ASSERT_TRUE(WaitFor([&] { return Get("a")["status"]["streams"] == 2; })) << Explain("a");
  Apply("b", spec("load=8"));
  ASSERT_TRUE(WaitFor([&] { return Reason("b") == "WaitingForStreams"; })) << Explain("b");
  EXPECT_FALSE(Get("b")["status"].contains("attempt"));
  cluster_->HoldPods(false);
  EXPECT_EQ(WaitForEnd("a"), "True") << Explain("a");
  EXPECT_EQ(WaitForEnd("b"), "True") << Explain("b");
}

TEST_F(OperatorTest, ADeletedRunLeavesNothing) {
  StartOperator();
  cluster_->HoldPods(true);
  Apply("gone", CopySpecText{}.Json());
  ASSERT_TRUE(WaitFor([&] { return !api_->Objects("/apis/batch/v1/").empty(); }));
  DeleteJob("gone");
  EXPECT_TRUE(WaitFor([&] { return Children().empty() && Claims().empty(); })) << Explain("gone");
  // The same name again is another run.
  cluster_->HoldPods(false);
  Apply("gone", CopySpecText{}.Json());
  ASSERT_EQ(WaitForEnd("gone"), "True") << Explain("gone");
  EXPECT_EQ(Difference("source", "target"), "");
}

TEST_F(OperatorTest, AKilledPodIsReplacedAndLosesNoRow) {
  StartOperator();
  int load = 30;
  for (const char* step : {"-plan-0", "-transfer-1", "-commit-0", "-work-0"}) {
    const std::string partition = "load=" + std::to_string(load++);
    const std::string name = "killed" + std::string(step);
    cluster_->KillNext(step);
    const int before = cluster_->started();
    Apply(name, CopySpecText{.source = "parts",
                             .source_partition = "dt=*",
                             .target = "loads",
                             .target_partition = partition,
                             .truncate = true,
                             .concurrent = 4,
                             .threads = std::string(step) == "-work-0" ? 4 : 1}
                    .Json());
    ASSERT_EQ(WaitForEnd(name), "True") << Explain(name);
    EXPECT_EQ(Difference("loads", "all", partition), "") << step;
    EXPECT_EQ(Get(name)["status"]["attempt"], 1);
    EXPECT_GT(cluster_->started() - before, std::string(step) == "-work-0" ? 2 : 5) << step;
  }
}

TEST_F(OperatorTest, ALargePlanTravelsByTheLogAndInPieces) {
  MakeTable("many", "id bigint", "p string");
  MakeTable("one", "id bigint");
  for (int i = 0; i < 120; ++i) Fill("many", 2, "p=" + std::to_string(i));
  StartOperator();
  Apply("large", CopySpecText{.source = "many",
                              .source_partition = "p=*",
                              .target = "one",
                              .concurrent = 2,
                              .threads = 1}
                     .Json());
  ASSERT_EQ(WaitForEnd("large"), "True") << Explain("large");
  EXPECT_EQ(RowCount("one"), 240u);
}

TEST_F(OperatorTest, AForeignObjectInTheWayIsNamed) {
  Apply("clash", CopySpecText{}.Json());
  const std::string uid = Get("clash")["metadata"]["uid"];
  const std::string name = "clash-" + uid.substr(0, 8) + "-1-plan";
  api_->Put("/apis/batch/v1/namespaces/default/jobs/" + name,
            {{"apiVersion", "batch/v1"},
             {"kind", "Job"},
             {"metadata", {{"name", name}, {"namespace", "default"}}},
             {"spec", {{"completions", 0}, {"parallelism", 0}}}});
  StartOperator();
  ASSERT_TRUE(WaitFor([&] { return Reason("clash") == "NameConflict"; })) << Explain("clash");
  EXPECT_EQ(Condition("clash", "Stalled")["status"], "True");
  EXPECT_EQ(RowCount("target"), 0u);
}

TEST_F(OperatorTest, TwoThatLeadAtOnceComeToTheSameEnd) {
  const OperatorProcess one(*api_, "one");
  const OperatorProcess two(*api_, "two");
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(i);
    Apply("twice-" + n, CopySpecText{.source = "parts",
                                     .source_partition = "dt=*",
                                     .target = "loads",
                                     .target_partition = "load=2" + n,
                                     .concurrent = 2,
                                     .threads = i % 2 == 0 ? 2 : 1}
                            .Json());
  }
  for (int i = 0; i < 6; ++i) {
    const std::string name = "twice-" + std::to_string(i);
    EXPECT_EQ(WaitForEnd(name), "True") << Explain(name) << one.log() << two.log();
    EXPECT_EQ(Difference("loads", "all", "load=2" + std::to_string(i)), "");
    EXPECT_EQ(Get(name)["status"]["attempt"], 1);
  }
  EXPECT_TRUE(WaitFor([&] { return Claims().empty(); }));
}

TEST_F(OperatorTest, OneOfTwoLeadsAndTheOtherTakesOver) {
  const auto elected = [](const std::string& name) {
    return [name](control::OperatorOptions& options) {
      options.election =
          kube::LeaderElectionOptions{.lease = {.name_space = "culvert-system", .name = "op"},
                                      .identity = name,
                                      .lease_duration = std::chrono::seconds(3),
                                      .renew_deadline = std::chrono::seconds(2),
                                      .retry_period = std::chrono::milliseconds(100)};
    };
  };
  OperatorProcess one(*api_, "one", elected("one"));
  ASSERT_TRUE(WaitFor([&] { return one.work().Leads(); }));
  OperatorProcess two(*api_, "two", elected("two"));
  ASSERT_TRUE(WaitFor([&] { return two.work().IsReady(); }));
  EXPECT_FALSE(two.work().Leads());
  Apply("led", CopySpecText{}.Json());
  ASSERT_EQ(WaitForEnd("led"), "True") << Explain("led");
  one.Stop();
  ASSERT_TRUE(WaitFor([&] { return two.work().Leads(); }));
  Change("led", R"({"spec":{"runNonce":"two"}})");
  ASSERT_TRUE(WaitFor([&] {
    return Get("led")["status"]["attempt"] == 2 &&
           Condition("led", "Succeeded")["status"] == "True";
  })) << Explain("led");
  EXPECT_EQ(RowCount("target"), 2'000U);
}

/// A schedule that was made an hour ago and planned a run half an hour ago.
nlohmann::json HourOldSchedule(const std::string& job_spec) {
  const WallTime now = MakeSystemClock()->Now();
  const auto planned = std::chrono::floor<std::chrono::minutes>(now - std::chrono::minutes(30));
  const std::chrono::hh_mm_ss time(planned - std::chrono::floor<std::chrono::days>(planned));
  return {{"apiVersion", "culvert.dev/v1alpha1"},
          {"kind", "SyncSchedule"},
          {"metadata",
           {{"name", "nightly"},
            {"namespace", "default"},
            {"generation", 1},
            {"creationTimestamp", FormatRfc3339(now - std::chrono::hours(1))}}},
          {"spec",
           {{"schedule", std::to_string(time.minutes().count()) + " " +
                             std::to_string(time.hours().count()) + " * * *"},
            {"timeZone", "UTC"},
            {"parameters", nlohmann::json::array({{{"name", "what"}, {"value", "load"}}})},
            {"jobTemplate", {{"spec", nlohmann::json::parse(job_spec)}}}}}};
}

constexpr const char* kNightly =
    "/apis/culvert.dev/v1alpha1/namespaces/default/syncschedules/nightly";

// Feature: Resolved values in the status
// Feature: Catch-up
TEST_F(OperatorTest, AScheduleMakesUpForARunThatNobodyStarted) {
  api_->Put(kNightly, HourOldSchedule(CopySpecText{.source = "parts",
                                                   .source_partition = "dt=*",
                                                   .target = "loads",
                                                   .target_partition = "${what}=9",
                                                   .truncate = true}
                                          .Json()));
  StartOperator();
  std::string name;
  ASSERT_TRUE(WaitFor([&] {
    const nlohmann::json active = api_->Object(kNightly).value(
        nlohmann::json::json_pointer("/status/active"), nlohmann::json::array());
    if (!active.empty()) name = active[0]["name"];
    return !name.empty();
  })) << api_->Object(kNightly);
  ASSERT_EQ(WaitForEnd(name), "True") << Explain(name);
  EXPECT_EQ(Difference("loads", "all", "load=9"), "");
  EXPECT_EQ(Get(name)["status"]["resolvedParameters"][2],
            nlohmann::json({{"name", "what"}, {"value", "load"}}));
  ASSERT_TRUE(WaitFor([&] {
    return !api_->Object(kNightly)["status"].value("lastSuccessfulTime", "").empty();
  })) << api_->Object(kNightly);
  EXPECT_EQ(api_->Object(kNightly)["status"]["activeCount"], 0);
  EXPECT_EQ(api_->Object(kNightly)["status"]["missedRuns"], 0);
}

TEST_F(OperatorTest, ProbesAndMetricsAnswer) {
  OperatorProcess one(*api_, "one", [](control::OperatorOptions& options) {
    options.election = kube::LeaderElectionOptions{
        .lease = {.name_space = "culvert-system", .name = "op"}, .identity = "one"};
  });
  const auto clock = MakeSystemClock();
  const auto answer = [&](const char* path) {
    return control::AnswerStatus("GET", path, one.work(), *clock);
  };
  ASSERT_TRUE(WaitFor([&] { return answer("/readyz").status == 200; }));
  EXPECT_EQ(answer("/livez").status, 200);
  EXPECT_EQ(answer("/nothing").status, 404);
  EXPECT_EQ(control::AnswerStatus("POST", "/metrics", one.work(), *clock).status, 405);
  Apply("seen", CopySpecText{}.Json());
  nlohmann::json schedule = HourOldSchedule(CopySpecText{}.Json());
  schedule["spec"]["suspend"] = true;
  api_->Put(kNightly, schedule);
  ASSERT_EQ(WaitForEnd("seen"), "True") << Explain("seen");
  ASSERT_TRUE(WaitFor([&] {
    return answer("/metrics").body.find("culvert_operator_schedule_ready{") != std::string::npos;
  }));
  ASSERT_TRUE(WaitFor([&] {
    return answer("/metrics")
               .body.find("culvert_operator_jobs{namespace=\"default\",state=\"Succeeded\"} 1") !=
           std::string::npos;
  })) << answer("/metrics").body;
  const std::string text = answer("/metrics").body;
  for (const char* name :
       {"controller_runtime_reconcile_total{controller=\"syncjob\",result=\"success\"}",
        "workqueue_depth{", "culvert_operator_cache_objects{resource=\"syncjobs\"} 1",
        "culvert_operator_cache_objects{resource=\"syncschedules\"} 1",
        "culvert_operator_watch_events_total{", "culvert_operator_build_info{version=\"test\"} 1",
        "culvert_operator_transferred_records_total{direction=\"written\",namespace=\"default\"} "
        "1000"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
  // docs/metrics.md has the same series, row by row.
  std::set<std::string> rows;
  for (const char* prefix : {"culvert_operator_", "controller_runtime_", "workqueue_",
                             "rest_client_", "leader_election_"}) {
    rows.merge(MetricsPageRows(prefix));
  }
  EXPECT_EQ(ExposedRows(text, {"namespace", "reason", "data_source", "version", "host", "name"}),
            rows);
}

}  // namespace
}  // namespace culvert::test
