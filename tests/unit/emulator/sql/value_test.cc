// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/value.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace culvert::emulator::sql {
namespace {

using record::Type;
using record::TypeKind;

Type T(std::string_view text) { return Type::Parse(text).value(); }

/// The value as shown after a cast from text, or `error: ...`.
std::string Cast(std::string_view text, std::string_view to, CastMode mode = CastMode::kExplicit) {
  const auto value = CastValue(Value::Text(std::string(text)), T("string"), T(to), mode);
  return value ? DisplayText(*value, T(to)) : "error: " + value.error().message;
}

TEST(ValueTest, CastsTextToNumbers) {
  EXPECT_EQ(Cast("12", "bigint"), "12");
  EXPECT_EQ(Cast(" -12.9 ", "bigint"), "-12");
  EXPECT_EQ(Cast("127", "tinyint"), "127");
  EXPECT_EQ(Cast("128", "tinyint"), "error: value 128 is out of range for tinyint");
  EXPECT_EQ(Cast("abc", "bigint"), "error: value 'abc' of type string cannot be cast to bigint");
  EXPECT_EQ(Cast("1e3", "double"), "1000.0");
  EXPECT_EQ(Cast("0.1", "float"), "0.1");
  EXPECT_EQ(Cast("1.005", "decimal(10,2)"), "1.01");
  EXPECT_EQ(Cast("123.4", "decimal(4,2)"), "error: value 123.4 is out of range for decimal(4,2)");
  EXPECT_EQ(Cast("TRUE", "boolean"), "true");
}

TEST(ValueTest, CastsTextToTimes) {
  EXPECT_EQ(Cast("2024-02-29", "date"), "2024-02-29");
  EXPECT_EQ(Cast("2023-02-29", "date").substr(0, 5), "error");
  EXPECT_EQ(Cast("2024-02-29 12:34:56.789", "datetime"), "2024-02-29 12:34:56.789");
  EXPECT_EQ(Cast("2024-02-29T12:34:56Z", "timestamp"), "2024-02-29 12:34:56");
  EXPECT_EQ(Cast("2024-02-29 12:34:56.123456789", "timestamp"), "2024-02-29 12:34:56.123456789");
  EXPECT_EQ(Cast("2024-02-29 12:34:56.123456789", "datetime"), "2024-02-29 12:34:56.123");
  EXPECT_EQ(Cast("2024-02-29 24:00:00", "datetime").substr(0, 5), "error");
}

TEST(ValueTest, CutsTextOnlyWhenAsked) {
  EXPECT_EQ(Cast("grüße", "varchar(3)"), "grü");
  EXPECT_EQ(Cast("grüße", "varchar(3)", CastMode::kAssign),
            "error: a text of 5 characters is too long for varchar(3)");
}

TEST(ValueTest, EveryTypeComesBackAsItWent) {
  struct Case {
    std::string_view type;
    Value value;
  };
  const Case cases[] = {
      {"boolean", Value::Integer(1)},
      {"tinyint", Value::Integer(-128)},
      {"smallint", Value::Integer(32767)},
      {"int", Value::Integer(-2147483648)},
      {"bigint", Value::Integer(std::numeric_limits<std::int64_t>::min())},
      {"float", Value::Real(1.5)},
      {"double", Value::Real(-0.0)},
      {"decimal(38,18)", Value::Text("123456789.000000000000000001")},
      {"string", Value::Text(std::string("a\0b", 3))},
      {"varchar(5)", Value::Text("")},
      {"char(5)", Value::Text("x")},
      {"binary", Value::Blob("\xff\x00")},
      {"date", Value::Text("0001-01-01")},
      {"datetime", Value::Text("1969-12-31 23:59:59.999")},
      {"timestamp", Value::Text("1969-12-31 23:59:58.5")},
      {"timestamp_ntz", Value::Text("9999-12-31 23:59:59.999999999")},
      {"interval_day_time", Value::Text("-1.5")},
      {"interval_year_month", Value::Integer(-13)},
      {"json", Value::Text("{\"a\":1}")},
      {"array<bigint>", Value::Text("[1,null,3]")},
      {"map<string,double>", Value::Text("{\"k\":1.5}")},
      {"struct<a:int,b:string>", Value::Text("{\"a\":7,\"b\":null}")},
  };
  for (const Case& one : cases) {
    const Type type = T(one.type);
    record::ColumnVector column;
    column.physical = record::PhysicalOf(type);
    ASSERT_THAT(AppendCell(one.value, type, column), test::IsOk()) << one.type;
    ASSERT_THAT(AppendCell(Value::Null(), type, column), test::IsOk());
    const Value read = ReadCell(column, 0, type);
    EXPECT_EQ(read.storage, one.value.storage) << one.type;
    EXPECT_EQ(DisplayText(read, type), DisplayText(one.value, type)) << one.type;
    EXPECT_TRUE(ReadCell(column, 1, type).is_null());
  }
}

TEST(ValueTest, RefusesWhatDoesNotFitTheColumn) {
  record::ColumnVector column;
  EXPECT_THAT(AppendCell(Value::Integer(300), T("tinyint"), column),
              test::FailsWith(ErrorCode::kOutOfRange));
  EXPECT_THAT(AppendCell(Value::Real(1e30), T("bigint"), column),
              test::FailsWith(ErrorCode::kOutOfRange));
  EXPECT_THAT(AppendCell(Value::Text("x"), T("bigint"), column),
              test::FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(AppendCell(Value::Text("yesterday"), T("date"), column),
              test::FailsWith(ErrorCode::kInvalidArgument));
}

TEST(ValueTest, ShowsRealsAsTheShortestText) {
  EXPECT_EQ(FormatDouble(1), "1.0");
  EXPECT_EQ(FormatDouble(0.1), "0.1");
  EXPECT_EQ(FormatDouble(1e300), "1e+300");
  EXPECT_EQ(FormatDouble(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(FormatFloat(std::nanf("")), "NaN");
}

TEST(ValueTest, TextOfTimeSortsAsTime) {
  EXPECT_LT(FormatInstant({100, 0}), FormatInstant({100, 1}));
  EXPECT_LT(FormatInstant({100, 123'000'000}), FormatInstant({100, 500'000'000}));
  EXPECT_LT(FormatInstant({-1, 999'999'999}), FormatInstant({0, 0}));
}

TEST(ValueTest, BinaryIsShownPrintable) {
  EXPECT_EQ(DisplayText(Value::Blob("a=\xff"), T("binary")), "a=3D=FF");
}

}  // namespace
}  // namespace culvert::emulator::sql
