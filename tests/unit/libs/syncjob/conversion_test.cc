// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/conversion.h"

#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/convert_value.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace culvert::syncjob {
namespace {

record::Type T(std::string_view text) { return *record::Type::Parse(text); }

const std::vector<std::string>& Samples() {
  static const std::vector<std::string> kTypes = {"boolean",
                                                  "tinyint",
                                                  "smallint",
                                                  "int",
                                                  "bigint",
                                                  "float",
                                                  "double",
                                                  "decimal(10,2)",
                                                  "decimal(38,18)",
                                                  "decimal(12,2)",
                                                  "string",
                                                  "varchar(5)",
                                                  "varchar(10)",
                                                  "char(5)",
                                                  "char(10)",
                                                  "binary",
                                                  "json",
                                                  "date",
                                                  "datetime",
                                                  "timestamp",
                                                  "timestamp_ntz",
                                                  "interval_day_time",
                                                  "interval_year_month",
                                                  "array<int>",
                                                  "array<bigint>",
                                                  "map<string,int>",
                                                  "struct<a:int>",
                                                  "struct<b:int>"};
  return kTypes;
}

/// The plan promises what the engine does: a pair that is refused, copied or converted here is so
/// there.
TEST(ConversionTest, AgreesWithTheWireAndTheEngine) {
  for (const std::string& a : Samples()) {
    for (const std::string& b : Samples()) {
      const Conversion conversion = ConversionBetween(T(a), T(b));
      EXPECT_EQ(conversion == Conversion::kCopy, maxcompute::wire::CopiesTo(T(a), T(b)))
          << a << " -> " << b;
      if (conversion == Conversion::kConvert) {
        EXPECT_NE(runner::FindConversion(T(a), T(b)), nullptr) << a << " -> " << b;
      }
      if (conversion == Conversion::kNone) {
        EXPECT_EQ(runner::FindConversion(T(a), T(b)), nullptr) << a << " -> " << b;
      }
    }
  }
}

TEST(ConversionTest, EqualTypesAreCopied) {
  for (const std::string& type : Samples()) {
    EXPECT_EQ(ConversionBetween(T(type), T(type)), Conversion::kCopy) << type;
  }
}

TEST(ConversionTest, WideningIsACopyAndNarrowingAConversion) {
  EXPECT_EQ(ConversionBetween(T("int"), T("bigint")), Conversion::kCopy);
  EXPECT_EQ(ConversionBetween(T("bigint"), T("int")), Conversion::kConvert);
  EXPECT_EQ(ConversionBetween(T("varchar(5)"), T("varchar(10)")), Conversion::kCopy);
  EXPECT_EQ(ConversionBetween(T("varchar(10)"), T("varchar(5)")), Conversion::kConvert);
  EXPECT_EQ(ConversionBetween(T("varchar(5)"), T("string")), Conversion::kCopy);
  EXPECT_EQ(ConversionBetween(T("string"), T("varchar(5)")), Conversion::kConvert);
  EXPECT_EQ(ConversionBetween(T("decimal(10,2)"), T("decimal(12,2)")), Conversion::kCopy);
  EXPECT_EQ(ConversionBetween(T("decimal(12,2)"), T("decimal(10,2)")), Conversion::kConvert);
}

// Feature: Pairs without meaning are refused
// Feature: Nulls for unknown types
TEST(ConversionTest, MeaninglessPairsAreRefused) {
  EXPECT_EQ(ConversionBetween(T("date"), T("bigint")), Conversion::kNone);
  EXPECT_EQ(ConversionBetween(T("binary"), T("bigint")), Conversion::kNone);
  EXPECT_EQ(ConversionBetween(T("array<int>"), T("string")), Conversion::kNone);
  EXPECT_EQ(ConversionBetween(T("string"), T("array<int>")), Conversion::kNone);
  EXPECT_EQ(ConversionBetween(T("interval_day_time"), T("string")), Conversion::kNone);
}

}  // namespace
}  // namespace culvert::syncjob
