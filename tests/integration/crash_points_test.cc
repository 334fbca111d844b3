// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_points.h"

#include "tests/integration/runner_fixture.h"
#include "tests/support/fault_plans.h"
#include "tests/support/poll.h"
#include "tests/support/sanitized.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>

#include <csignal>
#include <random>
#include <string>
#include <utility>

// Kills the runner before and after each of its remote requests, and at random times, and runs the
// same command again: no row may be lost or doubled, and under consistencyCommit nothing partial is
// ever visible.

namespace culvert::test {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;

constexpr std::uint64_t kPartitions = 4;
constexpr std::uint64_t kRowsEach = 150;
constexpr std::uint64_t kRows = kPartitions * kRowsEach;
constexpr std::uint64_t kFilteredFrom = 100;
constexpr std::uint64_t kOldRows = 7;
constexpr std::chrono::seconds kBudget{60};
constexpr int kAllRandomKills = 250;  // of each kind, in `make faults`; the operator's are others

// The kill is the kernel's doing and leaves nothing for a sanitizer to see but the run after it.
int RandomKills() { return AllFaults() ? kAllRandomKills : kSanitized ? 12 : 60; }

enum class Kind { kAppend, kReplace, kShards, kFilter, kStatements };

class CrashPointsTest : public RunnerFixture {
 protected:
  void SetUp() override {
    Start();
    if (HasFatalFailure()) return;
    MakeTable("parts", "id bigint, name string", "dt string");
    MakeTable("all", "id bigint, name string");
    MakeTable("some", "id bigint, name string");
    for (std::uint64_t i = 0; i < kPartitions; ++i) {
      Fill("parts", kRowsEach, "dt=" + std::to_string(i), i * kRowsEach);
      Fill("all", kRowsEach, "", i * kRowsEach);
    }
    Fill("some", kRows - kFilteredFrom, "", kFilteredFrom);
  }

  // A target of its own for each crash: empty when rows are appended, with old rows when replaced.
  JobText MakeJob(Kind kind, const std::string& name) {
    MakeTable(name, "id bigint, name string", "load string");
    if (kind == Kind::kReplace) Fill(name, kOldRows, "load=1", 1'000'000);
    JobText job;
    job.name = name;
    job.source =
        "{maxCompute: {dataSourceRef: {name: here}, table: parts, partition: ['dt=*'], "
        "column: ['*']}}";
    job.target = "{maxCompute: {dataSourceRef: {name: here}, table: " + name +
                 ", partition: 'load=1', column: ['*'], truncate: " +
                 (kind == Kind::kReplace ? "true" : "false") +
                 ", consistencyCommit: " + (kind == Kind::kShards ? "false" : "true") + "}}";
    job.setting = "{speed: {throttle: false, concurrent: 2}}";
    job.runner = kind == Kind::kShards ? "{threads: 1}" : "{threads: 4}";
    if (kind == Kind::kFilter) {
      job.source =
          "{maxCompute: {dataSourceRef: {name: here}, table: parts, partition: ['dt=*'], "
          "column: [id, 'concat(name, \"\")'], enableWhere: true, where: id >= " +
          std::to_string(kFilteredFrom) + "}}";
    }
    if (kind == Kind::kStatements) {
      MakeTable("log_" + name, "what string");
      job.target.insert(job.target.size() - 2, ", preSql: [" + LogOf(name, "before") +
                                                   "], postSql: [" + LogOf(name, "after") + "]");
    }
    return job;
  }

  static std::string LogOf(const std::string& name, const std::string& what) {
    return "\"insert into log_" + name + " values ('" + what + "')\"";
  }

  // What a reader may see of the target after a kill.
  void ExpectNothingPartial(Kind kind, const std::string& table) {
    const std::uint64_t seen = RowCount(table, "load=1");
    switch (kind) {
      case Kind::kAppend:
      case Kind::kStatements:
        EXPECT_THAT(seen, AnyOf(Eq(0u), Eq(kRows)));
        break;
      case Kind::kFilter:
        EXPECT_THAT(seen, AnyOf(Eq(0u), Eq(kRows - kFilteredFrom)));
        break;
      case Kind::kReplace:
        EXPECT_THAT(seen, AnyOf(Eq(kOldRows), Eq(kRows)));
        break;
      case Kind::kShards:
        EXPECT_EQ(seen % kRowsEach, 0u);
        break;
    }
  }

  void RunAgain(Kind kind, const std::string& file, const std::string& table) {
    ExpectNothingPartial(kind, table);
    const ProcessOutcome run = Runner(RunArgs(file));
    EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
    EXPECT_EQ(Difference(table, kind == Kind::kFilter ? "some" : "all", "load=1"), "");
    if (kind == Kind::kStatements) {
      EXPECT_THAT(Rows("log_" + table), ElementsAre(R"({"what":"after"})", R"({"what":"before"})"));
    }
  }

  // Kills at the n-th request of a run; false when the run had no so many.
  bool KillAtRequest(Kind kind, int n, const std::string& action, const std::string& table) {
    return KillAt(kind, R"("nth":)" + std::to_string(n), action, table);
  }

  // The same at the request that a rule's `match` describes.
  bool KillAt(Kind kind, const std::string& match, const std::string& action,
              const std::string& table) {
    const std::string file = WriteJob(MakeJob(kind, table));
    const auto rule =
        server().faults().Add(R"({"match":{)" + match + R"(},"action":)" + action + "}");
    EXPECT_THAT(rule, IsOk());
    auto process = Process::Start({.args = RunArgs(file)});
    EXPECT_THAT(process, IsOk());
    bool hit = false;
    EXPECT_TRUE(Eventually(kBudget, [&] {
      hit = server().faults().ListJson().find("\"hits\":1") != std::string::npos;
      return hit || (*process)->ExitCode().has_value();
    }));
    (*process)->Signal(SIGKILL);
    EXPECT_THAT((*process)->Wait(kBudget), IsOk());
    server().faults().Clear();
    RunAgain(kind, file, table);
    return hit;
  }

  void KillAtEveryRequest(Kind kind, const std::string& action) {
    constexpr int kRequestsMax = 200;
    CrashAtEveryPoint(kRequestsMax, [&](int n) {
      return KillAtRequest(kind, n, action, "t" + std::to_string(n));
    });
  }

  void KillAtRandomTimes(Kind kind, std::uint64_t seed, int times) {
    std::mt19937_64 random(seed);
    // About as long as a run takes.
    std::uniform_int_distribution<int> micros(0, kSanitized ? 600'000 : 60'000);
    const auto clock = MakeSystemClock();
    int kills = 0;
    // A run may be over before its kill comes: that is no kill.
    for (int i = 0; kills < times && i < 4 * times && !HasFailure(); ++i) {
      const int wait = micros(random);
      SCOPED_TRACE("seed " + std::to_string(seed) + " kill " + std::to_string(i) + " after " +
                   std::to_string(wait) + " us");
      const std::string table = "r" + std::to_string(i);
      const std::string file = WriteJob(MakeJob(kind, table));
      auto process = Process::Start({.args = RunArgs(file)});
      ASSERT_THAT(process, IsOk());
      clock->SleepUntil(clock->SteadyNow() + std::chrono::microseconds(wait), std::stop_token());
      (*process)->Signal(SIGKILL);
      const auto code = (*process)->Wait(kBudget);
      ASSERT_THAT(code, IsOk());
      if (*code == 128 + SIGKILL) ++kills;
      RunAgain(kind, file, table);
    }
    EXPECT_EQ(kills, times);
    TellFaults(kills, kills);
  }
};

// The request reaches the server a while after the runner is gone.
constexpr const char* kBefore = R"({"kind":"delay","ms":150})";
// The request is applied, its answer never seen.
constexpr const char* kAfter = R"({"kind":"drop_reply"})";

// Feature: Rows twice after a restart
TEST_F(CrashPointsTest, AppendsOnceWhenKilledBeforeAnyRequest) {
  KillAtEveryRequest(Kind::kAppend, kBefore);
}

// Feature: Rows twice after a restart
TEST_F(CrashPointsTest, AppendsOnceWhenKilledAfterAnyRequest) {
  KillAtEveryRequest(Kind::kAppend, kAfter);
}

TEST_F(CrashPointsTest, ReplacesOnceWhenKilledBeforeAnyRequest) {
  KillAtEveryRequest(Kind::kReplace, kBefore);
}

TEST_F(CrashPointsTest, ReplacesOnceWhenKilledAfterAnyRequest) {
  KillAtEveryRequest(Kind::kReplace, kAfter);
}

TEST_F(CrashPointsTest, CommitsEachShardOnceWhenKilledBeforeAnyRequest) {
  KillAtEveryRequest(Kind::kShards, kBefore);
}

TEST_F(CrashPointsTest, CommitsEachShardOnceWhenKilledAfterAnyRequest) {
  KillAtEveryRequest(Kind::kShards, kAfter);
}

TEST_F(CrashPointsTest, ReadsAFilterWholeWhenKilledBeforeAnyRequest) {
  KillAtEveryRequest(Kind::kFilter, kBefore);
}

TEST_F(CrashPointsTest, ReadsAFilterWholeWhenKilledAfterAnyRequest) {
  KillAtEveryRequest(Kind::kFilter, kAfter);
}

// Not killed before a request: a statement that reaches the service only after it was looked for
// runs twice, which docs/ordering.md says.
// Feature: preSql and postSql
TEST_F(CrashPointsTest, RunsStatementsOnceWhenKilledAfterWhatChangesSomething) {
  // The plan's partition, preSql, postSql; rows; their commit. Not at every request: looking for a
  // statement reads all instances of the project, those of the runs before this one too.
  const std::pair<const char*, int> points[] = {{"sql.submit", 1},
                                                {"sql.submit", 2},
                                                {"sql.submit", 3},
                                                {"block.put", 1},
                                                {"upload.commit", 1}};
  int n = 0;
  for (const auto& [operation, nth] : points) {
    SCOPED_TRACE(std::string(operation) + " " + std::to_string(nth));
    EXPECT_TRUE(
        KillAt(Kind::kStatements,
               R"("operation":")" + std::string(operation) + R"(","nth":)" + std::to_string(nth),
               kAfter, "t" + std::to_string(++n)));
  }
}

TEST_F(CrashPointsTest, TakesOverTheQueryOfAPlanThatWasInterrupted) {
  const std::string file = WriteJob(MakeJob(Kind::kFilter, "target"));
  ASSERT_THAT(server().faults().Add(R"({"match":{"operation":"instance.download.create"},)"
                                    R"("action":{"kind":"delay","ms":150}})"),
              IsOk());
  auto process = Process::Start({.args = RunArgs(file)});
  ASSERT_THAT(process, IsOk());
  EXPECT_TRUE(Eventually(kBudget, [&] {
    return server().faults().ListJson().find("\"hits\":1") != std::string::npos;
  }));
  (*process)->Signal(SIGKILL);
  EXPECT_THAT((*process)->Wait(kBudget), IsOk());
  server().faults().Clear();
  // Rows that came since the query ran are not among its own.
  Fill("parts", 5, "dt=0", 5'000);
  // Counts the submissions of the second process and changes none.
  ASSERT_THAT(server().faults().Add(
                  R"({"match":{"operation":"sql.submit"},"action":{"kind":"delay","ms":1}})"),
              IsOk());
  RunAgain(Kind::kFilter, file, "target");
  // That of the target's partition, and not the query's.
  EXPECT_THAT(server().faults().ListJson(), HasSubstr("\"hits\":1"));
}

// Feature: Append
TEST_F(CrashPointsTest, AppendsOnceWhenKilledAtRandomTimes) {
  KillAtRandomTimes(Kind::kAppend, 20260102, RandomKills());
}

// Feature: Truncate makes a second run idempotent
TEST_F(CrashPointsTest, ReplacesOnceWhenKilledAtRandomTimes) {
  KillAtRandomTimes(Kind::kReplace, 20260103, RandomKills());
}

TEST_F(CrashPointsTest, CommitsEachShardOnceWhenKilledAtRandomTimes) {
  KillAtRandomTimes(Kind::kShards, 20260104, RandomKills());
}

TEST_F(CrashPointsTest, AsksWhatBecameOfACommitWhoseAnswerWasLost) {
  const std::string file = WriteJob(MakeJob(Kind::kAppend, "target"));
  ASSERT_THAT(server().faults().Add(
                  R"({"match":{"operation":"upload.commit"},"action":{"kind":"drop_reply"}})"),
              IsOk());
  const ProcessOutcome run = Runner(RunArgs(file));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("target", "all", "load=1"), "");
  EXPECT_THAT(server().faults().ListJson(), HasSubstr("\"hits\":1"));
}

TEST_F(CrashPointsTest, SendsOneMoreCommitWhenTheFirstWasNotApplied) {
  const std::string file = WriteJob(MakeJob(Kind::kAppend, "target"));
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"upload.commit","nth":1},"action":{"kind":"status","status":500}})"),
      IsOk());
  const ProcessOutcome run = Runner(RunArgs(file));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_EQ(Difference("target", "all", "load=1"), "");
}

TEST_F(CrashPointsTest, SaysWhatToCheckWhenTheOutcomeOfACommitCannotBeKnown) {
  const std::string file = WriteJob(MakeJob(Kind::kAppend, "target"));
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"upload.commit"},"action":{"kind":"session_state","state":"critical"}})"),
      IsOk());
  const ProcessOutcome run = Runner(RunArgs(file));
  EXPECT_EQ(run.exit_code, 41) << run.stderr_text;
  EXPECT_THAT(run.stderr_text, HasSubstr("compare the rows of target/load=1"));
  server().faults().Clear();
  const ProcessOutcome again = Runner(RunArgs(file));
  EXPECT_EQ(again.exit_code, 41);
}

TEST_F(CrashPointsTest, StartsOverWhenSessionsExpiredBeforeAnyCommit) {
  const std::string file = WriteJob(MakeJob(Kind::kAppend, "target"));
  ASSERT_THAT(
      server().faults().Add(
          R"({"match":{"operation":"block.put","nth":2},"action":{"kind":"expire_session"}})"),
      IsOk());
  const ProcessOutcome run = Runner(RunArgs(file));
  EXPECT_EQ(run.exit_code, 0) << run.stderr_text;
  EXPECT_THAT(run.stdout_text, HasSubstr("attempt 2"));
  EXPECT_EQ(Difference("target", "all", "load=1"), "");
}

TEST_F(CrashPointsTest, StopsCleanlyOnASignalAndResumes) {
  for (const int number : {SIGTERM, SIGINT}) {
    SCOPED_TRACE(number);
    const std::string table = "stopped" + std::to_string(number);
    const std::string file = WriteJob(MakeJob(Kind::kAppend, table));
    ASSERT_THAT(
        server().faults().Add(
            R"({"match":{"operation":"block.put","nth":2},"action":{"kind":"delay","ms":400}})"),
        IsOk());
    auto process = Process::Start({.args = RunArgs(file)});
    ASSERT_THAT(process, IsOk());
    ASSERT_TRUE(Eventually(kBudget, [&] {
      return server().faults().ListJson().find("\"hits\":1") != std::string::npos;
    }));
    (*process)->Signal(number);
    const auto code = (*process)->Wait(kBudget);
    ASSERT_THAT(code, IsOk());
    EXPECT_EQ(*code, 143);
    EXPECT_EQ((*process)->stderr_text(),
              "error: stopped; the same command goes on from here [cancelled]\n");
    server().faults().Clear();
    RunAgain(Kind::kAppend, file, table);
  }
}

}  // namespace
}  // namespace culvert::test
