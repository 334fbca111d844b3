// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/progress_view.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

ProgressLine Line() {
  return {.title = "flights → flights_copy",
          .rows = 208'801,
          .rows_total = 336'776,
          .bytes_raw = 10,
          .dirty = 0,
          .blocks = 3,
          .blocks_total = 12,
          .partitions = 12,
          .bytes_per_second = 54.1 * 1024 * 1024,
          .rows_per_second = 42'660};
}

TEST(ProgressViewTest, DrawsABar) {
  EXPECT_EQ(
      BarText(Line(), 200),
      "flights → flights_copy  [████████████░░░░░░░░]  62 %  208,801/336,776 rows  54.1 MiB/s  "
      "ETA 0:03  3/12 blocks of 12 partitions");
}

TEST(ProgressViewTest, AnEmptyRunIsWhole) {
  EXPECT_NE(BarText({}, 80).find("100 %"), std::string::npos);
}

TEST(ProgressViewTest, FitsANarrowTerminal) {
  EXPECT_EQ(BarText(Line(), 79),
            "[████████████░░░░░░░░]  62 %  208,801/336,776 rows  54.1 MiB/s  ETA 0:03");
  EXPECT_EQ(BarText(Line(), 40), " 62 %  208,801/336,776 rows  ETA 0:03");
  EXPECT_EQ(BarText(Line(), 3), " 62");
}

TEST(ProgressViewTest, WritesJson) {
  EXPECT_EQ(JsonText(Line()),
            R"({"blocks":3,"blocksTotal":12,"bytes":10,"bytesPerSecond":56727961,"dirty":0,)"
            R"("etaSeconds":3,"progress":"flights → flights_copy","rows":208801,)"
            R"("rowsPerSecond":42660,"rowsTotal":336776})");
}

}  // namespace
}  // namespace culvert::runner
