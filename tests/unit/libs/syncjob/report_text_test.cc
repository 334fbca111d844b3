// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/report_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace culvert::syncjob {
namespace {

using testing::HasSubstr;

TEST(ReportTextTest, IsAnAlignedTable) {
  RunReport report;
  report.job = "default/flights-copy";
  report.attempt = 1;
  report.started = "2026-01-02T03:04:05Z";
  report.finished = "2026-01-02T03:04:07Z";
  report.outcome = "Succeeded";
  report.totals.rows_read = 336'776;
  report.totals.rows_written = 336'776;
  report.totals.bytes_read = 10 * 1024 * 1024;
  report.totals.bytes_written = 11 * 1024 * 1024;
  report.totals.bytes_raw = 40 * 1024 * 1024;
  report.totals.blocks = 12;
  report.totals.read_wait_ms = 1'500;
  report.totals.route = "pass-through";
  report.shards = 1;
  report.committed_partitions = {"month=1", "month=2"};
  report.bottleneck = "source";
  report.verified = "content hash";
  report.seconds = 2;
  EXPECT_EQ(ReportText(report),
            "job            default/flights-copy, attempt 1\n"
            "outcome        Succeeded\n"
            "time           2026-01-02T03:04:05Z to 2026-01-02T03:04:07Z, 2.0 s\n"
            "rows read      336,776\n"
            "rows written   336,776\n"
            "rows dirty     0\n"
            "bytes read     10.0 MiB\n"
            "bytes written  11.0 MiB\n"
            "record bytes   40.0 MiB\n"
            "rate           168,388 rows/s, 20.0 MiB/s\n"
            "waited         source 1.5 s, target 0.0 s, throttle 0.0 s (all streams)\n"
            "bottleneck     source\n"
            "route          pass-through, 12 blocks in 1 shard\n"
            "committed      2: month=1, month=2\n"
            "verified       content hash\n");
}

TEST(ReportTextTest, NamesABoundedNumberOfPartitions) {
  RunReport report;
  for (int i = 0; i < 1'234; ++i) report.committed_partitions.push_back("m=" + std::to_string(i));
  EXPECT_THAT(ReportText(report), HasSubstr("committed      1,234: m=0, m=1"));
  EXPECT_THAT(ReportText(report), HasSubstr("m=19 and 1214 more"));
  report.committed_partitions = {""};
  EXPECT_THAT(ReportText(report), HasSubstr("1: (the table)"));
}

}  // namespace
}  // namespace culvert::syncjob
