// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/type.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace culvert::record {
namespace {

TEST(TypeTest, ReadsEveryFormAndWritesTheShortOne) {
  const std::vector<std::pair<std::string, std::string>> table{
      {"bigint", "bigint"},
      {"BIGINT", "bigint"},
      {"  TinyInt ", "tinyint"},
      {"smallint", "smallint"},
      {"int", "int"},
      {"boolean", "boolean"},
      {"float", "float"},
      {"double", "double"},
      {"string", "string"},
      {"binary", "binary"},
      {"date", "date"},
      {"datetime", "datetime"},
      {"timestamp", "timestamp"},
      {"TIMESTAMP_NTZ", "timestamp_ntz"},
      {"interval_day_time", "interval_day_time"},
      {"interval_year_month", "interval_year_month"},
      {"json", "json"},
      {"DECIMAL", "decimal"},
      {"decimal(54,18)", "decimal"},
      {"decimal( 38 , 18 )", "decimal(38,18)"},
      {"decimal(5)", "decimal(5,0)"},
      {"decimal(1,1)", "decimal(1,1)"},
      {"varchar(65535)", "varchar(65535)"},
      {"CHAR (255)", "char(255)"},
      {"array<bigint>", "array<bigint>"},
      {"ARRAY < STRING >", "array<string>"},
      {"map<string,array<double>>", "map<string,array<double>>"},
      {"map<string, array<double> >", "map<string,array<double>>"},
      {"struct<a:bigint,b:string>", "struct<a:bigint,b:string>"},
      {"STRUCT<`a b`: int, C : struct<d:date>>", "struct<`a b`:int,C:struct<d:date>>"},
      {"struct<`a``b`:int>", "struct<`a``b`:int>"},
      {"struct<数:int>", "struct<数:int>"},
      {"array<struct<x:int,y:array<string>>>", "array<struct<x:int,y:array<string>>>"},
  };
  for (const auto& [text, expected] : table) {
    const Result<Type> type = Type::Parse(text);
    ASSERT_TRUE(type.has_value()) << text << ": " << ToString(type.error());
    EXPECT_EQ(type->ToString(), expected);
    const Result<Type> again = Type::Parse(type->ToString());
    ASSERT_TRUE(again.has_value()) << expected;
    EXPECT_EQ(*again, *type) << text;
  }
}

TEST(TypeTest, RefusesEverythingElse) {
  const std::vector<std::string> table{
      "",
      " ",
      "bigint,",
      "bigint x",
      "number",
      "geography",
      "decimal(",
      "decimal()",
      "decimal(0,0)",
      "decimal(39,2)",
      "decimal(54,17)",
      "decimal(10,19)",
      "decimal(5,6)",
      "decimal(10;2)",
      "decimal(-1,0)",
      "decimal(99999999999999999999,0)",
      "varchar",
      "varchar(0)",
      "varchar(65536)",
      "char",
      "char(256)",
      "string(10)",
      "array",
      "array<>",
      "array<bigint",
      "array<bigint,string>",
      "map<string>",
      "map<array<int>,string>",
      "struct<>",
      "struct<a>",
      "struct<a:>",
      "struct<:int>",
      "struct<a:int,>",
      "struct<a:int,A:string>",
      "struct<`a:int>",
      "struct<``:int>",
      "struct<`a\n`:int>",
      "array<bigint>>",
  };
  for (const std::string& text : table) {
    const Result<Type> type = Type::Parse(text);
    ASSERT_FALSE(type.has_value()) << text << " was read as " << type->ToString();
    EXPECT_EQ(type.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_NE(type.error().message.find("position"), std::string::npos) << type.error().message;
  }
}

std::string Nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += "array<";
  text += "int";
  return text + std::string(static_cast<std::size_t>(depth), '>');
}

TEST(TypeTest, NestsTwentyDeepAndNoDeeper) {
  EXPECT_TRUE(Type::Parse(Nested(20)).has_value());
  EXPECT_FALSE(Type::Parse(Nested(21)).has_value());
  EXPECT_FALSE(Type::Parse(Nested(10'000)).has_value());
}

TEST(TypeTest, BoundsItsText) {
  const std::string spaces(64 * 1024 - 3, ' ');
  EXPECT_TRUE(Type::Parse(spaces + "int").has_value());
  EXPECT_FALSE(Type::Parse(spaces + " int").has_value());
}

TEST(TypeTest, ComparesFieldNamesWithoutCase) {
  EXPECT_EQ(Type::Parse("struct<Abc:int>").value(), Type::Parse("struct<ABC:int>").value());
  EXPECT_NE(Type::Parse("struct<abc:int>").value(), Type::Parse("struct<abd:int>").value());
  EXPECT_NE(Type::Parse("decimal(10,2)").value(), Type::Parse("decimal(10,3)").value());
}

}  // namespace
}  // namespace culvert::record
