// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/journal.h"

#include "libs/syncjob/schema_contract.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace culvert::runner {
namespace {

using test::FailsBecause;
using test::FailsWith;
using test::IsOk;

syncjob::Plan SmallPlan() {
  syncjob::Plan plan;
  plan.job = "default/copy";
  plan.spec_hash = "abc";
  plan.created = "2026-01-02T03:04:05Z";
  syncjob::MaxComputeSource source;
  source.table = "a";
  source.column = {"*"};
  plan.spec.source = source;
  syncjob::MaxComputeTarget target;
  target.table = "b";
  target.column = {"*"};
  target.consistency_commit = true;
  plan.spec.target = target;
  plan.read_columns = {"id"};
  plan.read_column_types = {"bigint"};
  plan.columns = {
      {.target = "id", .target_type = "bigint", .source = "id", .source_type = "bigint"}};
  plan.sources = {{.partition = "", .download_id = "d", .rows = 100, .target = 0}};
  plan.targets = {{}};
  plan.sessions = {{.upload_id = "u", .target = 0, .shard = -1}};
  plan.shards = {{.streams = 1,
                  .blocks = {{.source = 0, .start = 0, .rows = 60, .session = 0, .block_id = 0},
                             {.source = 0, .start = 60, .rows = 40, .session = 0, .block_id = 1}}}};
  plan.rows = 100;
  return plan;
}

BlockRecord Block(std::size_t index, std::uint64_t rows) {
  BlockResult result;
  result.rows_read = result.rows_written = rows;
  result.content_hash = 0xFEDCBA9876543210ull;
  return {.where = {.shard = 0, .block = index}, .result = result};
}

// Writes a whole run, as `run` does.
void WriteRun(Journal& journal) {
  ASSERT_THAT(journal.BeginAttempt(1, "default/copy", "abc", "", "2026-01-02T03:04:05Z"), IsOk());
  ASSERT_THAT(journal.RecordSessionAsked("dt=1", "2026-01-02T03:04:05Z"), IsOk());
  ASSERT_THAT(journal.RecordSessionOpened("dt=1", "u"), IsOk());
  ASSERT_THAT(journal.RecordPlan(SmallPlan()), IsOk());
  ASSERT_THAT(journal.RecordPrepared({}), IsOk());
  ASSERT_THAT(journal.RecordBlock(Block(0, 60)), IsOk());
  ASSERT_THAT(journal.RecordBlock(Block(1, 40)), IsOk());
  syncjob::ShardReport report;
  report.rows_read = 100;
  report.route = "pass-through";
  ASSERT_THAT(journal.RecordShard(report), IsOk());
  ASSERT_THAT(journal.RecordDecision(), IsOk());
  ASSERT_THAT(journal.RecordCommitting(0), IsOk());
  ASSERT_THAT(journal.RecordCommitted(0), IsOk());
  syncjob::RunReport run;
  run.job = "default/copy";
  run.outcome = "Succeeded";
  run.started = run.finished = "2026-01-02T03:04:05Z";
  run.totals = report;
  ASSERT_THAT(journal.RecordFinished(run), IsOk());
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(JournalTest, SaysAfterReopeningWhatWasWritten) {
  const test::TempDir dir;
  {
    const auto journal = Journal::Open(dir / "state");
    ASSERT_THAT(journal, IsOk());
    WriteRun(**journal);
  }
  const auto again = Journal::Open(dir / "state");
  ASSERT_THAT(again, IsOk());
  const RunState& state = (*again)->state();
  EXPECT_EQ(state.attempt, 1);
  ASSERT_TRUE(state.plan.has_value());
  EXPECT_EQ(syncjob::PlanToJson(*state.plan), syncjob::PlanToJson(SmallPlan()));
  EXPECT_TRUE(state.prepared);
  ASSERT_EQ(state.blocks.size(), 2u);
  EXPECT_EQ(state.blocks.at({.shard = 0, .block = 1}).content_hash, 0xFEDCBA9876543210ull);
  EXPECT_EQ(state.shards.at(0).rows_read, 100u);
  EXPECT_TRUE(state.decided);
  EXPECT_TRUE(state.committed.contains(0));
  ASSERT_TRUE(state.finished.has_value());
  EXPECT_EQ(state.overwrite_sessions.at("dt=1"), "u");
  EXPECT_TRUE(state.overwrite_asked.empty());
  EXPECT_FALSE(state.unfinished());
}

TEST(JournalTest, SurvivesAKillAtEveryByte) {
  const test::TempDir dir;
  {
    const auto journal = Journal::Open(dir / "whole");
    ASSERT_THAT(journal, IsOk());
    WriteRun(**journal);
  }
  const std::string text = ReadAll(dir / "whole/journal.log");
  RunState expected;  // by the lines that are whole
  std::size_t lines_end = 0;
  ASSERT_THAT(EnsureDirectory(dir / "cut"), IsOk());
  for (std::size_t size = 0; size <= text.size(); ++size) {
    if (size > 0 && text[size - 1] == '\n') {
      ASSERT_THAT(ReplayLine(text.substr(lines_end, size - 1 - lines_end), expected), IsOk());
      lines_end = size;
    }
    if (size % 13 != 0 && size != lines_end) continue;
    std::ofstream(dir / "cut/journal.log", std::ios::binary | std::ios::trunc)
        << text.substr(0, size);
    const auto journal = Journal::Open(dir / "cut");
    ASSERT_THAT(journal, IsOk()) << size;
    const RunState& state = (*journal)->state();
    EXPECT_EQ(state.attempt, expected.attempt);
    EXPECT_EQ(state.plan.has_value(), expected.plan.has_value());
    EXPECT_EQ(state.blocks.size(), expected.blocks.size());
    EXPECT_EQ(state.decided, expected.decided);
    EXPECT_EQ(state.committing, expected.committing);
    EXPECT_EQ(state.committed, expected.committed);
    EXPECT_EQ(state.finished.has_value(), expected.finished.has_value());
  }
}

TEST(JournalTest, RefusesADamagedLine) {
  const test::TempDir dir;
  {
    const auto journal = Journal::Open(dir / "state");
    ASSERT_THAT(journal, IsOk());
    WriteRun(**journal);
  }
  std::string text = ReadAll(dir / "state/journal.log");
  text[40] ^= 1;
  std::ofstream(dir / "state/journal.log", std::ios::binary | std::ios::trunc) << text;
  EXPECT_THAT(Journal::Open(dir / "state"), FailsBecause("JournalDamaged"));
}

TEST(JournalTest, ANewAttemptKeepsOnlyItsOverwriteSessions) {
  const test::TempDir dir;
  const auto journal = Journal::Open(dir / "state");
  ASSERT_THAT(journal, IsOk());
  WriteRun(**journal);
  ASSERT_THAT((*journal)->BeginAttempt(2, "default/copy", "abc", "", "2026-01-02T04:00:00Z"),
              IsOk());
  const RunState& state = (*journal)->state();
  EXPECT_EQ(state.attempt, 2);
  EXPECT_FALSE(state.plan.has_value());
  EXPECT_TRUE(state.blocks.empty());
  EXPECT_FALSE(state.finished.has_value());
  EXPECT_EQ(state.overwrite_sessions.size(), 1u);
}

TEST(JournalTest, RemembersTheColumnsOfTheLastPlanOfTheSameSpec) {
  const test::TempDir dir;
  const auto journal = Journal::Open(dir / "state");
  ASSERT_THAT(journal, IsOk());
  WriteRun(**journal);
  const std::vector<std::string> columns = syncjob::ContractOf(*(*journal)->state().plan);
  ASSERT_FALSE(columns.empty());
  const auto begin = [&](std::int32_t attempt, const char* spec) {
    ASSERT_THAT((*journal)->BeginAttempt(attempt, "default/copy", spec, "", "2026-01-02T04:00:00Z"),
                IsOk());
  };
  begin(2, "abc");
  EXPECT_EQ((*journal)->state().contract_before, columns);
  begin(3, "abc");  // an attempt that was never planned changes nothing
  EXPECT_EQ((*journal)->state().contract_before, columns);
  begin(4, "another spec");
  EXPECT_FALSE((*journal)->state().contract_before.has_value());
}

TEST(JournalTest, RemembersWhyARunEnded) {
  const test::TempDir dir;
  {
    const auto journal = Journal::Open(dir / "state");
    ASSERT_THAT(journal, IsOk());
    ASSERT_THAT((*journal)->RecordTerminal(Unknown("look").Because("CommitOutcomeUnknown")),
                IsOk());
  }
  const auto again = Journal::Open(dir / "state");
  ASSERT_THAT(again, IsOk());
  ASSERT_TRUE((*again)->state().terminal.has_value());
  EXPECT_EQ((*again)->state().terminal->reason, "CommitOutcomeUnknown");
  EXPECT_EQ((*again)->state().terminal->code, ErrorCode::kUnknown);
}

TEST(JournalTest, IsOneProcessAtATime) {
  const test::TempDir dir;
  const auto journal = Journal::Open(dir / "state");
  ASSERT_THAT(journal, IsOk());
  EXPECT_THAT(Journal::Open(dir / "state"), FailsWith(ErrorCode::kFailedPrecondition));
}

TEST(JournalTest, KeepsTheInstancesOfPreSql) {
  const test::TempDir dir;
  const std::vector<syncjob::StatementRun> runs = {{.name = "target.preSql[0]", .instance = "i1"},
                                                   {.name = "target.preSql[1]", .instance = "i2"}};
  {
    auto journal = Journal::Open(dir / "state");
    ASSERT_THAT(journal, IsOk());
    ASSERT_THAT((*journal)->BeginAttempt(1, "default/copy", "abc", "", "2026-01-02T03:04:05Z"),
                IsOk());
    ASSERT_THAT((*journal)->RecordPlan(SmallPlan()), IsOk());
    ASSERT_THAT((*journal)->RecordPrepared(runs), IsOk());
  }
  const auto again = Journal::Open(dir / "state");
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE((*again)->state().prepared);
  EXPECT_EQ((*again)->state().statements, runs);
}

// A plan that was not recorded goes on with its queries; one that was has its own.
TEST(JournalTest, KeepsAQuerysNameUntilAPlanIsRecorded) {
  const test::TempDir dir;
  const auto begin = [](Journal& journal, std::int32_t attempt) {
    ASSERT_THAT(journal.BeginAttempt(attempt, "default/copy", "abc", "", "2026-01-02T03:04:05Z"),
                IsOk());
  };
  {
    auto journal = Journal::Open(dir / "state");
    ASSERT_THAT(journal, IsOk());
    begin(**journal, 1);
    ASSERT_THAT((*journal)->RecordQuery("seed", "2026-01-02T03:04:06Z"), IsOk());
  }
  auto journal = Journal::Open(dir / "state");
  ASSERT_THAT(journal, IsOk());
  begin(**journal, 1);
  EXPECT_EQ((*journal)->state().query_seed, "seed");
  EXPECT_EQ((*journal)->state().query_since, "2026-01-02T03:04:06Z");
  ASSERT_THAT((*journal)->RecordPlan(SmallPlan()), IsOk());
  begin(**journal, 2);
  EXPECT_EQ((*journal)->state().query_seed, "");
}

}  // namespace
}  // namespace culvert::runner
