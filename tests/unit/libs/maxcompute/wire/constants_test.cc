// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute::wire::testing {
namespace {

std::string HexOf(const char* type, std::string_view text) {
  const auto encoded = EncodeConstant(ParseType(type), text);
  return encoded ? HexEncode(BytesOf(*encoded)) : "refused";
}

TEST(ConstantsTest, EncodesByTable) {
  struct Row {
    const char* type;
    const char* text;
    const char* hex;
  };
  const std::vector<Row> table{
      {"boolean", "true", "01"},
      {"boolean", "FALSE", "00"},
      {"tinyint", "-128", "ff01"},
      {"int", "+5", "0a"},
      {"bigint", "-9223372036854775808", "ffffffffffffffffff01"},
      {"float", "1.5", "0000c03f"},
      {"double", "3.141592653589793", "182d4454fb210940"},
      {"double", "-inf", "000000000000f0ff"},
      {"double", "1e3", "0000000000408f40"},
      {"decimal(10,2)", "-0.50", "042d302e35"},
      {"decimal(10,2)", "1e3", "0431303030"},
      {"string", "", "00"},
      {"string", "nightly", "076e696768746c79"},
      {"varchar(2)", "数据", "06e695b0e68dae"},
      {"json", "{}", "027b7d"},
      {"date", "2024-02-29", "8cb502"},
      {"date", "1969-12-31", "01"},
      {"datetime", "2024-02-29 12:34:56.789", "aad2e2cdbe63"},
      {"timestamp", "2024-02-29 12:34:56.123456789", "e0e783de0caab4de75"},
      {"timestamp_ntz", "2024-02-29 12:34:56", "e0e783de0c00"},
      {"timestamp", "1969-12-31 23:59:58.5", "038094ebdc03"},
      {"interval_year_month", "1-2", "1c"},
      {"interval_year_month", "-0-3", "05"},
      {"interval_day_time", "1 02:03:04.000000005", "b0b90b0a"},
      {"interval_day_time", "-0 00:00:01.5", "038094ebdc03"},
      {"interval_day_time", "-0 00:00:01", "0100"},
  };
  for (const Row& row : table) EXPECT_EQ(HexOf(row.type, row.text), row.hex) << row.text;
}

TEST(ConstantsTest, RefusesWhatDoesNotFit) {
  struct Row {
    const char* type;
    std::string text;
  };
  const std::vector<Row> table{
      {"boolean", "1"},
      {"boolean", ""},
      {"tinyint", "128"},
      {"tinyint", "1.0"},
      {"int", "2147483648"},
      {"bigint", "9223372036854775808"},
      {"bigint", ""},
      {"bigint", "+-1"},
      {"bigint", "5 "},
      {"double", "abc"},
      {"double", "1e999"},
      {"float", ""},
      {"decimal(10,2)", "1.234"},
      {"decimal(10,2)", "123456789"},
      {"decimal(10,2)", ""},
      {"varchar(2)", "abc"},
      {"string", std::string(8 * 1024 * 1024 + 1, 'x')},
      {"date", "2023-02-29"},
      {"date", "2024-02-29 00:00:00"},
      {"date", "0000-01-01"},
      {"datetime", "2024-02-29 25:00:00"},
      {"timestamp", "2024-02-29 12:34:56."},
      {"timestamp", "2024-02-29 12:34:56.1234567890"},
      {"timestamp", "2024-02-29"},
      {"interval_year_month", "1-12"},
      {"interval_year_month", "1"},
      {"interval_day_time", "1 24:00:00"},
      {"interval_day_time", "02:03:04"},
      {"interval_day_time", "1 02:03:04x"},
  };
  for (const Row& row : table) {
    const auto encoded = EncodeConstant(ParseType(row.type), row.text);
    ASSERT_FALSE(encoded.has_value()) << row.type << " " << row.text.substr(0, 60);
    EXPECT_EQ(encoded.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ConstantsTest, NestedTypesHaveNone) {
  for (const char* type : {"array<int>", "map<int,int>", "struct<a:int>"}) {
    const auto encoded = EncodeConstant(ParseType(type), "x");
    ASSERT_FALSE(encoded.has_value());
    EXPECT_EQ(encoded.error().code, ErrorCode::kUnimplemented);
  }
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
