// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/text.h"

#include <gtest/gtest.h>

namespace culvert::plugin {
namespace {

TEST(TextTest, ABarIsFullOnlyAtTheEnd) {
  EXPECT_EQ(Bar(0, 10, 4), "[░░░░]   0 %");
  EXPECT_EQ(Bar(5, 10, 4), "[██░░]  50 %");
  EXPECT_EQ(Bar(999'999, 1'000'000, 4), "[███░]  99 %");
  EXPECT_EQ(Bar(10, 10, 4), "[████] 100 %");
  EXPECT_EQ(Bar(11, 10, 4), "[████] 100 %");
}

TEST(TextTest, DurationsHaveTheirTwoLargestUnits) {
  EXPECT_EQ(Duration(-3), "0s");
  EXPECT_EQ(Duration(59), "59s");
  EXPECT_EQ(Duration(60), "1m");
  EXPECT_EQ(Duration(134), "2m14s");
  EXPECT_EQ(Duration(3'600), "1h");
  EXPECT_EQ(Duration(11'100), "3h5m");
  EXPECT_EQ(Duration(90'000), "1d1h");
}

TEST(TextTest, ByteRatesAreInMebibytes) { EXPECT_EQ(ByteRate(13'002'342), "12.4 MiB/s"); }

TEST(TextTest, PaddingFillsUpAndCutsNothing) {
  EXPECT_EQ(Padded("plan", 6), "plan  ");
  EXPECT_EQ(Padded("transfer", 3), "transfer");
}

TEST(TextTest, OneLineIsOneLine) {
  EXPECT_EQ(OneLine("a\nb\t\x1b[1m\x7f", 100), "a b  [1m ");
  EXPECT_EQ(OneLine("abcdef", 3), "abc…");
  EXPECT_EQ(OneLine("aä", 2), "a…");  // not half of a character
}

TEST(TextTest, PaintsOnlyWhereAsked) {
  EXPECT_EQ(Painter(false)(Colour::kRed, "x"), "x");
  EXPECT_EQ(Painter(true)(Colour::kRed, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Painter(true)(Colour::kPlain, "x"), "x");
  EXPECT_EQ(Painter(true)(Colour::kRed, ""), "");
}

}  // namespace
}  // namespace culvert::plugin
