// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/progress_poller.h"

#include <gtest/gtest.h>

namespace culvert::control {
namespace {

TEST(ProgressPollerTest, ReadsWhatAPodSays) {
  const auto progress = ParseProgress(
      R"({"step":"transfer","rows":120,"rowsTotal":500,"bytes":4096,"rowsPerSecond":12.7,
          "bytesPerSecond":1e3,"shard":3})");
  ASSERT_TRUE(progress);
  EXPECT_EQ(
      *progress,
      (LiveProgress{.rows = 120, .bytes = 4096, .rows_per_second = 12, .bytes_per_second = 1000}));
}

TEST(ProgressPollerTest, NonsenseIsNoProgress) {
  for (const char* text : {"", "{", "[]", "7", R"({"bytes":1})", "<html>"}) {
    EXPECT_FALSE(ParseProgress(text)) << text;
  }
  EXPECT_EQ(ParseProgress(R"({"rows":-5,"bytes":"x"})"), LiveProgress{});
  EXPECT_EQ(ParseProgress(R"({"rows":1e300})")->rows, 9'000'000'000'000'000u);
}

}  // namespace
}  // namespace culvert::control
