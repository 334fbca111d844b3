// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/maxcompute/wire/wire_testing.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute::wire::testing {
namespace {

bool Copies(const char* source, const char* target) {
  return CopiesTo(ParseType(source), ParseType(target));
}

TEST(CopiesToTest, EqualAndWiderTypesAreCopied) {
  for (const char* type : {"boolean", "double", "string", "decimal", "char(3)", "json", "date",
                           "timestamp", "struct<a:int>", "map<int,string>"}) {
    EXPECT_TRUE(Copies(type, type)) << type;
  }
  EXPECT_TRUE(Copies("tinyint", "bigint"));
  EXPECT_TRUE(Copies("int", "bigint"));
  EXPECT_TRUE(Copies("varchar(5)", "varchar(6)"));
  EXPECT_TRUE(Copies("varchar(5)", "string"));
  EXPECT_TRUE(Copies("char(5)", "char(6)"));
  EXPECT_TRUE(Copies("decimal(10,2)", "decimal(12,4)"));
  EXPECT_TRUE(Copies("decimal(38,18)", "decimal"));
  EXPECT_TRUE(Copies("array<int>", "array<bigint>"));
  EXPECT_TRUE(Copies("struct<a:int>", "struct<A:bigint>"));
}

TEST(CopiesToTest, EverythingElseNeedsALook) {
  EXPECT_FALSE(Copies("bigint", "int"));
  EXPECT_FALSE(Copies("string", "varchar(5)"));
  EXPECT_FALSE(Copies("varchar(6)", "varchar(5)"));
  EXPECT_FALSE(Copies("char(5)", "string"));
  EXPECT_FALSE(Copies("decimal(10,2)", "decimal(10,4)"));
  EXPECT_FALSE(Copies("decimal(10,2)", "decimal(10,1)"));
  EXPECT_FALSE(Copies("string", "binary"));
  EXPECT_FALSE(Copies("string", "json"));
  EXPECT_FALSE(Copies("boolean", "bigint"));
  EXPECT_FALSE(Copies("bigint", "datetime"));
  EXPECT_FALSE(Copies("timestamp", "timestamp_ntz"));
  EXPECT_FALSE(Copies("float", "double"));
  EXPECT_FALSE(Copies("array<bigint>", "array<int>"));
  EXPECT_FALSE(Copies("struct<a:int>", "struct<b:int>"));
  EXPECT_FALSE(Copies("struct<a:int>", "struct<a:int,b:int>"));
}

}  // namespace
}  // namespace culvert::maxcompute::wire::testing
