// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/engine/filter_value.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <variant>

namespace culvert::runner {
namespace {

using record::ColumnVector;

class FilterValueTest : public ::testing::Test {
 protected:
  static ColumnVector Of(const char* type) {
    ColumnVector values;
    values.physical = record::PhysicalOf(*record::Type::Parse(type));
    return values;
  }
  static ColumnVector Text(std::string_view text) {
    ColumnVector values = Of("string");
    values.AppendBytes(text);
    return values;
  }
  static ColumnVector Whole(const char* type, std::int64_t value) {
    ColumnVector values = Of(type);
    values.AppendInt64(value);
    return values;
  }
  static ColumnVector Double(double value) {
    ColumnVector values = Of("double");
    values.AppendDouble(value);
    return values;
  }
  static ColumnVector Null(const char* type) {
    ColumnVector values = Of(type);
    values.AppendNull();
    return values;
  }
  /// True when the row goes.
  static bool Drops(const char* type, const char* condition, const char* value,
                    const ColumnVector& values) {
    const auto rule = syncjob::ParseTransformer({"dx_filter", 0, {condition, value}});
    EXPECT_THAT(rule, test::IsOk());
    const auto filter =
        ValueFilter::Make(std::get<syncjob::FilterRows>(*rule), *record::Type::Parse(type));
    EXPECT_THAT(filter, test::IsOk());
    const auto verdict = filter->Judge(values, 0);
    EXPECT_NE(verdict, ValueFilter::Verdict::kNoText);
    return verdict == ValueFilter::Verdict::kDrop;
  }
};

TEST_F(FilterValueTest, ComparesIntegersAsIntegers) {
  EXPECT_TRUE(Drops("bigint", "<", "0", Whole("bigint", -1)));
  EXPECT_FALSE(Drops("bigint", "<", "0", Whole("bigint", 0)));
  EXPECT_TRUE(Drops("bigint", "<=", "0", Whole("bigint", 0)));
  EXPECT_TRUE(Drops("bigint", ">", "9", Whole("bigint", 10)));  // as text it would not
  EXPECT_TRUE(Drops("bigint", ">=", "9007199254740993", Whole("bigint", 9007199254740993)));
  EXPECT_FALSE(Drops("bigint", ">=", "9007199254740993", Whole("bigint", 9007199254740992)));
  EXPECT_TRUE(Drops("int", "=", "5", Whole("int", 5)));
  EXPECT_TRUE(Drops("int", "!=", "5", Whole("int", 6)));
}

TEST_F(FilterValueTest, ComparesTimesByMilliseconds) {
  EXPECT_TRUE(Drops("date", "=", "86400000", Whole("date", 1)));
  EXPECT_TRUE(Drops("date", ">", "0", Whole("date", std::numeric_limits<std::int64_t>::max())));
  EXPECT_TRUE(Drops("date", "<", "0", Whole("date", std::numeric_limits<std::int64_t>::min())));
  EXPECT_TRUE(Drops("datetime", ">", "1500", Whole("datetime", 1501)));
  ColumnVector timestamp = Of("timestamp");
  timestamp.AppendTimestamp(-1, 999'000'000);
  EXPECT_TRUE(Drops("timestamp", "=", "-1", timestamp));
}

TEST_F(FilterValueTest, ComparesFractionsAsDoubles) {
  EXPECT_TRUE(Drops("double", ">", "1.4", Double(1.5)));
  ColumnVector decimal = Of("decimal(10,2)");
  decimal.AppendBytes("10.50");
  EXPECT_TRUE(Drops("decimal(10,2)", "=", "10.5", decimal));
  EXPECT_TRUE(Drops("decimal(10,2)", ">", "9", decimal));
  EXPECT_TRUE(Drops("double", ">", "1e308", Double(std::numeric_limits<double>::infinity())));
  // NaN is different from everything, and neither more nor less.
  EXPECT_TRUE(Drops("double", "!=", "1", Double(std::nan(""))));
  for (const char* condition : {"=", ">", ">=", "<", "<="}) {
    EXPECT_FALSE(Drops("double", condition, "1", Double(std::nan("")))) << condition;
  }
}

TEST_F(FilterValueTest, ComparesTheRestAsText) {
  EXPECT_TRUE(Drops("string", "<", "9", Text("10")));
  EXPECT_TRUE(Drops("string", ">", "é", Text("€")));
  EXPECT_TRUE(Drops("boolean", "=", "true", Whole("boolean", 1)));
  EXPECT_FALSE(Drops("boolean", "=", "1", Whole("boolean", 1)));
}

TEST_F(FilterValueTest, MatchesTheWholeTextOfAnyType) {
  EXPECT_TRUE(Drops("string", "like", "data.*", Text("dataTest")));
  EXPECT_FALSE(Drops("string", "like", "data", Text("dataTest")));
  EXPECT_TRUE(Drops("string", "not like", "data", Text("dataTest")));
  EXPECT_TRUE(Drops("bigint", "like", "1[0-9]", Whole("bigint", 12)));
  EXPECT_TRUE(Drops("date", "like", "1970-.*", Whole("date", 1)));
}

// Feature: Transformers
TEST_F(FilterValueTest, KnowsNullByTheRulesOfDataX) {
  for (const char* type : {"string", "bigint", "double", "date"}) {
    for (const char* condition : {">", ">=", "<", "<="}) {
      EXPECT_FALSE(Drops(type, condition, "1", Null(type))) << type << condition;
    }
    EXPECT_FALSE(Drops(type, "=", "1", Null(type))) << type;
    EXPECT_TRUE(Drops(type, "!=", "1", Null(type))) << type;
    EXPECT_TRUE(Drops(type, "=", "Null", Null(type))) << type;
    EXPECT_FALSE(Drops(type, "!=", "null", Null(type))) << type;
    EXPECT_FALSE(Drops(type, "like", ".*", Null(type))) << type;
    EXPECT_TRUE(Drops(type, "not like", ".*", Null(type))) << type;
  }
  EXPECT_FALSE(Drops("bigint", "=", "null", Whole("bigint", 0)));
  EXPECT_TRUE(Drops("bigint", "!=", "null", Whole("bigint", 0)));
  EXPECT_FALSE(Drops("bigint", ">", "null", Whole("bigint", 1)));
  EXPECT_TRUE(Drops("string", "=", "null", Text("null")));
  EXPECT_FALSE(Drops("string", "=", "null", Text("NULL")));
}

TEST_F(FilterValueTest, DoesNotMatchWhatIsNoText) {
  const auto rule = syncjob::ParseTransformer({"dx_filter", 0, {"like", "a.*"}});
  const auto filter = ValueFilter::Make(std::get<syncjob::FilterRows>(*rule), record::Type{});
  EXPECT_EQ(filter->Judge(Text("a\xFF"), 0), ValueFilter::Verdict::kNoText);
}

}  // namespace
}  // namespace culvert::runner
