// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/dirty_record.h"

#include "libs/syncjob/dirty_layout.h"
#include "runner/dirty_files.h"
#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using test::IsOk;

/// The records of one dirty row whose one column is `text`.
record::RecordBatch RecordsOf(const std::string& text) {
  syncjob::Plan plan;
  plan.job = "prod/copy";
  plan.attempt = 2;
  plan.sources = {{.partition = "dt=1", .download_id = "", .rows = 9, .target = 0}};
  plan.columns.emplace_back().target = "t";
  record::Column column;
  column.name = "s";
  const std::vector<record::Column> columns = {column};
  record::RecordBatch in = record::RecordBatch::Make(columns);
  in.columns[0].AppendBytes(text);
  in.rows = 1;
  const auto schema = syncjob::DirtySchema();
  record::RecordBatch out = record::RecordBatch::Make(schema.columns);
  AppendDirtyRecord({.plan = plan, .columns = columns, .source = 0}, 3, in, 7,
                    {.row = 0, .column = 0, .reason = DirtyReason::kValueRefused, .message = "no"},
                    out);
  return out;
}

TEST(DirtyRecordTest, SaysWhatTheLineSays) {
  const record::RecordBatch batch = RecordsOf("é");
  ASSERT_EQ(batch.rows, 1u);
  const auto record = DirtyRecordAt(batch, 0);
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->shard, 3u);
  EXPECT_EQ(record->row, 7u);
  EXPECT_EQ(record->reason, "ValueRefused");
  EXPECT_EQ(record->parts, 1u);
  const auto line = ParseDirtyLine(record->line);
  ASSERT_THAT(line, IsOk());
  EXPECT_EQ(line->partition, "dt=1");
  EXPECT_EQ(line->values.columns[0].BytesAt(0), "é");
}

TEST(DirtyRecordTest, ALongLineIsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 2 * kDirtyPartBytesMax) text += "é";
  for (const std::string shift : {"", "x"}) {
    const record::RecordBatch batch = RecordsOf(shift + text);
    ASSERT_EQ(batch.rows, 3u);
    std::string line;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      const auto record = DirtyRecordAt(batch, row);
      ASSERT_THAT(record, IsOk());
      EXPECT_EQ(record->part, row);
      EXPECT_EQ(record->parts, 3u);
      EXPECT_LE(record->line.size(), kDirtyPartBytesMax);
      EXPECT_NE(static_cast<unsigned char>(record->line[0]) & 0xC0U, 0x80U);
      line += record->line;
    }
    const auto read = ParseDirtyLine(line);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(read->values.columns[0].BytesAt(0), shift + text);
  }
}

TEST(DirtyRecordTest, ASummaryIsNoRow) {
  record::RecordBatch batch = record::RecordBatch::Make(syncjob::DirtySchema().columns);
  const DirtySummary summary{.job = "prod/copy", .attempt = 2, .rows_dirty = 5};
  AppendSummaryRecord(summary, batch);
  const auto record = DirtyRecordAt(batch, 0);
  ASSERT_THAT(record, IsOk());
  EXPECT_EQ(record->shard, std::nullopt);
  EXPECT_EQ(record->reason, kRunFinished);
  EXPECT_EQ(ParseDirtySummary(record->line).value(), summary);
}

TEST(DirtyRecordTest, WhatMakesNoSenseIsDamaged) {
  const auto reason = [](void (*damage)(record::RecordBatch&)) {
    record::RecordBatch batch = RecordsOf("a");
    damage(batch);
    const auto record = DirtyRecordAt(batch, 0);
    return record ? std::string() : record.error().reason;
  };
  EXPECT_EQ(reason([](record::RecordBatch& b) { b.columns[10].present[0] = 0; }),
            "DirtyRowsDamaged");
  EXPECT_EQ(reason([](record::RecordBatch& b) { b.columns[5].present[0] = 0; }),
            "DirtyRowsDamaged");
  EXPECT_EQ(reason([](record::RecordBatch& b) { b.columns[8].int64s[0] = 1; }), "DirtyRowsDamaged");
  EXPECT_EQ(reason([](record::RecordBatch& b) { b.columns[4].present[0] = 0; }),
            "DirtyRowsDamaged");
  EXPECT_EQ(reason([](record::RecordBatch& b) { b.columns[2].int64s[0] = -1; }),
            "DirtyRowsDamaged");
  EXPECT_EQ(reason([](record::RecordBatch&) {}), "");
}

}  // namespace
}  // namespace culvert::runner
