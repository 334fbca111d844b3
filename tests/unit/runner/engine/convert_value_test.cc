// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/convert_value.h"

#include "libs/syncjob/conversion.h"
#include "runner/engine/row_text.h"
#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::runner {
namespace {

using record::Type;

Type T(const std::string& text) { return Type::Parse(text).value(); }

// The value of `text` read as `from` and converted to `to`, shown as in JSON; or `!reason`.
std::string Convert(const std::string& text, const std::string& from, const std::string& to) {
  record::ColumnVector literal;
  literal.physical = record::Physical::kBytes;
  literal.AppendBytes(text);
  const auto apply = [](const record::ColumnVector& in, const Type& a, const Type& b,
                        record::ColumnVector& out) -> std::string {
    const ConvertValue convert = FindConversion(a, b);
    if (convert == nullptr) return "!none";
    out.physical = record::PhysicalOf(b);
    const std::string_view reason = convert(in, 0, b, out);
    return reason.empty() ? "" : "!" + std::string(reason);
  };
  record::ColumnVector value;
  if (std::string failed = apply(literal, T("string"), T(from), value); !failed.empty()) {
    return "literal " + failed;
  }
  record::RecordBatch batch;
  batch.columns.resize(1);
  batch.rows = 1;
  if (std::string failed = apply(value, T(from), T(to), batch.columns[0]); !failed.empty()) {
    return failed;
  }
  const std::vector<record::Column> columns = {
      {.name = "v", .type = T(to), .nullable = true, .comment = {}, .default_value = {}}};
  std::string json;
  AppendRowJson(columns, batch, 0, json);
  return json.substr(5, json.size() - 6);
}

struct Case {
  const char* text;
  const char* from;
  const char* to;
  const char* result;
};

class ConvertValueTest : public ::testing::TestWithParam<Case> {};

// Feature: Integers never wrap
// Feature: Dates move by a day
TEST_P(ConvertValueTest, GivesTheValueOrAReason) {
  const Case& one = GetParam();
  const std::string result = Convert(one.text, one.from, one.to);
  if (one.result == std::string("!")) {
    EXPECT_EQ(result[0], '!') << one.text << " " << one.from << " to " << one.to << ": " << result;
  } else {
    EXPECT_EQ(result, one.result) << one.text << " " << one.from << " to " << one.to;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, ConvertValueTest,
    ::testing::Values(
        Case{"-9223372036854775808", "bigint", "string", "\"-9223372036854775808\""},
        Case{"9223372036854775807", "string", "bigint", "9223372036854775807"},
        Case{"9223372036854775808", "string", "bigint", "!"}, Case{"12.0", "string", "bigint", "!"},
        Case{"", "string", "bigint", "!"}, Case{" 1", "string", "bigint", "!"},
        Case{"1", "bigint", "boolean", "true"}, Case{"2", "bigint", "boolean", "!"},
        Case{"TRUE", "string", "boolean", "true"}, Case{"yes", "string", "boolean", "!"},
        Case{"true", "boolean", "bigint", "1"}, Case{"3", "double", "bigint", "3"},
        Case{"3.5", "double", "bigint", "!"}, Case{"9223372036854775808", "double", "bigint", "!"},
        Case{"-9223372036854775808", "double", "bigint", "!"}, Case{"nan", "double", "bigint", "!"},
        Case{"9007199254740993", "bigint", "double", "!"},
        Case{"9007199254740992", "bigint", "double", "9007199254740992"},
        Case{"9223372036854775807", "bigint", "double", "!"},
        Case{"16777217", "bigint", "float", "!"}, Case{"1e39", "double", "float", "!"},
        Case{"inf", "double", "float", "\"Infinity\""}, Case{"0.5", "float", "double", "0.5"},
        Case{"nan", "double", "string", "\"NaN\""},
        Case{"-inf", "double", "string", "\"-Infinity\""},
        Case{"0.1", "double", "string", "\"0.1\""}));

INSTANTIATE_TEST_SUITE_P(
    Decimals, ConvertValueTest,
    ::testing::Values(Case{"1.50", "decimal(10,2)", "decimal(10,1)", "\"1.5\""},
                      Case{"1.55", "decimal(10,2)", "decimal(10,1)", "!"},
                      Case{"1.00", "decimal(10,2)", "bigint", "1"},
                      Case{"1.01", "decimal(10,2)", "bigint", "!"},
                      Case{"5", "bigint", "decimal(10,2)", "\"5\""},
                      Case{"1E+3", "string", "decimal(10,2)", "\"1000\""},
                      Case{"1e-2", "string", "decimal(10,2)", "\"0.01\""},
                      Case{"+.5", "string", "decimal(10,2)", "\"0.5\""},
                      Case{"--1", "string", "decimal(10,2)", "!"},
                      Case{"1e9999999", "string", "decimal(10,2)", "!"},
                      Case{"inf", "double", "decimal(10,2)", "!"},
                      Case{"1e+20", "double", "decimal(30,2)", "\"100000000000000000000\""},
                      Case{"2.5", "decimal(10,2)", "double", "2.5"}));

INSTANTIATE_TEST_SUITE_P(
    Times, ConvertValueTest,
    ::testing::Values(
        Case{"2024-02-29", "date", "string", "\"2024-02-29\""},
        Case{"2023-02-29", "string", "date", "!"},
        Case{"0001-01-01", "string", "date", "\"0001-01-01\""},
        Case{"2024-02-29", "date", "datetime", "\"2024-02-29 00:00:00.000\""},
        Case{"1969-12-31 23:59:59.999", "string", "datetime", "\"1969-12-31 23:59:59.999\""},
        Case{"1969-12-31 23:59:59.999", "datetime", "timestamp",
             "\"1969-12-31 23:59:59.999000000\""},
        Case{"2024-02-29 12:34:56.123456789", "timestamp", "datetime", "!"},
        Case{"2024-02-29 12:34:56.123", "timestamp", "datetime", "\"2024-02-29 12:34:56.123\""},
        Case{"2024-02-29 12:34:56.123456789", "timestamp", "timestamp_ntz",
             "\"2024-02-29 12:34:56.123456789\""},
        Case{"2024-02-29 12:34:56.5", "timestamp", "string", "\"2024-02-29 12:34:56.500000000\""},
        Case{"2024-02-29 00:00:01", "datetime", "date", "!"},
        Case{"2024-02-29 00:00:00", "datetime", "date", "\"2024-02-29\""},
        Case{"2024-02-29", "string", "timestamp", "\"2024-02-29 00:00:00.000000000\""},
        Case{"2024-02-29 12:34:56.1234567891", "string", "timestamp", "!"},
        Case{"2024-02-29T12:34:56", "string", "bigint", "!"}));

TEST(ConvertValueTest, KnowsExactlyTheConversionsThatJobsMayAskFor) {
  const std::vector<std::string> types = {"boolean",
                                          "tinyint",
                                          "smallint",
                                          "int",
                                          "bigint",
                                          "float",
                                          "double",
                                          "decimal(38,18)",
                                          "decimal(10,2)",
                                          "string",
                                          "varchar(10)",
                                          "varchar(20)",
                                          "char(5)",
                                          "binary",
                                          "date",
                                          "datetime",
                                          "timestamp",
                                          "timestamp_ntz",
                                          "interval_day_time",
                                          "interval_year_month",
                                          "json",
                                          "array<int>",
                                          "array<bigint>",
                                          "map<string,int>",
                                          "struct<a:int>"};
  for (const std::string& from : types) {
    for (const std::string& to : types) {
      const bool allowed = syncjob::ConversionBetween(T(from), T(to)) != syncjob::Conversion::kNone;
      EXPECT_EQ(FindConversion(T(from), T(to)) != nullptr, allowed) << from << " to " << to;
    }
  }
}

TEST(PlainDecimalTest, WritesPlainNotation) {
  EXPECT_EQ(PlainDecimal("1E+3").value(), "1000");
  EXPECT_EQ(PlainDecimal("1E-10").value(), "0.0000000001");
  EXPECT_EQ(PlainDecimal("-0.50").value(), "-0.50");
  EXPECT_EQ(PlainDecimal("007").value(), "7");
  EXPECT_EQ(PlainDecimal("12.").value(), "12");
  EXPECT_FALSE(PlainDecimal("."));
  EXPECT_FALSE(PlainDecimal("1.2.3"));
  EXPECT_FALSE(PlainDecimal("e5"));
}

}  // namespace
}  // namespace culvert::runner
