// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/decimal.h"

#include <gtest/gtest.h>

#include <string>

namespace culvert::emulator::sql {
namespace {

Decimal D(std::string_view text) { return Decimal::Parse(text).value(); }

TEST(DecimalTest, CanonicalTextIsOneForEqualNumbers) {
  EXPECT_EQ(D("1.50").ToString(), "1.5");
  EXPECT_EQ(D("-0.00").ToString(), "0");
  EXPECT_EQ(D("+0012").ToString(), "12");
  EXPECT_EQ(D("1E+3").ToString(), "1000");
  EXPECT_EQ(D("1E-10").ToString(), "0.0000000001");
  EXPECT_EQ(D(".5").ToString(), "0.5");
  EXPECT_EQ(D("100").ToString(), "100");
}

TEST(DecimalTest, RefusesOtherText) {
  for (const std::string_view text : {"", "-", ".", "1.2.3", "a", "1e", "1e999", "0x1", "1 "}) {
    EXPECT_FALSE(Decimal::Parse(text).has_value()) << text;
  }
}

TEST(DecimalTest, AddsAndMultipliesExactly) {
  EXPECT_EQ((D("0.1") + D("0.2")).ToString(), "0.3");
  EXPECT_EQ((D("99999999999999999999.999999999999999999") + D("0.000000000000000001")).ToString(),
            "100000000000000000000");
  EXPECT_EQ((D("1") - D("1.000000000000000001")).ToString(), "-0.000000000000000001");
  EXPECT_EQ((D("-5") + D("3")).ToString(), "-2");
  EXPECT_EQ((D("12345678901234567890") * D("-98765432109876543210")).ToString(),
            "-1219326311370217952237463801111263526900");
  EXPECT_EQ((D("0") * D("-1")).ToString(), "0");
}

TEST(DecimalTest, DividesToAScale) {
  EXPECT_EQ(Decimal::Divide(D("1"), D("3"), 5)->ToString(), "0.33333");
  EXPECT_EQ(Decimal::Divide(D("-10"), D("4"), 3)->ToString(), "-2.5");
  EXPECT_EQ(Decimal::Divide(D("1"), D("0.004"), 2)->ToString(), "250");
  EXPECT_FALSE(Decimal::Divide(D("1"), D("0"), 2).has_value());
  EXPECT_EQ(Decimal::Remainder(D("-7.5"), D("2"))->ToString(), "-1.5");
}

TEST(DecimalTest, RoundsHalfAwayFromZero) {
  EXPECT_EQ(D("2.345").Round(2).ToString(), "2.35");
  EXPECT_EQ(D("-2.345").Round(2).ToString(), "-2.35");
  EXPECT_EQ(D("0.4").Round(0).ToString(), "0");
  EXPECT_EQ(D("1250").Round(-2).ToString(), "1300");
  EXPECT_EQ(D("49").Round(-2).ToString(), "0");
  EXPECT_EQ(D("-1.99").Truncate(0).ToString(), "-1");
}

TEST(DecimalTest, ComparesByValue) {
  EXPECT_EQ(Decimal::Compare(D("10"), D("9.999")), 1);
  EXPECT_EQ(Decimal::Compare(D("-10"), D("9")), -1);
  EXPECT_EQ(Decimal::Compare(D("-2"), D("-10")), 1);
  EXPECT_EQ(Decimal::Compare(D("1.0"), D("1")), 0);
}

TEST(DecimalTest, KnowsItsPrecision) {
  EXPECT_TRUE(D("99.99").Fits(4, 2));
  EXPECT_FALSE(D("100").Fits(4, 2));
  EXPECT_EQ(D("9223372036854775807.9").ToInt64(), 9223372036854775807);
  EXPECT_FALSE(D("9223372036854775808").ToInt64().has_value());
}

}  // namespace
}  // namespace culvert::emulator::sql
