// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/record/schema.h"

#include <gtest/gtest.h>

namespace culvert::record {
namespace {

Column MakeColumn(const std::string& name, const std::string& type) {
  Column column;
  column.name = name;
  column.type = Type::Parse(type).value();
  return column;
}

Schema Sample() {
  Schema schema;
  schema.columns = {MakeColumn("Id", "bigint"), MakeColumn("info", "struct<A:int>")};
  schema.partition_keys = {MakeColumn("dt", "string")};
  return schema;
}

TEST(SchemaTest, FindsNamesWithoutCase) {
  const Schema schema = Sample();
  EXPECT_EQ(schema.FindColumn("ID"), 0U);
  EXPECT_EQ(schema.FindColumn("INFO"), 1U);
  EXPECT_EQ(schema.FindColumn("dt"), std::nullopt);
  EXPECT_EQ(schema.FindPartitionKey("DT"), 0U);
  EXPECT_EQ(schema.FindPartitionKey("id"), std::nullopt);
}

TEST(SchemaTest, FoldsAsciiOnly) {
  EXPECT_EQ(FoldName("AbZ_9Ä"), "abz_9Ä");
  EXPECT_TRUE(SameName("dep_DELAY", "DEP_delay"));
  EXPECT_FALSE(SameName("a", "ab"));
}

TEST(SchemaTest, HashIgnoresCaseAndComments) {
  Schema other = Sample();
  other.columns[0].name = "ID";
  other.columns[1].type = Type::Parse("STRUCT<a:INT>").value();
  other.columns[1].comment = "changed";
  EXPECT_EQ(SchemaHash(other), SchemaHash(Sample()));
  EXPECT_EQ(SchemaHash(other).size(), 64U);
}

TEST(SchemaTest, HashSeesEveryPartOfTheLayout) {
  Schema renamed = Sample();
  renamed.columns[0].name = "id2";
  Schema retyped = Sample();
  retyped.columns[0].type = Type::Parse("int").value();
  Schema required = Sample();
  required.columns[0].nullable = false;
  Schema moved = Sample();
  moved.columns.push_back(moved.partition_keys[0]);
  moved.partition_keys.clear();
  Schema swapped = Sample();
  std::swap(swapped.columns[0], swapped.columns[1]);
  for (const Schema& schema : {renamed, retyped, required, moved, swapped}) {
    EXPECT_NE(SchemaHash(schema), SchemaHash(Sample()));
  }
}

}  // namespace
}  // namespace culvert::record
