// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/column_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace culvert::syncjob {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using From = ColumnPlan::From;

/// A column as `name type`, with `!` at the end for NOT NULL.
record::Column C(std::string_view text) {
  record::Column column;
  column.nullable = !text.ends_with('!');
  if (!column.nullable) text.remove_suffix(1);
  const std::size_t space = text.find(' ');
  column.name = text.substr(0, space);
  column.type = *record::Type::Parse(text.substr(space + 1));
  return column;
}

ColumnSide Side(std::string table, const std::vector<std::string_view>& columns,
                std::vector<std::string> list, const std::vector<std::string_view>& keys = {}) {
  ColumnSide side{.table = std::move(table), .schema = {}, .list = std::move(list)};
  for (const std::string_view column : columns) side.schema.columns.push_back(C(column));
  for (const std::string_view key : keys) side.schema.partition_keys.push_back(C(key));
  return side;
}

ColumnSide From3(std::vector<std::string> list) {
  return Side("t", {"A bigint", "b string", "c double"}, std::move(list), {"dt string"});
}

Error ConflictOf(const ColumnSide& source, const ColumnSide& target, bool empty_as_null = false) {
  const Result<ColumnMapping> mapping =
      MapColumns(source, target, {.empty_as_null = empty_as_null});
  return mapping ? Error{} : mapping.error();
}

Route RouteOf(const ColumnSide& source, const ColumnSide& target, bool empty_as_null = false) {
  const Result<ColumnMapping> mapping =
      MapColumns(source, target, {.empty_as_null = empty_as_null});
  EXPECT_TRUE(mapping.has_value()) << mapping.error().message;
  return mapping ? mapping->route : Route::kTyped;
}

TEST(ColumnPlanTest, EqualTablesPassThrough) {
  const auto mapping = MapColumns(
      From3({"*"}), Side("u", {"x bigint", "y string", "z double"}, {"*"}, {"load string"}), {});
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  EXPECT_EQ(mapping->route, Route::kPassThrough);
  EXPECT_THAT(mapping->read_columns, ElementsAre("A", "b", "c"));
  EXPECT_THAT(mapping->read_column_types, ElementsAre("bigint", "string", "double"));
  EXPECT_EQ(mapping->columns[1].target, "y");
  EXPECT_EQ(mapping->columns[1].source, "b");
  EXPECT_EQ(mapping->columns[1].source_type, "string");
}

TEST(ColumnPlanTest, ColumnsOutOfPlaceAreTranscoded) {
  const ColumnSide target = Side("u", {"x bigint", "y string", "z double"}, {"*"});
  EXPECT_EQ(RouteOf(From3({"a", "b", "c"}), target), Route::kPassThrough);
  // Target types the other way round, both lists naming the same pairs.
  const ColumnSide turned = Side("u", {"z double", "y string", "x bigint"}, {"x", "y", "z"});
  EXPECT_EQ(RouteOf(From3({"a", "b", "c"}), turned), Route::kTranscode);
  const ColumnSide wider =
      Side("u", {"x bigint", "y string", "z double", "n int"}, {"x", "y", "z"});
  EXPECT_EQ(RouteOf(From3({"*"}), wider), Route::kTranscode);
  // The same column twice.
  const ColumnSide twice = Side("u", {"x bigint", "y bigint"}, {"*"});
  EXPECT_EQ(RouteOf(From3({"a", "a"}), twice), Route::kTranscode);
}

TEST(ColumnPlanTest, APrefixOfTheColumnsPassesThrough) {
  EXPECT_EQ(RouteOf(From3({"a", "c"}), Side("u", {"x bigint", "z double"}, {"*"})),
            Route::kPassThrough);
}

// Feature: Column names, in order
// Feature: Column subset and reorder
TEST(ColumnPlanTest, PairsByPositionOfTheTwoLists) {
  const auto mapping = MapColumns(From3({"c", "a"}),
                                  Side("u", {"x bigint", "y string", "z double"}, {"z", "x"}), {});
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  // Each is judged beside the column that it becomes: a double beside a double, no value converted.
  EXPECT_EQ(mapping->route, Route::kTranscode);
  EXPECT_EQ(mapping->columns[0].source, "A");
  EXPECT_EQ(mapping->columns[1].from, From::kNull);
  EXPECT_EQ(mapping->columns[2].source, "c");
  EXPECT_THAT(mapping->read_columns, ElementsAre("A", "c"));
}

// Feature: Partition columns not mapped by *
// Feature: Constant in single quotes
TEST(ColumnPlanTest, ConstantsAndPartitionKeys) {
  const auto mapping =
      MapColumns(From3({"DT", "'it''s'", "''", "a"}),
                 Side("u", {"p string", "k string", "e string", "x bigint"}, {"*"}), {});
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  EXPECT_EQ(mapping->route, Route::kTranscode);
  EXPECT_EQ(mapping->columns[0].from, From::kPartition);
  EXPECT_EQ(mapping->columns[0].source, "dt");
  EXPECT_EQ(mapping->columns[1].from, From::kConstant);
  EXPECT_EQ(mapping->columns[1].source, "it's");
  EXPECT_EQ(mapping->columns[2].source, "");
  EXPECT_EQ(mapping->columns[2].from, From::kConstant);
  EXPECT_THAT(mapping->read_columns, ElementsAre("A"));
}

// Feature: Only constants or partition columns selected
TEST(ColumnPlanTest, WithoutAnySourceColumnTheCheapestIsRead) {
  const auto mapping = MapColumns(Side("t", {"s string", "c char(3)", "n int"}, {"'k'"}),
                                  Side("u", {"x string"}, {"*"}), {});
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  EXPECT_THAT(mapping->read_columns, ElementsAre("n"));
}

// Feature: Partition columns not mapped by *
TEST(ColumnPlanTest, StarNeverIncludesPartitionKeys) {
  const auto mapping =
      MapColumns(From3({"*"}), Side("u", {"x bigint", "y string", "z double"}, {"*"}), {});
  EXPECT_EQ(mapping->read_columns.size(), 3u);
}

TEST(ColumnPlanTest, ConversionsAreTyped) {
  EXPECT_EQ(RouteOf(From3({"a"}), Side("u", {"x int"}, {"*"})), Route::kTyped);
  EXPECT_EQ(RouteOf(Side("t", {"a int"}, {"*"}), Side("u", {"x bigint"}, {"*"})),
            Route::kTranscode);
}

TEST(ColumnPlanTest, ANullableSourceOfANotNullTargetIsJudgedRowByRow) {
  EXPECT_EQ(RouteOf(Side("t", {"a int"}, {"*"}), Side("u", {"x int!"}, {"*"})), Route::kTyped);
  EXPECT_EQ(RouteOf(Side("t", {"a int!"}, {"*"}), Side("u", {"x int!"}, {"*"})),
            Route::kPassThrough);
  EXPECT_EQ(RouteOf(Side("t", {"a int!"}, {"*"}), Side("u", {"x int"}, {"*"})),
            Route::kPassThrough);
}

TEST(ColumnPlanTest, EmptyAsNullNeedsToSeeStrings) {
  const ColumnSide text = Side("t", {"a string"}, {"*"});
  EXPECT_EQ(RouteOf(text, Side("u", {"x string"}, {"*"}), true), Route::kTranscode);
  EXPECT_EQ(RouteOf(Side("t", {"a string!"}, {"*"}), Side("u", {"x string!"}, {"*"}), true),
            Route::kTyped);
  EXPECT_EQ(RouteOf(Side("t", {"a bigint"}, {"*"}), Side("u", {"x bigint"}, {"*"}), true),
            Route::kPassThrough);
  const auto constant = MapColumns(Side("t", {"a int"}, {"''"}), Side("u", {"x string"}, {"*"}),
                                   {.empty_as_null = true});
  EXPECT_EQ(constant->columns[0].from, From::kNull);
  EXPECT_EQ(ConflictOf(Side("t", {"a int"}, {"''"}), Side("u", {"x string!"}, {"*"}), true).reason,
            "SchemaMismatch");
}

// Feature: Column ["*"] with a warning
// Feature: Unmapped column becomes null
// Feature: Fewer source columns
TEST(ColumnPlanTest, UnmappedColumnsAreWarnedAbout) {
  ColumnSide target = Side("u", {"x bigint", "y string"}, {"*"});
  target.schema.columns[1].default_value = "'none'";
  const auto mapping = MapColumns(From3({"a"}), target, {});
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  EXPECT_THAT(mapping->warnings,
              ElementsAre(HasSubstr("target column [\"*\"] follows table u"),
                          HasSubstr("the source lists 1 columns and the target 2"),
                          HasSubstr("'y' becomes null in every row, its default 'none' does not")));
}

TEST(ColumnPlanTest, TheStarOfAStreamIsNotWarnedAbout) {
  ColumnSide source = Side("stream", {"a bigint"}, {"*"});
  source.named_by_user = false;
  const auto mapping = MapColumns(source, Side("u", {"x bigint"}, {"x"}), {});
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  EXPECT_TRUE(mapping->warnings.empty());
}

// Feature: No data routing
// Feature: More source columns than target columns
// Feature: Repeated column names
// Feature: CHAR cannot be read
// Feature: values of column
TEST(ColumnPlanTest, Errors) {
  const ColumnSide target = Side("u", {"x bigint", "y string", "z double"}, {"*"}, {"load string"});
  struct Case {
    ColumnSide source, target;
    std::string_view reason, message;
  };
  const auto targeted = [](std::vector<std::string> list) {
    return Side("u", {"x bigint", "y string"}, std::move(list), {"load string"});
  };
  const Case cases[] = {
      {From3({"aa"}), target, "SchemaMismatch",
       "source column 'aa' is not in table t, did you mean 'A'?"},
      {From3({"missing"}), target, "SchemaMismatch", "not in table t, which has A, b, c, dt"},
      {From3({"1"}), target, "SchemaMismatch", "source column '1' is not in table t"},
      {From3({"upper(b)"}), target, "InvalidSql",
       "is a function: functions in column need enableWhere: true and a non-empty where"},
      {From3({"a", "b", "c", "dt"}), target, "SchemaMismatch",
       "the source lists 4 columns, but the target only 3"},
      {From3({"a"}), targeted({"yy"}), "SchemaMismatch",
       "target column 'yy' is not in table u, did you mean 'y'?"},
      {From3({"a", "a"}), targeted({"x", "X"}), "SchemaMismatch",
       "target column 'X' is named twice"},
      {From3({"a"}), targeted({"load"}), "SchemaMismatch", "is a partition key of table u"},
      {From3({"a"}), Side("u", {"x date"}, {"*"}), "SchemaMismatch",
       "source column 'A' (bigint) cannot become target column 'x' (date)"},
      {From3({"'k'"}), Side("u", {"x array<int>"}, {"*"}), "SchemaMismatch", "takes no constant"},
      {From3({"a"}), Side("u", {"x bigint", "y string!"}, {"*"}), "SchemaMismatch",
       "target column 'y' is NOT NULL and has no source column"},
      {Side("t", {"c char(3)"}, {"*"}), target, "CharReadUnsupported",
       "source column 'c' of table t"},
      {Side("t", {"a int", "c char(3)"}, {"c"}), target, "CharReadUnsupported",
       "change it to varchar"},
      {Side("t", {"c char(3)"}, {"'k'"}), Side("u", {"x string"}, {"*"}), "CharReadUnsupported",
       "no column that batch download offers"},
  };
  for (const Case& c : cases) {
    const Error error = ConflictOf(c.source, c.target);
    EXPECT_EQ(error.reason, c.reason) << c.message;
    EXPECT_THAT(error.message, HasSubstr(c.message));
  }
}

// Feature: CHAR cannot be read
TEST(ColumnPlanTest, AnUnreadCharColumnDoesNotMatter) {
  EXPECT_EQ(RouteOf(Side("t", {"a int", "c char(3)"}, {"a"}), Side("u", {"x int"}, {"*"})),
            Route::kPassThrough);
}

TEST(ColumnPlanTest, StreamTargetsTakeWhatTheListReads) {
  const auto schema = SchemaOfList(From3({"a", "dt", "'x'", "A", "'y'"}), {});
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  std::vector<std::string> columns;
  for (const record::Column& column : schema->columns) {
    columns.push_back(column.name + " " + column.type.ToString());
  }
  EXPECT_THAT(columns, ElementsAre("A bigint", "dt string", "constant string", "A_4 bigint",
                                   "constant_5 string"));
  EXPECT_EQ(SchemaOfList(From3({"nope"}), {}).error().reason, "SchemaMismatch");
}

TEST(ColumnPlanTest, TransformersTakeTheTypedRouteAndMakeText) {
  const ColumnSide target = Side("u", {"z string", "x bigint", "y string"}, {"x", "y", "z"});
  const ValueRules rules{
      .transformers = {{"dx_filter", 0, {"<", "0"}}, {"dx_digest", 2, {"md5", "toLowerCase"}}}};
  const auto mapping = MapColumns(From3({"a", "b", "c"}), target, rules);
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  EXPECT_EQ(mapping->route, Route::kTyped);
  // By target column: z, x, y.
  EXPECT_EQ(mapping->columns[0].column_index, 2u);
  EXPECT_EQ(mapping->columns[1].column_index, 0u);
  EXPECT_EQ(mapping->columns[2].column_index, std::nullopt);
  // A double cannot become a date, but text can.
  const ColumnSide dates = Side("u", {"d date"}, {"*"});
  EXPECT_FALSE(MapColumns(From3({"c"}), dates, {}).has_value());
  EXPECT_TRUE(MapColumns(From3({"c"}), dates, {.transformers = {{"dx_pad", 0, {"l", "8", "0"}}}})
                  .has_value());
  const auto beyond = MapColumns(From3({"a"}), Side("u", {"x bigint"}, {"*"}),
                                 {.transformers = {{"dx_pad", 1, {"l", "8", "0"}}}});
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().reason, "SchemaMismatch");
}

// Feature: VARCHAR with null
TEST(ColumnPlanTest, AVarcharMayCountAsNotNull) {
  const ColumnSide source = Side("t", {"v varchar(5)"}, {"*"});
  const ColumnSide target = Side("u", {"w varchar(5)"}, {"*"});
  EXPECT_EQ(MapColumns(source, target, {})->route, Route::kPassThrough);
  const ValueRules rules{.null_varchar_as_dirty = true};
  const auto mapping = MapColumns(source, target, rules);
  ASSERT_TRUE(mapping.has_value());
  EXPECT_EQ(mapping->route, Route::kTyped);
  EXPECT_FALSE(mapping->columns[0].target_nullable);
  const auto unmapped = MapColumns(source, Side("u", {"a string", "w varchar(5)"}, {"a"}), rules);
  ASSERT_FALSE(unmapped.has_value());
  EXPECT_THAT(unmapped.error().message, HasSubstr("'w' is NOT NULL"));
}

// Feature: CHAR cannot be read
TEST(ColumnPlanTest, CharIsReadWhenAsked) {
  const ColumnSide source = Side("t", {"c char(3)"}, {"*"});
  const auto mapping =
      MapColumns(source, Side("u", {"s string"}, {"*"}), {.read_char_as_string = true});
  ASSERT_TRUE(mapping.has_value()) << mapping.error().message;
  EXPECT_THAT(mapping->read_column_types, ElementsAre("char(3)"));
  EXPECT_TRUE(SchemaOfList(source, {.read_char_as_string = true}).has_value());
}

// Its empty values become null as those of the other text types: they must be looked at, and a
// target that takes no nulls sees none.
TEST(ColumnPlanTest, CharIsTextToo) {
  const ColumnSide source = Side("t", {"c char(3)!"}, {"*"});
  const ValueRules keep{.read_char_as_string = true};
  const ValueRules nulls{.empty_as_null = true, .read_char_as_string = true};
  const ColumnSide same = Side("u", {"c char(3)"}, {"*"});
  EXPECT_EQ(MapColumns(source, same, keep)->route, Route::kPassThrough);
  EXPECT_EQ(MapColumns(source, same, nulls)->route, Route::kTranscode);
  const ColumnSide strict = Side("u", {"c char(3)!"}, {"*"});
  EXPECT_EQ(MapColumns(source, strict, keep)->route, Route::kPassThrough);
  EXPECT_EQ(MapColumns(source, strict, nulls)->route, Route::kTyped);
}

TEST(ColumnPlanTest, WhatMayBeCutIsLookedAt) {
  const ColumnSide source = Side("t", {"s string", "n int"}, {"*"});
  const ColumnSide target = Side("u", {"s string", "n int"}, {"*"});
  EXPECT_EQ(MapColumns(source, target, {})->route, Route::kPassThrough);
  EXPECT_EQ(MapColumns(source, target, {.over_length_rule = OverLengthRule::kTruncate})->route,
            Route::kTyped);
}

}  // namespace
}  // namespace culvert::syncjob
