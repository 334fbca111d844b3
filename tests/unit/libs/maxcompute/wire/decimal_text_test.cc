// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/decimal_text.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace culvert::maxcompute::wire::internal {
namespace {

TEST(DecimalTextTest, ReadsNumbersAsTheyAre) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"0", "0"},
      {"-0", "0"},
      {"0.00", "0"},
      {"+7", "7"},
      {"007", "7"},
      {"1.50", "1.5"},
      {"-0.05", "-0.05"},
      {".5", "0.5"},
      {"5.", "5"},
      {"1E+3", "1000"},
      {"1E-10", "0.0000000001"},
      {"12.34e1", "123.4"},
      {"0e9", "0"},
      {"100", "100"},
      {"1000.0100", "1000.01"},
      {"123456789.000000000000000001", "123456789.000000000000000001"},
      {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
  };
  for (const auto& [text, expected] : table) {
    const auto decimal = ParseDecimal(text);
    ASSERT_TRUE(decimal.has_value()) << text;
    EXPECT_EQ(decimal->ToString(), expected) << text;
  }
}

TEST(DecimalTextTest, RefusesOtherText) {
  for (const std::string text : {"", "-", ".", "1.2.3", "1e", "1e+", "e5", "0x10", "1,5", " 1",
                                 "1 ", "1e12345", "nan", "--1", "1-"}) {
    EXPECT_FALSE(ParseDecimal(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseDecimal(std::string(201, '1')).has_value());
}

TEST(DecimalTextTest, CountsDigitsOnBothSides) {
  const auto digits = [](const char* text) {
    const auto decimal = ParseDecimal(text);
    return std::pair(decimal->IntegerDigits(), decimal->FractionDigits());
  };
  EXPECT_EQ(digits("123.4500"), std::pair(3, 2));
  EXPECT_EQ(digits("0.001"), std::pair(0, 3));
  EXPECT_EQ(digits("1e5"), std::pair(6, 0));
  EXPECT_EQ(digits("0"), std::pair(0, 0));
}

}  // namespace
}  // namespace culvert::maxcompute::wire::internal
