// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/history_records.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"
#include "libs/base/json.h"
#include "libs/syncjob/plan_parcel.h"
#include "libs/syncjob/plan_record.h"
#include "runner/journal.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace culvert::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::SizeIs;

syncjob::Plan PlanOf(std::int32_t attempt) {
  syncjob::Plan plan;
  plan.job = "default/copy";
  plan.spec_hash = "abc";
  plan.created = "2026-01-02T03:04:05Z";
  plan.attempt = attempt;
  syncjob::MaxComputeSource source;
  source.table = "a";
  source.column = {"*"};
  plan.spec.source = source;
  syncjob::MaxComputeTarget target;
  target.table = "b";
  target.column = {"*"};
  target.consistency_commit = true;
  target.truncate = true;
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

TEST(HistoryRecordsTest, AnAttemptIsWhatItsPlanSays) {
  const HistoryAttempt attempt = AttemptOf("r", PlanOf(3));
  EXPECT_EQ(attempt.run, "r");
  EXPECT_EQ(attempt.attempt, 3);
  EXPECT_TRUE(attempt.atomic);
  EXPECT_TRUE(attempt.replaces);
  EXPECT_TRUE(attempt.same_rows);
  EXPECT_EQ(attempt.columns, 1u);
  EXPECT_THAT(attempt.downloads, ElementsAre("d"));
  EXPECT_THAT(attempt.sessions, ElementsAre("u"));
  ASSERT_THAT(attempt.blocks, SizeIs(2));
  EXPECT_EQ(attempt.blocks[1].id, 1u);
  EXPECT_EQ(attempt.rows(), 100u);
}

TEST(HistoryRecordsTest, AJournalTellsItsAttemptsAndEnds) {
  const TempDir dir;
  const std::string path = dir / "journal.log";
  const auto text = [&path] { return ReadWholeFile(path, 1 << 20).value(); };
  {
    auto journal = runner::Journal::Open(dir.path()).value();
    for (std::int32_t attempt = 1; attempt <= 2; ++attempt) {
      ASSERT_THAT(journal->BeginAttempt(attempt, "default/copy", "abc", "", "2026-01-02T03:04:05Z"),
                  IsOk());
      ASSERT_THAT(journal->RecordPlan(PlanOf(attempt)), IsOk());
      if (attempt == 1) {
        ASSERT_THAT(journal->RecordAbandoned(Unavailable("x")), IsOk());
      }
    }
    EXPECT_EQ(EndedAttempt(text()), 0);
    syncjob::RunReport report;
    report.job = "default/copy";
    report.attempt = 2;
    report.outcome = "Succeeded";
    report.totals.rows_written = 97;
    report.totals.rows_dirty = 2;
    report.totals.rows_filtered = 1;
    ASSERT_THAT(journal->RecordFinished(report), IsOk());
  }
  EXPECT_EQ(EndedAttempt(text()), 2);
  History history;
  AddJournal("r", text() + "00000000 {\"kind\":\"att", history);
  ASSERT_THAT(history.attempts, SizeIs(2));
  EXPECT_EQ(history.attempts[1].attempt, 2);
  ASSERT_THAT(history.ends, SizeIs(1));
  EXPECT_EQ(history.ends[0].attempt, 2);
  EXPECT_TRUE(history.ends[0].succeeded);
  EXPECT_EQ(history.ends[0].rows_written, 97u);
  EXPECT_EQ(history.ends[0].rows_left_out, 3u);
}

json MapOf(const std::string& uid) {
  return {{"kind", "ConfigMap"},
          {"metadata", {{"uid", uid}, {"ownerReferences", {{{"uid", "run-uid"}}}}}}};
}

json JobOf(const std::string& succeeded) {
  return {{"kind", "SyncJob"},
          {"metadata", {{"uid", "run-uid"}}},
          {"status",
           {{"attempt", 1},
            {"conditions",
             {{{"type", "Succeeded"},
               {"status", succeeded},
               {"lastTransitionTime", "2026-01-02T03:04:05Z"}}}},
            {"report", {{"rowsWritten", 99}, {"rowsDirty", 1}, {"rowsFiltered", 0}}}}}};
}

TEST(HistoryRecordsTest, ObjectsTellPlansAndEndsOnce) {
  HistoryObjects objects;
  json map = MapOf("m");
  map["data"] = {{syncjob::kSummaryFile, syncjob::SummaryToJson(syncjob::Summarize(PlanOf(1)))},
                 {syncjob::kPlanFile, syncjob::PlanToJson(PlanOf(1))}};
  EXPECT_FALSE(objects.Add(map).has_value());
  EXPECT_FALSE(objects.Add(map).has_value());
  EXPECT_FALSE(objects.Add(JobOf("Unknown")).has_value());
  EXPECT_EQ(objects.Add(JobOf("True")), std::pair(std::string("run-uid"), 1));
  EXPECT_FALSE(objects.Add(JobOf("True")).has_value());
  History history;
  objects.AddTo(history);
  ASSERT_THAT(history.attempts, SizeIs(1));
  EXPECT_THAT(history.attempts[0].sessions, ElementsAre("u"));
  ASSERT_THAT(history.ends, SizeIs(1));
  EXPECT_TRUE(history.ends[0].succeeded);
  EXPECT_EQ(history.ends[0].rows_written, 99u);
  EXPECT_EQ(history.ends[0].rows_left_out, 1u);
  EXPECT_TRUE(history.ends[0].at.has_value());
  EXPECT_THAT(history.artefacts, SizeIs(2));
}

TEST(HistoryRecordsTest, APlanInPiecesIsPutTogether) {
  syncjob::PlanSummary summary = syncjob::Summarize(PlanOf(1));
  const auto pieces = syncjob::PackForRecord(PlanOf(1), 200);
  ASSERT_GT(pieces.size(), 1u);
  summary.pieces = pieces.size();
  HistoryObjects objects;
  for (std::size_t i = pieces.size(); i-- > 0;) {
    json map = MapOf("m" + std::to_string(i));
    map["binaryData"] = {{syncjob::PlanPieceFile(i), Base64Encode(AsBytes(pieces[i]))}};
    if (i == 0) map["data"] = {{syncjob::kSummaryFile, syncjob::SummaryToJson(summary)}};
    (void)objects.Add(map);
  }
  History history;
  objects.AddTo(history);
  ASSERT_THAT(history.attempts, SizeIs(1));
  EXPECT_EQ(history.attempts[0].rows(), 100u);
}

TEST(HistoryRecordsTest, ReadsWhatAWatchWrote) {
  const std::string text = JobOf("True").dump(4) + "\n" + MapOf("m").dump(4) + "\n";
  const auto objects = ParseObjects(text + "{\n    \"kind\": \"Sync");
  ASSERT_THAT(objects, IsOk());
  ASSERT_THAT(*objects, SizeIs(2));
  EXPECT_EQ((*objects)[1]["metadata"]["uid"], "m");
  EXPECT_FALSE(ParseObjects("not json\n}\n").has_value());
}

}  // namespace
}  // namespace culvert::test
