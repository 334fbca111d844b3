// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/report_text.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

TEST(ReportTextTest, EndsWithWhatWasVerified) {
  syncjob::RunReport report;
  report.totals.rows_written = 336'776;
  EXPECT_EQ(VerifiedLine(report), "not verified: 336776 rows, 0 dirty");
  report.verified = "content hash";
  EXPECT_EQ(VerifiedLine(report), "verified: 336776 rows, 0 dirty, content hash equal");
}

TEST(ReportTextTest, NamesWhereMostOfTheTimeWent) {
  syncjob::ShardReport totals;
  EXPECT_EQ(Bottleneck(totals, 10), "cpu");
  totals.read_wait_ms = 6'000;
  EXPECT_EQ(Bottleneck(totals, 10), "source");
  totals.write_wait_ms = 7'000;
  EXPECT_EQ(Bottleneck(totals, 10), "target");
  totals.throttle_wait_ms = 7'000;
  EXPECT_EQ(Bottleneck(totals, 10), "throttle");
}

}  // namespace
}  // namespace culvert::runner
