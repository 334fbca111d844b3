// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report.h"

#include <gtest/gtest.h>

#include <limits>

namespace culvert::syncjob {
namespace {

ShardReport AReport() {
  return {.shard = 3,
          .rows_read = 10,
          .rows_written = 9,
          .rows_dirty = 1,
          .rows_filtered = 4,
          .bytes_read = 11,
          .bytes_written = 12,
          .bytes_raw = 13,
          .blocks = 2,
          .content_hash = std::numeric_limits<std::uint64_t>::max() - 1,
          .read_wait_ms = 4,
          .write_wait_ms = 5,
          .throttle_wait_ms = 6,
          .commits_sent = 1,
          .route = "pass-through",
          .dirty_samples = {{.partition = "dt=1",
                             .row = 7,
                             .column = "small",
                             .reason = "ValueRefused",
                             .message = "too large"}}};
}

RunReport ARun() {
  return {.job = "default/x",
          .attempt = 1,
          .started = "2026-01-02T03:04:05Z",
          .finished = "2026-01-02T03:04:07Z",
          .outcome = "Succeeded",
          .totals = AReport(),
          .shards = 2,
          .committed_partitions = {"dt=1", "dt=2"},
          .bottleneck = "source",
          .verified = "content hash",
          .seconds = 2.5,
          .statements = {{.name = "target.preSql[0]", .instance = "i1"}},
          .dirty_place = "dirty_rows/run=x-1-0f"};
}

TEST(ReportTest, ShardReportRoundTrips) {
  const Result<ShardReport> back = ParseShardReport(ShardReportToJson(AReport()));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, AReport());
}

TEST(ReportTest, RunReportRoundTrips) {
  const Result<RunReport> back = ParseRunReport(RunReportToJson(ARun()));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, ARun());
}

TEST(ReportTest, TheLargestShardReportFitsATerminationMessage) {
  ShardReport report = AReport();
  const std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  report.shard = report.rows_read = report.rows_written = report.rows_dirty = report.rows_filtered =
      report.bytes_read = max;
  report.bytes_written = report.bytes_raw = report.blocks = report.read_wait_ms = max;
  report.write_wait_ms = report.throttle_wait_ms = report.commits_sent = max;
  EXPECT_LE(ShardReportToJson(report).size(), kShardReportBytesMax);
}

// Feature: A dirty record says why
TEST(ReportTest, SamplesAreCutToWhatFits) {
  const DirtySample wide{.partition = std::string(1'000, 'p'),
                         .row = 7,
                         .column = std::string(1'000, 'c'),
                         .reason = "ValueRefused",
                         .message = std::string(1'000, 'm')};
  const DirtySample cut = CutSample(wide);
  EXPECT_EQ(cut.partition, std::string(61, 'p') + "...");
  EXPECT_EQ(cut.column.size(), 64u);
  EXPECT_EQ(cut.message.size(), 120u);
  ShardReport report = AReport();
  report.dirty_samples.assign(kDirtySamplesMax, cut);
  EXPECT_EQ(ParseShardReport(ShardReportToJson(report)).value().dirty_samples.size(),
            kDirtySamplesMax);
  // Characters that JSON spells out take their room.
  report.dirty_samples.assign(kDirtySamplesMax, CutSample({.message = std::string(1'000, '\x01')}));
  const Result<ShardReport> fewer = ParseShardReport(ShardReportToJson(report));
  ASSERT_TRUE(fewer.has_value()) << fewer.error().message;
  EXPECT_LT(fewer->dirty_samples.size(), kDirtySamplesMax);
  EXPECT_GT(fewer->dirty_samples.size(), 0u);
}

TEST(ReportTest, ASampleAsText) {
  EXPECT_EQ(DirtySampleText(AReport().dirty_samples.front()),
            "row 7 of dt=1, column small: ValueRefused, too large");
  EXPECT_EQ(DirtySampleText({.row = 7, .column = "c", .reason = "ConversionFailed"}),
            "row 7, column c: ConversionFailed");
}

TEST(ReportTest, WrongTextsAreRefused) {
  for (const std::string_view text : {"", "{}", "[]", R"({"shard":1})"}) {
    EXPECT_FALSE(ParseShardReport(text).has_value()) << text;
    EXPECT_FALSE(ParseRunReport(text).has_value()) << text;
  }
  std::string hash = ShardReportToJson(AReport());
  hash.replace(hash.find("fffffffffffffffe"), 16, "fffffffffffffffg");
  EXPECT_FALSE(ParseShardReport(hash).has_value());
  EXPECT_FALSE(ParseShardReport(std::string(kShardReportBytesMax + 1, ' ')).has_value());
}

}  // namespace
}  // namespace culvert::syncjob
